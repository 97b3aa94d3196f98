package dev.kanmon.engine;

import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.json.Json;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where a model's tokenizer is.
 *
 * @param gguf the file that holds it; null for none
 * @param place else a directory, or a {@code tokenizer.json} of another name; null for none
 */
record TokenizerFiles(GgufFile gguf, Path place) {

    private static final List<String> KEYS = List.of(
            ModelFiles.TOKENIZER_JSON, "tokenizer.huggingface.json", "kanmon.tokenizer_json", "tokenizer.ggml.model");

    /** Where a TensorFlow SavedModel has its vocabulary. */
    private static final String ASSETS = "assets";

    /** Inside the file, or where it lies: a GGUF file may have been made without its tokenizer. */
    static TokenizerFiles of(GgufFile gguf, Path directory) {
        boolean inside = KEYS.stream().anyMatch(gguf.metadata()::containsKey);
        return inside || directory == null || !isTokenizer(directory)
                ? new TokenizerFiles(gguf, null)
                : new TokenizerFiles(null, directory);
    }

    /**
     * In the directory of {@code weights}, or beside them under their name: {@code x-tokenizer.json} belongs to {@code
     * x.onnx} in the Maven artifacts of langchain4j.
     *
     * @param weights the file of weights, if it was named; null if the directory was
     */
    static TokenizerFiles beside(Path directory, Path weights) {
        if (weights != null) {
            String name = weights.getFileName().toString();
            int end = name.lastIndexOf('.');
            Path own = directory.resolve((end < 0 ? name : name.substring(0, end)) + "-tokenizer.json");
            if (Files.isRegularFile(own)) {
                return new TokenizerFiles(null, own);
            }
        }
        Path assets = directory.resolve(ASSETS);
        return new TokenizerFiles(null, !isTokenizer(directory) && isTokenizer(assets) ? assets : directory);
    }

    private static boolean isTokenizer(Path directory) {
        return ModelFiles.TOKENIZERS.stream().anyMatch(file -> Files.isRegularFile(directory.resolve(file)));
    }

    boolean present() {
        return gguf != null
                ? KEYS.stream().anyMatch(gguf.metadata()::containsKey)
                : Files.isRegularFile(place) || isTokenizer(place);
    }

    Tokenizer load() throws IOException {
        return gguf != null ? Tokenizer.fromGguf(gguf) : Tokenizer.load(place);
    }

    Optional<String> json() throws IOException {
        if (gguf != null) {
            return gguf.optionalString(ModelFiles.TOKENIZER_JSON);
        }
        Path file = Files.isDirectory(place) ? place.resolve("tokenizer.json") : place;
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        Json.read(file); // Says what is wrong with it, where Files.readString would not.
        return Optional.of(Files.readString(file));
    }
}
