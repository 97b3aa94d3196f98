package dev.kanmon.engine;

import dev.kanmon.engine.config.GgufConfig;
import dev.kanmon.engine.config.HuggingFaceConfig;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.engine.family.Graph;
import dev.kanmon.engine.weights.FileWeights;
import dev.kanmon.engine.weights.NameTable;
import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.TensorView;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * The files of a model, opened and checked: configuration, tensors, tokenizer. Either a Hugging Face directory
 * or one GGUF file. Tensors are memory-mapped until {@link #close()}.
 */
public final class ModelFiles implements AutoCloseable {

    /** File beside a model that says what its labels mean. */
    public static final String SIDECAR = "kanmon.json";

    /** GGUF key that holds the sidecar. */
    public static final String SIDECAR_KEY = "kanmon.sidecar_json";

    /** GGUF key that holds a whole {@code tokenizer.json}. */
    public static final String TOKENIZER_JSON = "hf.tokenizer_json";

    private static final List<String> TOKENIZER_KEYS =
            List.of(TOKENIZER_JSON, "tokenizer.huggingface.json", "kanmon.tokenizer_json", "tokenizer.ggml.model");

    /** Files of which each is a whole tokenizer, or the greater part of one; of several the first is read. */
    public static final List<String> TOKENIZERS = List.of(
            "tokenizer.json",
            "spm.model",
            "spiece.model",
            "sentencepiece.bpe.model",
            "tokenizer.model",
            "vocab.txt",
            "vocab.json");

    private static final List<String> POOLER =
            List.of("pooler.dense.weight", "pooler.dense.bias", "pooler.weight", "pooler.bias");

    private final String source;
    private final Path directory;
    private final JsonObject configJson;
    private final ModelConfig config;
    private final TensorFile tensors;
    private final NameTable names;

    private ModelFiles(
            String source,
            Path directory,
            JsonObject configJson,
            ModelConfig config,
            TensorFile tensors,
            NameTable names) {
        this.source = source;
        this.directory = directory;
        this.configJson = configJson;
        this.config = config;
        this.tensors = tensors;
        this.names = names;
    }

    /**
     * Opens a model directory or a GGUF file.
     *
     * @throws ModelFormatException if a file is malformed or missing from the directory
     * @throws IOException if there is nothing at {@code path}, or it cannot be read
     */
    public static ModelFiles open(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return openDirectory(path);
        }
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString(), null, "there is no such file or directory");
        }
        TensorFile file = TensorFile.open(path);
        try {
            if (file instanceof GgufFile gguf) {
                return ofGguf(path.toString(), path.toAbsolutePath().getParent(), gguf);
            }
            throw ModelFormatException.in(
                    path.toString(), "found a file of tensors alone, expected a model directory or a GGUF file");
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    /** Opens a GGUF file that lies in memory; {@code bytes} stays the caller's and must outlive this. */
    public static ModelFiles of(String name, MemorySegment bytes) throws IOException {
        return ofGguf(name, null, GgufFile.of(name, bytes));
    }

    private static ModelFiles openDirectory(Path directory) throws IOException {
        Path configFile = directory.resolve("config.json");
        if (!Files.isRegularFile(configFile)) {
            throw ModelFormatException.in(
                    directory.toString(),
                    "config.json is missing; a model directory holds config.json, model.safetensors and"
                            + " tokenizer.json");
        }
        JsonObject json = Json.read(configFile).asObject();
        ModelConfig config = HuggingFaceConfig.read(json);
        TensorFile tensors = TensorFile.open(directory);
        return new ModelFiles(
                directory.toString(),
                directory,
                json,
                config,
                tensors,
                NameTable.huggingFace(config.encoder().prefix()));
    }

    private static ModelFiles ofGguf(String source, Path directory, GgufFile file) throws IOException {
        JsonObject json = GgufConfig.read(file);
        ModelConfig config = HuggingFaceConfig.read(json);
        NameTable names = file.tensors().containsKey("token_embd.weight")
                ? NameTable.ggufBert()
                : NameTable.huggingFace(config.encoder().prefix());
        return new ModelFiles(source, directory, json, config, file, names);
    }

    /**
     * The tensors of a file, as the configuration sees them.
     *
     * @param used those it asks for, by Hugging Face's names without the family's prefix
     * @param pooler of an encoder without a head: what other programs put behind it; nothing here computes with it
     * @param unused those that the model has no place for, as the file spells them
     */
    public record Tensors(
            SequencedMap<String, TensorView> used, SequencedMap<String, TensorView> pooler, List<String> unused) {

        /** What a copy of the model holds: those that are used, and the pooler. */
        public SequencedMap<String, TensorView> written() {
            SequencedMap<String, TensorView> all = new LinkedHashMap<>(used);
            all.putAll(pooler);
            return all;
        }
    }

    /**
     * Checks that every tensor that the configuration asks for is there, with the right shape and type.
     *
     * @throws ModelFormatException if one is missing or does not fit
     */
    public Tensors check() throws ModelFormatException {
        FileWeights weights = FileWeights.checking(tensors, names);
        Graph.build(config, weights);
        SequencedMap<String, TensorView> pooler = new LinkedHashMap<>();
        List<String> unused = new ArrayList<>(weights.unused());
        if (config.classifier().isEmpty()) {
            for (String tensor : POOLER) {
                for (String spelling : names.spellings(tensor)) {
                    if (unused.contains(spelling)
                            && tensors.tensors().get(spelling).dtype().isReadable()) {
                        unused.remove(spelling);
                        pooler.put(tensor, tensors.tensor(spelling));
                    }
                }
            }
        }
        return new Tensors(weights.used(), pooler, List.copyOf(unused));
    }

    /** Where the model came from: its path, or the name it was given. */
    public String source() {
        return source;
    }

    /** The model's directory; empty for a GGUF file. */
    public Optional<Path> directory() {
        return tensors instanceof GgufFile ? Optional.empty() : Optional.of(directory);
    }

    /** What the configuration says. */
    public ModelConfig config() {
        return config;
    }

    /** The tensors. */
    public TensorFile tensors() {
        return tensors;
    }

    /** How the tensors are spelt. */
    NameTable names() {
        return names;
    }

    /** Reads the tokenizer; a new one each time. That of a GGUF file which holds none may lie beside it. */
    public Tokenizer tokenizer() throws IOException {
        return tensors instanceof GgufFile gguf && (holdsTokenizer(gguf) || !liesBeside())
                ? Tokenizer.fromGguf(gguf)
                : Tokenizer.load(directory);
    }

    /** Whether there is a tokenizer; encoders are published without, too. */
    public boolean hasTokenizer() {
        return tensors instanceof GgufFile gguf && holdsTokenizer(gguf) || liesBeside();
    }

    /**
     * The tokenizer's whole {@code tokenizer.json}, as the source spells it; empty if it has none in this form.
     *
     * @throws ModelFormatException if it is not JSON
     */
    public Optional<String> tokenizerJson() throws IOException {
        if (tensors instanceof GgufFile gguf && holdsTokenizer(gguf)) {
            return gguf.optionalString(TOKENIZER_JSON);
        }
        if (directory == null || !Files.isRegularFile(directory.resolve(TOKENIZERS.getFirst()))) {
            return Optional.empty();
        }
        Path file = directory.resolve(TOKENIZERS.getFirst());
        Json.read(file); // Says what is wrong with it, where Files.readString would not.
        return Optional.of(Files.readString(file));
    }

    private static boolean holdsTokenizer(GgufFile gguf) {
        return TOKENIZER_KEYS.stream().anyMatch(gguf.metadata()::containsKey);
    }

    private boolean liesBeside() {
        return directory != null && TOKENIZERS.stream().anyMatch(file -> Files.isRegularFile(directory.resolve(file)));
    }

    /** The configuration as Hugging Face's {@code config.json} says it; made of llama.cpp's keys where there is none. */
    public JsonObject configJson() {
        return configJson;
    }

    /** The sidecar {@value #SIDECAR}: the file beside the model, else the one inside a GGUF file. */
    public Optional<JsonObject> sidecar() throws IOException {
        if (directory != null && Files.isRegularFile(directory.resolve(SIDECAR))) {
            return Optional.of(Json.read(directory.resolve(SIDECAR)).asObject());
        }
        if (tensors instanceof GgufFile gguf) {
            Optional<String> json = gguf.optionalString(SIDECAR_KEY);
            if (json.isPresent()) {
                return Optional.of(Json.parse(source + " metadata " + SIDECAR_KEY, json.get())
                        .asObject());
            }
        }
        return Optional.empty();
    }

    /** Releases the mapped files. Idempotent. */
    @Override
    public void close() {
        tensors.close();
    }
}
