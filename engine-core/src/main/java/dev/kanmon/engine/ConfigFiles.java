package dev.kanmon.engine;

import dev.kanmon.engine.config.CheckpointConfig;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.OnnxFile;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.TensorflowCheckpoint;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.formats.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** Finds the configuration of a model that is not one file: beside the weights, where it was said to be, or in them. */
final class ConfigFiles {

    private static final String CONFIG = "config.json";

    /** What Google's checkpoints of BERT call it. */
    private static final String BERT_CONFIG = "bert_config.json";

    private ConfigFiles() {}

    /** @throws ModelFormatException if a directory lacks the configuration that its weights need */
    static void require(Path directory, ModelFiles.Supplement supplement) throws IOException {
        if (!Files.isRegularFile(directory.resolve(CONFIG)) && isHuggingFace(directory, supplement)) {
            throw ModelFormatException.in(
                    directory.toString(),
                    "config.json is missing; a model directory holds config.json, model.safetensors and"
                            + " tokenizer.json");
        }
    }

    /** Whether a directory without configuration has, or should have, weights that do not say what they belong to. */
    private static boolean isHuggingFace(Path directory, ModelFiles.Supplement supplement) throws IOException {
        if (supplement.config().isPresent() || Files.isRegularFile(directory.resolve(BERT_CONFIG))) {
            return false;
        }
        try (TensorFile file = TensorFile.open(directory)) {
            return !(file instanceof OnnxFile || file instanceof TensorflowCheckpoint);
        } catch (ModelFormatException e) {
            return true; // What it lacks first is the configuration.
        }
    }

    /** The configuration of weights that lie in {@code directory}. */
    static JsonObject read(Path directory, TensorFile file, TensorFile tensors, ModelFiles.Supplement supplement)
            throws IOException {
        Path given = supplement.config().orElse(directory.resolve(CONFIG));
        if (supplement.config().isPresent() || Files.isRegularFile(given)) {
            return Json.read(given).asObject();
        }
        return switch (file) {
            case TensorflowCheckpoint _
            when Files.isRegularFile(directory.resolve(BERT_CONFIG)) ->
                withFamily(Json.read(directory.resolve(BERT_CONFIG)).asObject());
            case TensorflowCheckpoint _ -> CheckpointConfig.derive(tensors, null, supplement.heads());
            case OnnxFile onnx -> CheckpointConfig.derive(tensors, onnx, supplement.heads());
            default ->
                throw ModelFormatException.in(
                        file.path().toString(),
                        "found a file of tensors alone, expected a config.json beside it, a model directory or a GGUF"
                                + " file");
        };
    }

    /** Google's file has the keys that transformers took over, but no family. */
    private static JsonObject withFamily(JsonObject config) {
        if (config.has("model_type")) {
            return config;
        }
        SequencedMap<String, JsonValue> members = new LinkedHashMap<>();
        members.put("architectures", JsonArray.of(JsonString.of("BertModel")));
        members.put("model_type", JsonString.of("bert"));
        members.putAll(config.members());
        return JsonObject.of(members);
    }
}
