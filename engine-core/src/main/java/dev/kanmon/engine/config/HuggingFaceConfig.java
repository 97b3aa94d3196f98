package dev.kanmon.engine.config;

import dev.kanmon.engine.config.ClassifierConfig.Outputs;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.kernels.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads {@code config.json}. What a file leaves out has the default of the reference's configuration class
 * (transformers, {@code configuration_bert.py} and {@code configuration_utils.py}).
 */
public final class HuggingFaceConfig {

    /** The families that are known, as {@code model_type} names them. */
    public static final List<String> KNOWN = List.of("bert");

    private static final String CLASSIFIER = "ForSequenceClassification";

    private HuggingFaceConfig() {}

    /** Reads the object of {@code config.json}. */
    public static ModelConfig read(JsonObject config) throws ModelFormatException {
        String family = config.string("model_type");
        EncoderConfig encoder =
                switch (family) {
                    case "bert" -> bert(config);
                    default ->
                        throw config.get("model_type")
                                .error("\"" + family + "\" is not supported; known: " + String.join(", ", KNOWN));
                };
        return new ModelConfig(encoder, classifies(config) ? Optional.of(classifier(config)) : Optional.empty());
    }

    private static BertConfig bert(JsonObject config) throws ModelFormatException {
        String positions = config.optionalString("position_embedding_type").orElse("absolute");
        if (!positions.equals("absolute")) {
            throw config.get("position_embedding_type").error("is \"" + positions + "\", expected \"absolute\"");
        }
        if (config.optionalBool("is_decoder").orElse(false)) {
            throw config.get("is_decoder").error("is true, expected an encoder");
        }
        BertConfig bert = new BertConfig(
                positive(config, "vocab_size", 30522),
                positive(config, "hidden_size", 768),
                positive(config, "num_hidden_layers", 12),
                positive(config, "num_attention_heads", 12),
                positive(config, "intermediate_size", 3072),
                positive(config, "max_position_embeddings", 512),
                positive(config, "type_vocab_size", 2),
                epsilon(config, "layer_norm_eps", 1e-12),
                activation(config, "hidden_act"));
        if (bert.hiddenSize() % bert.heads() != 0) {
            throw config.get(config.has("num_attention_heads") ? "num_attention_heads" : "hidden_size")
                    .error("does not fit: hidden_size " + bert.hiddenSize()
                            + " is not a multiple of num_attention_heads " + bert.heads());
        }
        return bert;
    }

    /** Whether the checkpoint is a sequence classifier; one that names no class at all is taken for one. */
    private static boolean classifies(JsonObject config) throws ModelFormatException {
        Optional<JsonArray> architectures = config.optionalArray("architectures");
        if (architectures.isEmpty() || architectures.get().size() == 0) {
            return config.has("id2label") || config.has("num_labels");
        }
        return architectures.get().strings().stream().anyMatch(a -> a.endsWith(CLASSIFIER));
    }

    private static ClassifierConfig classifier(JsonObject config) throws ModelFormatException {
        Optional<JsonObject> names = config.optionalObject("id2label");
        List<String> labels = names.isPresent() ? labels(names.get()) : numbered(positive(config, "num_labels", 2));
        String problem = config.optionalString("problem_type").orElse("single_label_classification");
        Outputs outputs =
                switch (problem) {
                    case "single_label_classification", "regression" -> Outputs.ONE_OF;
                    case "multi_label_classification" -> Outputs.ANY_OF;
                    default ->
                        throw config.get("problem_type")
                                .error("is \"" + problem
                                        + "\", expected single_label_classification,"
                                        + " multi_label_classification or regression");
                };
        return new ClassifierConfig(labels, !labels.equals(numbered(labels.size())), outputs);
    }

    private static List<String> labels(JsonObject names) throws ModelFormatException {
        Map<Integer, String> byIndex = new TreeMap<>();
        for (Map.Entry<String, JsonValue> entry : names.members().entrySet()) {
            String key = entry.getKey();
            if (!key.matches("[0-9]{1,6}")
                    || byIndex.put(Integer.parseInt(key), entry.getValue().asString()) != null) {
                throw entry.getValue().error("has the key \"" + key + "\", expected the label's number");
            }
        }
        for (int i = 0; i < byIndex.size(); i++) {
            if (!byIndex.containsKey(i)) {
                throw names.error("names " + byIndex.size() + " labels but none with number " + i);
            }
        }
        if (byIndex.isEmpty()) {
            throw names.error("names no label, expected at least one");
        }
        return new ArrayList<>(byIndex.values());
    }

    /** The names that the reference gives to labels without one. */
    static List<String> numbered(int labels) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < labels; i++) {
            names.add("LABEL_" + i);
        }
        return names;
    }

    private static int positive(JsonObject config, String key, int byDefault) throws ModelFormatException {
        int value = config.optionalInteger(key).orElse(byDefault);
        if (value < 1) {
            throw config.get(key).error("is " + value + ", expected at least 1");
        }
        return value;
    }

    private static float epsilon(JsonObject config, String key, double byDefault) throws ModelFormatException {
        double value = config.optionalNumber(key).orElse(byDefault);
        if (!(value >= 0 && value < 1)) {
            throw config.get(key).error("is " + value + ", expected a small number of 0 or more");
        }
        return (float) value;
    }

    private static Activation activation(JsonObject config, String key) throws ModelFormatException {
        String name = config.optionalString(key).orElse("gelu");
        return switch (name) {
            case "gelu", "gelu_python" -> Activation.GELU;
            case "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python_tanh" -> Activation.GELU_TANH;
            case "relu" -> Activation.RELU;
            case "silu", "swish" -> Activation.SILU;
            case "tanh" -> Activation.TANH;
            default ->
                throw config.get(key)
                        .error("is \"" + name
                                + "\", expected gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, relu, silu or tanh");
        };
    }
}
