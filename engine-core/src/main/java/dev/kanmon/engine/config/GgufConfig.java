package dev.kanmon.engine.config;

import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.TensorInfo;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import java.util.List;
import java.util.Optional;

/**
 * Reads a GGUF file's metadata: a whole {@code config.json} where the file holds one, else one made of the keys that
 * llama.cpp's converter writes.
 */
public final class GgufConfig {

    /** Key of the string that holds a whole {@code config.json}. */
    public static final String CONFIG_JSON = "hf.config_json";

    private GgufConfig() {}

    /**
     * The file's {@code config.json}: its own, or one that says what llama.cpp's keys say.
     *
     * @throws ModelFormatException if it has neither, or they contradict the tensors
     */
    public static JsonObject read(GgufFile file) throws ModelFormatException {
        Optional<JsonObject> json = own(file);
        if (json.isPresent()) {
            return json.get();
        }
        String architecture = file.string("general.architecture");
        if (!architecture.equals("bert")) {
            throw ModelFormatException.in(
                    file.path().toString(),
                    "metadata \"general.architecture\": \"" + architecture
                            + "\" is not supported; known: bert, or any with " + CONFIG_JSON);
        }
        return bert(file);
    }

    /**
     * Whether the file's family is known and its embeddings are there.
     *
     * @throws ModelFormatException if the metadata that says so has the wrong type
     */
    public static boolean isSupported(GgufFile file) throws ModelFormatException {
        Optional<JsonObject> json = own(file);
        return json.isPresent()
                ? HuggingFaceConfig.KNOWN.contains(
                        json.get().optionalString("model_type").orElse(""))
                : file.optionalString("general.architecture").orElse("").equals("bert")
                        && file.tensors().containsKey("token_embd.weight")
                        && file.tensors().containsKey("token_types.weight");
    }

    private static Optional<JsonObject> own(GgufFile file) throws ModelFormatException {
        Optional<String> json = file.optionalString(CONFIG_JSON);
        return json.isEmpty()
                ? Optional.empty()
                : Optional.of(Json.parse(file.path() + " metadata " + CONFIG_JSON, json.get())
                        .asObject());
    }

    private static JsonObject bert(GgufFile file) throws ModelFormatException {
        if (file.optionalBoolean("bert.attention.causal").orElse(false)) {
            throw ModelFormatException.in(
                    file.path().toString(), "metadata \"bert.attention.causal\": found true, expected an encoder");
        }
        int hidden = positive(file, "bert.embedding_length", ConfigReader.MAX_WIDTH);
        int heads = positive(file, "bert.attention.head_count", ConfigReader.MAX_WIDTH);
        if (hidden % heads != 0) {
            throw ModelFormatException.in(
                    file.path().toString(),
                    "metadata \"bert.embedding_length\": " + hidden + " is not a multiple of bert.attention.head_count "
                            + heads);
        }
        double epsilon =
                file.optionalDouble("bert.attention.layer_norm_epsilon").orElse(1e-12);
        if (!(epsilon >= 0 && epsilon < 1)) {
            throw ModelFormatException.in(
                    file.path().toString(),
                    "metadata \"bert.attention.layer_norm_epsilon\": found " + epsilon
                            + ", expected a small number of 0 or more");
        }
        boolean classifies = file.tensors().containsKey("cls.output.weight");
        JsonObject.Builder config = JsonObject.builder()
                .put(
                        "architectures",
                        JsonArray.of(JsonString.of(classifies ? "BertForSequenceClassification" : "BertModel")))
                .put("model_type", "bert")
                .put("vocab_size", rows(file, "token_embd.weight"))
                .put("hidden_size", hidden)
                .put("num_hidden_layers", positive(file, "bert.block_count", ConfigReader.MAX_LAYERS))
                .put("num_attention_heads", heads)
                .put("intermediate_size", positive(file, "bert.feed_forward_length", ConfigReader.MAX_WIDTH))
                .put("max_position_embeddings", positive(file, "bert.context_length", Integer.MAX_VALUE))
                .put("type_vocab_size", rows(file, "token_types.weight"))
                // The shortest number that is the same float: 1e-12 and not 9.999999960041972e-13.
                .put("layer_norm_eps", Double.parseDouble(Float.toString((float) epsilon)))
                .put("hidden_act", "gelu")
                .put("position_embedding_type", "absolute");
        if (classifies) {
            List<String> labels = file.optionalStrings("bert.classifier.output_labels")
                    .orElse(HuggingFaceConfig.numbered(rows(file, "cls.output.weight")));
            config.put("id2label", HuggingFaceConfig.numbers(labels));
            config.put("problem_type", "single_label_classification");
        }
        // Read again, so that what is wrong with it has a place to name.
        return Json.parse(file.path() + ", the configuration that its metadata say", Json.write(config.build()))
                .asObject();
    }

    private static int positive(GgufFile file, String key, int most) throws ModelFormatException {
        long value = file.longInteger(key);
        if (value < 1 || value > most) {
            throw ModelFormatException.in(
                    file.path().toString(), "metadata \"" + key + "\": found " + value + ", expected 1 to " + most);
        }
        return (int) value;
    }

    private static int rows(GgufFile file, String tensor) throws ModelFormatException {
        TensorInfo info = file.tensors().get(tensor);
        if (info == null || info.shape().size() != 2 || info.shape().getFirst() > Integer.MAX_VALUE) {
            throw ModelFormatException.in(
                    file.path().toString(),
                    "tensor \"" + tensor + "\": found " + (info == null ? "none" : "shape " + info.shape())
                            + ", expected a matrix");
        }
        return info.shape().getFirst().intValue();
    }
}
