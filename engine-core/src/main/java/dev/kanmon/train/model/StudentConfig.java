package dev.kanmon.train.model;

import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.config.ClassifierConfig;
import dev.kanmon.engine.config.ClassifierConfig.Task;
import dev.kanmon.engine.config.HuggingFaceConfig;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.formats.json.JsonValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/**
 * The configuration of a model that learns to classify sequences: the files', with a head of as many labels as asked for.
 *
 * @param json as {@code config.json} says it
 * @param config the same, read
 */
record StudentConfig(JsonObject json, ModelConfig config) {

    /** Names of two labels that nobody named. */
    private static final List<String> SAFE_OR_HARMFUL = List.of("safe", "harmful");

    /** The class that transformers loads a classifier of sequences with. */
    private static final Map<String, String> CLASSES = Map.ofEntries(
            Map.entry("albert", "Albert"),
            Map.entry("bert", "Bert"),
            Map.entry("camembert", "Camembert"),
            Map.entry("deberta-v2", "DebertaV2"),
            Map.entry("distilbert", "DistilBert"),
            Map.entry("electra", "Electra"),
            Map.entry("llama", "Llama"),
            Map.entry("modernbert", "ModernBert"),
            Map.entry("mpnet", "MPNet"),
            Map.entry("nomic_bert", "NomicBert"),
            Map.entry("qwen2", "Qwen2"),
            Map.entry("qwen3", "Qwen3"),
            Map.entry("roberta", "Roberta"),
            Map.entry("xlm-roberta", "XLMRoberta"));

    static StudentConfig of(ModelFiles files, int labels) throws ModelFormatException {
        SequencedMap<String, JsonValue> members =
                new LinkedHashMap<>(files.configJson().members());
        Optional<ClassifierConfig> head =
                files.config().classifier().filter(classifier -> classifier.task() == Task.SEQUENCES);
        if (head.isEmpty() || head.get().labels().size() != labels) {
            List<String> names = labels == SAFE_OR_HARMFUL.size()
                    ? SAFE_OR_HARMFUL
                    : IntStream.range(0, labels).mapToObj(i -> "LABEL_" + i).toList();
            JsonObject.Builder byNumber = JsonObject.builder();
            JsonObject.Builder byName = JsonObject.builder();
            for (int i = 0; i < labels; i++) {
                byNumber.put(Integer.toString(i), names.get(i));
                byName.put(names.get(i), (long) i);
            }
            members.remove("num_labels");
            members.put("id2label", byNumber.build());
            members.put("label2id", byName.build());
            members.put("problem_type", JsonString.of("single_label_classification"));
            String family = members.get("model_type").asString();
            members.put(
                    "architectures", JsonArray.of(JsonString.of(CLASSES.get(family) + "ForSequenceClassification")));
        }
        members.put(members.containsKey("dtype") ? "dtype" : "torch_dtype", JsonString.of("float32"));
        JsonObject json = JsonObject.of(members);
        return new StudentConfig(json, HuggingFaceConfig.read(json));
    }
}
