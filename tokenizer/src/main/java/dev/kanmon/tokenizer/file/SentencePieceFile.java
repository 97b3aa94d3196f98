package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceModel;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A SentencePiece model that comes without a tokenizer.json: the pieces are SentencePiece's own, what surrounds them is
 * the family's, told by tokenizer_config.json's {@code tokenizer_class}, or config.json's {@code model_type}, or else by
 * the pieces and the file's name.
 */
public final class SentencePieceFile {
    /** The names of such files. */
    public static final List<String> NAMES =
            List.of("spm.model", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model");

    private static final long MAX_BYTES = 1L << 28;

    private SentencePieceFile() {}

    /** The tokenizer of a model file and of the JSON files beside it. */
    public static LoadedTokenizer read(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw ModelFormatException.in(
                    file.toString(), "the model has " + Files.size(file) + " bytes, expected at most " + MAX_BYTES);
        }
        var proto = Files.readAllBytes(file);
        var spec = SentencePieceProto.read(file.toString(), proto);
        var config = beside(file, "tokenizer_config.json");
        var name = file.getFileName().toString();
        var kind = SentencePieceFamily.Kind.of(config, beside(file, "config.json"), spec, name);
        var model = SentencePieceModel.of(file.toString(), spec, kind.fairseq());
        var family = new SentencePieceFamily(kind, config, beside(file, "added_tokens.json"), model);
        return SentencePieceJson.tokenizer(family.addedTokens(), family.normalizer(), family.postProcessor(), model, proto);
    }

    private static JsonObject beside(Path file, String name) throws IOException {
        var other = file.resolveSibling(name);
        return Files.exists(other) ? Json.read(other).asObject() : JsonObject.of(Map.of());
    }
}
