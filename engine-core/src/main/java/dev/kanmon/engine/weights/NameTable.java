package dev.kanmon.engine.weights;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How a file spells the names of tensors. Inside, every tensor has the name that Hugging Face gives it, without
 * the prefix of the family ({@code encoder.layer.0.attention.self.query.weight}).
 */
@FunctionalInterface
public interface NameTable {

    /** The names under which {@code tensor} may stand in the file, the likeliest first. */
    List<String> spellings(String tensor);

    /**
     * The names of a Hugging Face checkpoint: with the family's prefix or without (a bare encoder), and with the
     * {@code gamma} and {@code beta} that early checkpoints have for a normalisation's weight and bias.
     */
    static NameTable huggingFace(String prefix) {
        return tensor -> {
            List<String> spellings = new ArrayList<>(List.of(prefix + "." + tensor, tensor));
            String early =
                    tensor.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
            if (!early.equals(tensor)) {
                spellings.add(prefix + "." + early);
                spellings.add(early);
            }
            return spellings;
        };
    }

    /** The names that llama.cpp's converter gives to BERT's tensors (gguf-py, {@code tensor_mapping.py}). */
    static NameTable ggufBert() {
        return tensor -> List.of(BertGguf.toGguf(tensor));
    }

    /** BERT's names, from Hugging Face to GGUF. */
    final class BertGguf {
        private static final Map<String, String> PARTS = Map.ofEntries(
                Map.entry("embeddings.word_embeddings", "token_embd"),
                Map.entry("embeddings.position_embeddings", "position_embd"),
                Map.entry("embeddings.token_type_embeddings", "token_types"),
                Map.entry("embeddings.LayerNorm", "token_embd_norm"),
                Map.entry("attention.self.query", "attn_q"),
                Map.entry("attention.self.key", "attn_k"),
                Map.entry("attention.self.value", "attn_v"),
                Map.entry("attention.output.dense", "attn_output"),
                Map.entry("attention.output.LayerNorm", "attn_output_norm"),
                Map.entry("intermediate.dense", "ffn_up"),
                Map.entry("output.dense", "ffn_down"),
                Map.entry("output.LayerNorm", "layer_output_norm"),
                Map.entry("pooler.dense", "cls"),
                Map.entry("classifier", "cls.output"));
        private static final String LAYER = "encoder.layer.";
        private static final String BLOCK = "blk.";

        private BertGguf() {}

        /** The GGUF name of a tensor of BERT; a name that BERT does not have stays as it is. */
        public static String toGguf(String tensor) {
            int kind = tensor.lastIndexOf('.');
            if (kind < 0) {
                return tensor;
            }
            // What is renamed stands between the layer's number and the closing ".weight" or ".bias".
            int start = tensor.startsWith(LAYER) ? tensor.indexOf('.', LAYER.length()) + 1 : 0;
            if (start >= kind) {
                return tensor;
            }
            String layer = start == 0 ? "" : BLOCK + tensor.substring(LAYER.length(), start);
            String part = tensor.substring(start, kind);
            return layer + PARTS.getOrDefault(part, part) + tensor.substring(kind);
        }
    }
}
