package dev.kanmon.convert;

import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.config.BertConfig;
import dev.kanmon.engine.config.ClassifierConfig;
import dev.kanmon.formats.DType;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.kernels.Activation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The files of a Hugging Face directory beside its weights. */
final class HuggingFaceFiles {

    /** Files that go along as they are. */
    private static final List<String> COPIED = List.of(
            "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt", ModelFiles.SIDECAR);

    private HuggingFaceFiles() {}

    static void write(ModelFiles model, Path target, Optional<DType> type) throws IOException {
        replace(target.resolve("config.json"), Json.writeIndented(typed(config(model), type)) + "\n");
        Optional<Path> directory = model.directory();
        if (directory.isPresent()) {
            for (String file : COPIED) {
                Path from = directory.get().resolve(file);
                if (Files.isRegularFile(from)) {
                    Files.copy(from, target.resolve(file), StandardCopyOption.REPLACE_EXISTING);
                }
            }
            return;
        }
        replace(target.resolve("tokenizer.json"), model.tokenizer().toJson() + "\n");
        Optional<JsonObject> sidecar = model.sidecar();
        if (sidecar.isPresent()) {
            replace(target.resolve(ModelFiles.SIDECAR), Json.writeIndented(sidecar.get()) + "\n");
        }
    }

    /** The model's own {@code config.json}, or one made of what a GGUF file says. */
    static JsonObject config(ModelFiles model) throws IOException {
        Optional<JsonObject> own = model.configJson();
        if (own.isPresent()) {
            return own.get();
        }
        return switch (model.config().encoder()) {
            case BertConfig bert -> config(bert, model.config().classifier());
            default -> throw new IllegalStateException(); // TODO
        };
    }

    private static JsonObject config(BertConfig bert, Optional<ClassifierConfig> classifier) {
        JsonObject.Builder config = JsonObject.builder()
                .put(
                        "architectures",
                        JsonArray.of(
                                JsonString.of(classifier.isPresent() ? "BertForSequenceClassification" : "BertModel")))
                .put("model_type", bert.family())
                .put("vocab_size", bert.vocabularySize())
                .put("hidden_size", bert.hiddenSize())
                .put("num_hidden_layers", bert.layers())
                .put("num_attention_heads", bert.heads())
                .put("intermediate_size", bert.intermediateSize())
                .put("max_position_embeddings", bert.maxTokens())
                .put("type_vocab_size", bert.types())
                .put("layer_norm_eps", Double.parseDouble(Float.toString(bert.epsilon())))
                .put("hidden_act", name(bert.activation()))
                .put("position_embedding_type", "absolute");
        classifier.ifPresent(head -> {
            JsonObject.Builder names = JsonObject.builder();
            for (int i = 0; i < head.labels().size(); i++) {
                names.put(Integer.toString(i), head.labels().get(i));
            }
            config.put("id2label", names.build());
            config.put(
                    "problem_type",
                    switch (head.outputs()) {
                        case ONE_OF -> "single_label_classification";
                        case ANY_OF -> "multi_label_classification";
                        case VALUES -> "regression";
                    });
        });
        return config.build();
    }

    private static String name(Activation activation) {
        return switch (activation) {
            case GELU -> "gelu";
            case GELU_TANH -> "gelu_pytorch_tanh";
            case RELU -> "relu";
            case SILU -> "silu";
            case TANH -> "tanh";
            case NONE -> "linear";
        };
    }

    /** The configuration with the name of the weights' new type, which transformers loads them in. */
    private static JsonObject typed(JsonObject config, Optional<DType> type) {
        if (type.isEmpty()) {
            return config;
        }
        String name =
                switch (type.get()) {
                    case F16 -> "float16";
                    case BF16 -> "bfloat16";
                    case F64 -> "float64";
                    default -> "float32";
                };
        Map<String, JsonValue> members = new LinkedHashMap<>(config.members());
        members.put(config.has("dtype") ? "dtype" : "torch_dtype", JsonString.of(name));
        return JsonObject.of(members);
    }

    /** Writes beside the target first, so that it is the old file or the whole new one. */
    private static void replace(Path target, String text) throws IOException {
        Path temporary = Files.createTempFile(target.getParent(), "." + target.getFileName(), ".tmp");
        try {
            Files.writeString(temporary, text);
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
