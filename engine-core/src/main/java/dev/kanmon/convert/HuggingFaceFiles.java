package dev.kanmon.convert;

import dev.kanmon.engine.ModelFiles;
import dev.kanmon.formats.DType;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.formats.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The files of a Hugging Face directory beside its weights. */
public final class HuggingFaceFiles {

    /** Files that go along as they are. */
    private static final List<String> COPIED = List.of(
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.txt",
            "vocab.json",
            "merges.txt",
            "spm.model",
            "spiece.model",
            "sentencepiece.bpe.model",
            "tokenizer.model");

    private HuggingFaceFiles() {}

    static void write(ModelFiles model, Path target, Optional<DType> type) throws IOException {
        write(model, typed(model.configJson(), type), target);
        Optional<JsonObject> sidecar = model.sidecar();
        if (sidecar.isPresent()) {
            replace(target.resolve(ModelFiles.SIDECAR), Json.writeIndented(sidecar.get()) + "\n");
        }
    }

    /**
     * Writes configuration and tokenizer, and no sidecar, which says what was found out about the weights of {@code model}.
     *
     * @param config becomes {@code config.json}
     * @param target a directory that there is
     */
    public static void write(ModelFiles model, JsonObject config, Path target) throws IOException {
        replace(target.resolve("config.json"), Json.writeIndented(config) + "\n");
        boolean copied = false;
        if (model.directory().isPresent()) {
            for (String file : COPIED) {
                Path from = model.directory().get().resolve(file);
                if (Files.isRegularFile(from)) {
                    Files.copy(from, target.resolve(file), StandardCopyOption.REPLACE_EXISTING);
                    copied |= ModelFiles.TOKENIZERS.contains(file);
                }
            }
        }
        tokenizer(model, target, copied);
    }

    /** Writes what no copied file says; a tokenizer.json that was there before would win over the copied ones. */
    private static void tokenizer(ModelFiles model, Path target, boolean copied) throws IOException {
        Path file = target.resolve(ModelFiles.TOKENIZERS.getFirst());
        Optional<String> json = model.tokenizerJson();
        if (json.isPresent()) {
            replace(file, json.get());
        } else if (model.hasTokenizer() && (!copied || Files.exists(file))) {
            replace(file, model.tokenizer().toJson() + "\n");
        }
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
        Path temporary =
                target.resolveSibling("." + target.getFileName() + "." + Long.toHexString(System.nanoTime()) + ".part");
        try {
            Files.writeString(temporary, text, StandardOpenOption.CREATE_NEW);
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
