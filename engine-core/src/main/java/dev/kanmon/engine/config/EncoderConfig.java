package dev.kanmon.engine.config;

import java.util.List;

/** The shape of an encoder; one record for each family, whose fields are what {@code config.json} says. */
public sealed interface EncoderConfig
        permits AlbertConfig,
                BertConfig,
                DebertaV2Config,
                DistilBertConfig,
                ElectraConfig,
                LlamaConfig,
                ModernBertConfig,
                MpNetConfig,
                NomicBertConfig,
                RobertaConfig {

    /** The family, as {@code model_type} names it. */
    String family();

    /** What Hugging Face puts before the names of the encoder's tensors, without the dot. */
    String prefix();

    /**
     * What the names of the head's tensors start with that do not have the encoder's prefix: they stand beside the
     * encoder.
     */
    default List<String> beside() {
        return List.of("classifier");
    }

    /** The name that Hugging Face gives to a tensor, of which only {@code tensor} is known inside. */
    default String fullName(String tensor) {
        String root = tensor.substring(0, tensor.indexOf('.'));
        return beside().contains(root) ? tensor : prefix() + "." + tensor;
    }

    /** Rows of the word embeddings. */
    int vocabularySize();

    /** Numbers in a hidden state. */
    int hiddenSize();

    /** Number of layers. */
    int layers();

    /** The longest sequence that the model was made for, special tokens included. */
    int maxTokens();

    /**
     * The longest sequence that can be computed at all. Where positions are computed instead of looked up that is more
     * than the model was made for, and the reference computes it too.
     */
    int limit();

    /** Rows of the token-type embeddings; 0 for an encoder that does not look at token types. */
    int types();

    /** Useful arithmetic of one sequence: two operations for each multiply-add of the matrix products. */
    double flops(int tokens);

    /** Arithmetic that is done once, when the model is loaded. */
    default double loadingFlops() {
        return 0;
    }

    /**
     * The arithmetic of layers whose heads share the hidden size evenly.
     *
     * @param wide products of a feed-forward block: two, or three with a gate
     */
    private static double flops(int layers, int tokens, double hidden, double intermediate, int wide) {
        double dense = 4 * hidden * hidden + wide * hidden * intermediate;
        return 2.0 * layers * (tokens * dense + 2.0 * tokens * tokens * hidden);
    }

    /** {@link #flops(int)} of layers with a feed-forward block of two products. */
    static double plainFlops(int layers, int tokens, int hidden, int intermediate) {
        return flops(layers, tokens, hidden, intermediate, 2);
    }

    /** {@link #flops(int)} of layers whose feed-forward block has a gate. */
    static double gatedFlops(int layers, int tokens, int hidden, int intermediate) {
        return flops(layers, tokens, hidden, intermediate, 3);
    }
}
