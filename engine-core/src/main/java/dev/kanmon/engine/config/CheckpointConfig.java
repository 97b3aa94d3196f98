package dev.kanmon.engine.config;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.OnnxFile;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.TensorInfo;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import java.util.List;
import java.util.OptionalInt;

/**
 * A {@code config.json} for weights that came without one: those of BERT, the only family that is published so (ONNX
 * models in Maven artifacts, TensorFlow checkpoints). Sizes are the tensors' shapes; what no shape says, an ONNX graph
 * says. Nothing is guessed: what neither says must be given.
 */
public final class CheckpointConfig {

    private static final String WORDS = "embeddings.word_embeddings.weight";

    /** In Google's code it is no setting ({@code modeling.py}, {@code layer_norm}: tf.contrib's default). */
    private static final double TENSORFLOW_EPSILON = 1e-12;

    private final TensorFile tensors;
    private final String prefix;

    private CheckpointConfig(TensorFile tensors, String prefix) {
        this.tensors = tensors;
        this.prefix = prefix;
    }

    /**
     * Derives the configuration.
     *
     * @param tensors by Hugging Face's names
     * @param onnx the graph that they come from; null for none
     * @param heads of attention; empty to ask the graph
     * @throws ModelFormatException if the tensors are not BERT's, or something is not known; the message says what
     */
    public static JsonObject derive(TensorFile tensors, OnnxFile onnx, OptionalInt heads) throws ModelFormatException {
        String words = tensors.tensors().keySet().stream()
                .filter(name -> name.equals(WORDS) || name.endsWith("." + WORDS))
                .findFirst()
                .orElseThrow(() -> missing(tensors, "the tensors are not BERT's"));
        JsonObject config =
                new CheckpointConfig(tensors, words.substring(0, words.length() - WORDS.length())).json(onnx, heads);
        // Read again, so that what is wrong with it has a place to name.
        return Json.parse(tensors.path() + ", the configuration that its weights say", Json.write(config))
                .asObject();
    }

    private static ModelFormatException missing(TensorFile tensors, String why) {
        return ModelFormatException.in(
                tensors.path().toString(),
                "config.json is missing beside the weights, and they do not say everything: " + why
                        + " (convert takes --config FILE, or --heads N where only that is missing)");
    }

    private JsonObject json(OnnxFile onnx, OptionalInt given) throws ModelFormatException {
        List<Long> words = shape(WORDS);
        List<Long> positions = shape("embeddings.position_embeddings.weight");
        List<Long> types = shape("embeddings.token_type_embeddings.weight");
        List<Long> wide = shape("encoder.layer.0.intermediate.dense.weight");
        shape("encoder.layer.0.attention.self.query.weight");
        if (types.getFirst() < 2) {
            throw missing(tensors, "one token type is RoBERTa's, whose positions start behind the padding");
        }
        int layers = 0;
        while (tensors.tensors().containsKey(prefix + "encoder.layer." + layers + ".intermediate.dense.weight")) {
            layers++;
        }
        long hidden = words.getLast();
        double epsilon = TENSORFLOW_EPSILON;
        OptionalInt heads = given;
        if (onnx != null) {
            OnnxSettings settings = new OnnxSettings(onnx);
            if (!settings.hasErf()) {
                throw missing(tensors, "no Erf in the graph, so the activation is not the exact GELU");
            }
            epsilon = settings.epsilon()
                    .orElseThrow(() -> missing(tensors, "the normalisations' epsilon is not in the graph"));
            heads = given.isPresent() ? given : settings.heads(hidden);
        }
        if (heads.isEmpty()) {
            throw missing(
                    tensors,
                    "how many heads attention has"
                            + (hidden % 64 == 0 ? "; published BERTs of this width have " + hidden / 64 : ""));
        }
        TensorInfo labels = tensors.tensors().get("classifier.weight");
        JsonObject.Builder config = JsonObject.builder()
                .put(
                        "architectures",
                        JsonArray.of(JsonString.of(labels == null ? "BertModel" : "BertForSequenceClassification")))
                .put("model_type", "bert")
                .put("vocab_size", words.getFirst())
                .put("hidden_size", hidden)
                .put("num_hidden_layers", layers)
                .put("num_attention_heads", heads.getAsInt())
                .put("intermediate_size", wide.getFirst())
                .put("max_position_embeddings", positions.getFirst())
                .put("type_vocab_size", types.getFirst())
                .put("layer_norm_eps", epsilon)
                .put("hidden_act", "gelu")
                .put("position_embedding_type", "absolute");
        if (labels != null && labels.shape().size() == 2 && labels.shape().getFirst() < 1 << 20) {
            config.put(
                    "id2label",
                    HuggingFaceConfig.numbers(
                            HuggingFaceConfig.numbered(labels.shape().getFirst().intValue())));
        }
        return config.build();
    }

    private List<Long> shape(String tensor) throws ModelFormatException {
        TensorInfo info = tensors.tensors().get(prefix + tensor);
        if (info == null || info.shape().size() != 2) {
            throw missing(
                    tensors,
                    "the tensors are not BERT's, " + prefix + tensor + " is "
                            + (info == null ? "not there" : "no matrix"));
        }
        return info.shape();
    }
}
