package dev.kanmon.engine.config;

import dev.kanmon.engine.config.ClassifierConfig.Outputs;
import dev.kanmon.engine.config.ClassifierConfig.Task;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
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
    public static final List<String> KNOWN = List.of(
            "albert",
            "bert",
            "camembert",
            "deberta-v2",
            "distilbert",
            "electra",
            "llama",
            "modernbert",
            "mpnet",
            "nomic_bert",
            "qwen2",
            "qwen3",
            "roberta",
            "xlm-roberta");

    private static final int MAX_LABELS = 1 << 16;
    private static final String OF_SEQUENCES = "ForSequenceClassification";
    private static final String OF_TOKENS = "ForTokenClassification";

    private HuggingFaceConfig() {}

    /** Reads the object of {@code config.json}. */
    public static ModelConfig read(JsonObject config) throws ModelFormatException {
        String family = config.string("model_type");
        ConfigReader reader = new ConfigReader(config);
        EncoderConfig encoder =
                switch (family) {
                    case "albert" -> AlbertConfig.read(reader);
                    case "bert" -> BertConfig.read(reader);
                    case "deberta-v2" -> DebertaV2Config.read(reader);
                    case "distilbert" -> DistilBertConfig.read(reader);
                    case "electra" -> ElectraConfig.read(reader);
                    case "llama", "qwen2", "qwen3" -> LlamaConfig.read(family, reader);
                    case "modernbert" -> ModernBertConfig.read(reader);
                    case "mpnet" -> MpNetConfig.read(reader);
                    case "nomic_bert" -> NomicBertConfig.read(reader);
                    case "camembert", "roberta", "xlm-roberta" -> RobertaConfig.read(family, reader);
                    default ->
                        throw config.get("model_type")
                                .error("\"" + family + "\" is not supported; known: " + String.join(", ", KNOWN));
                };
        Optional<Task> task = task(config);
        return new ModelConfig(
                encoder, task.isPresent() ? Optional.of(classifier(config, task.get())) : Optional.empty());
    }

    /** What the checkpoint classifies; one that names labels but no class at all is taken for one of sequences. */
    private static Optional<Task> task(JsonObject config) throws ModelFormatException {
        Optional<JsonArray> architectures = config.optionalArray("architectures");
        if (architectures.isEmpty() || architectures.get().size() == 0) {
            return config.has("id2label") || config.has("num_labels") ? Optional.of(Task.SEQUENCES) : Optional.empty();
        }
        List<String> names = architectures.get().strings();
        if (names.stream().anyMatch(n -> n.endsWith(OF_SEQUENCES))) {
            return Optional.of(Task.SEQUENCES);
        }
        return names.stream().anyMatch(n -> n.endsWith(OF_TOKENS)) ? Optional.of(Task.TOKENS) : Optional.empty();
    }

    private static ClassifierConfig classifier(JsonObject config, Task task) throws ModelFormatException {
        Optional<JsonObject> names = config.optionalObject("id2label");
        List<String> labels = names.isPresent() ? labels(names.get()) : numbered(2);
        ConfigReader reader = new ConfigReader(config);
        int count = reader.atMost(MAX_LABELS, "num_labels", reader.positive("num_labels", labels.size()));
        labels = count == labels.size() ? labels : numbered(count); // As the reference: the number wins over the names.
        String problem = config.optionalString("problem_type").orElse("single_label_classification");
        Outputs outputs =
                switch (problem) {
                    case "single_label_classification" -> Outputs.ONE_OF;
                    case "multi_label_classification" -> Outputs.ANY_OF;
                    case "regression" -> Outputs.VALUES;
                    default ->
                        throw config.get("problem_type")
                                .error("is \"" + problem
                                        + "\", expected single_label_classification,"
                                        + " multi_label_classification or regression");
                };
        return new ClassifierConfig(labels, !labels.equals(numbered(labels.size())), outputs, task);
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

    /** The object that {@code id2label} holds for these labels. */
    static JsonObject numbers(List<String> labels) {
        JsonObject.Builder names = JsonObject.builder();
        for (int i = 0; i < labels.size(); i++) {
            names.put(Integer.toString(i), labels.get(i));
        }
        return names.build();
    }

    /** The names that the reference gives to labels without one. */
    static List<String> numbered(int labels) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < labels; i++) {
            names.add("LABEL_" + i);
        }
        return names;
    }
}
