package dev.kanmon.engine;

import dev.kanmon.engine.config.GgufConfig;
import dev.kanmon.engine.config.HuggingFaceConfig;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.engine.family.Graph;
import dev.kanmon.engine.weights.FileWeights;
import dev.kanmon.engine.weights.ForeignNames;
import dev.kanmon.engine.weights.ModelWeights;
import dev.kanmon.engine.weights.NameTable;
import dev.kanmon.engine.weights.PackedWeights;
import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.TensorView;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.RowSource;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;

/**
 * The files of a model, opened and checked: configuration, tensors, tokenizer. Either a Hugging Face directory, or one
 * GGUF file, or the weights of another framework with what belongs to them beside. Tensors are memory-mapped until
 * {@link #close()}.
 */
public final class ModelFiles implements AutoCloseable {

    /** File beside a model that says what its labels mean. */
    public static final String SIDECAR = "kanmon.json";

    /** GGUF key that holds the sidecar. */
    public static final String SIDECAR_KEY = "kanmon.sidecar_json";

    /** GGUF key that holds a whole {@code tokenizer.json}. */
    public static final String TOKENIZER_JSON = "hf.tokenizer_json";

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

    /**
     * What weights without a {@code config.json} do not say.
     *
     * @param config the model's configuration in another place; it wins over one that lies beside
     * @param heads of attention, where shapes and graph say everything else
     */
    public record Supplement(Optional<Path> config, OptionalInt heads) {

        /** Nothing: everything must be where the weights are. */
        public static final Supplement NONE = new Supplement(Optional.empty(), OptionalInt.empty());

        public Supplement {
            Objects.requireNonNull(config, "config");
            if (heads.isPresent() && heads.getAsInt() < 1) {
                throw new IllegalArgumentException("heads: found " + heads.getAsInt() + ", expected at least 1");
            }
        }
    }

    private final String source;
    private final Path directory;
    private final JsonObject configJson;
    private final ModelConfig config;
    private final TensorFile tensors;
    private final Optional<WeightType> packed;
    private final NameTable names;
    private final TokenizerFiles tokenizer;
    /** A sidecar that came with the model in memory, or null. */
    private final JsonObject given;

    private ModelFiles(
            String source,
            Path directory,
            JsonObject configJson,
            TensorFile tensors,
            TokenizerFiles tokenizer,
            JsonObject given)
            throws ModelFormatException {
        this.given = given;
        this.source = source;
        this.directory = directory;
        this.configJson = configJson;
        this.config = HuggingFaceConfig.read(configJson);
        this.tensors = tensors;
        this.packed = tensors instanceof GgufFile gguf ? PackedWeights.type(gguf) : Optional.empty();
        this.names = tensors instanceof GgufFile && tensors.tensors().containsKey("token_embd.weight")
                ? NameTable.ggufBert()
                : NameTable.huggingFace(config.encoder().prefix());
        this.tokenizer = tokenizer;
    }

    /**
     * Opens a model directory, a GGUF file, or a file of weights beside its {@code config.json}.
     *
     * @throws ModelFormatException if a file is malformed or missing from the directory
     * @throws IOException if there is nothing at {@code path}, or it cannot be read
     */
    public static ModelFiles open(Path path) throws IOException {
        return open(path, Supplement.NONE);
    }

    /**
     * Opens a model whose files may not say everything.
     *
     * <p>Of a directory the weights are those that {@link TensorFile#open} takes. ONNX exports and TensorFlow checkpoints
     * of BERT get Hugging Face's names. Where they have no {@code config.json} ({@code bert_config.json} will do for
     * TensorFlow), it is made of the tensors' shapes and of the ONNX graph.
     *
     * @throws ModelFormatException if a file is malformed or missing, or something is not said anywhere
     * @throws IOException if there is nothing at {@code path}, or it cannot be read
     */
    public static ModelFiles open(Path path, Supplement supplement) throws IOException {
        boolean isDirectory = Files.isDirectory(path);
        if (isDirectory) {
            ConfigFiles.require(path, supplement);
        }
        TensorFile file = openTensors(path);
        TensorFile tensors = file;
        try {
            Path parent = path.toAbsolutePath().getParent();
            if (file instanceof GgufFile gguf) {
                return ofGguf(path.toString(), parent, gguf, null);
            }
            tensors = ForeignNames.huggingFace(file);
            Path directory = isDirectory ? path : parent;
            return new ModelFiles(
                    path.toString(),
                    directory,
                    ConfigFiles.read(directory, file, tensors, supplement),
                    tensors,
                    TokenizerFiles.beside(directory, isDirectory ? null : path),
                    null);
        } catch (IOException | RuntimeException | Error e) {
            tensors.close();
            throw e;
        }
    }

    /** Opens a GGUF file that lies in memory; {@code bytes} stays the caller's and must outlive this. */
    public static ModelFiles of(String name, MemorySegment bytes) throws IOException {
        return ofGguf(name, null, GgufFile.of(name, bytes), null);
    }

    /** The same, with a sidecar that wins over the one inside. */
    public static ModelFiles of(String name, MemorySegment bytes, JsonObject sidecar) throws IOException {
        return ofGguf(name, null, GgufFile.of(name, bytes), Objects.requireNonNull(sidecar, "sidecar"));
    }

    private static ModelFiles ofGguf(String source, Path directory, GgufFile file, JsonObject sidecar)
            throws IOException {
        return new ModelFiles(
                source, directory, GgufConfig.read(file), file, TokenizerFiles.of(file, directory), sidecar);
    }

    private static TensorFile openTensors(Path path) throws IOException {
        if (!Files.exists(path) && !Files.exists(path.resolveSibling(path.getFileName() + ".index"))) {
            throw new NoSuchFileException(path.toString(), null, "there is no such file or directory");
        }
        return TensorFile.open(path);
    }

    /**
     * The tensors of a file, as the configuration sees them.
     *
     * @param used those it asks for, by Hugging Face's names without the family's prefix
     * @param pooler of an encoder without a head: what other programs put behind it; nothing here computes with it
     * @param parameters numbers in the weights of both
     * @param unused those that the model has no place for, as the file spells them
     */
    public record Tensors(
            SequencedMap<String, TensorView> used,
            SequencedMap<String, TensorView> pooler,
            long parameters,
            List<String> unused) {

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
        ModelWeights weights = packed.isPresent()
                ? new PackedWeights((GgufFile) tensors, names, null, Pieces.inOrder())
                : FileWeights.checking(tensors, names);
        Graph.build(config, weights);
        long parameters = weights.parameters();
        SequencedMap<String, TensorView> pooler = new LinkedHashMap<>();
        List<String> unused = new ArrayList<>(weights.unused());
        if (config.classifier().isEmpty()) {
            for (String tensor : POOLER) {
                for (String spelling : names.spellings(tensor)) {
                    if (unused.contains(spelling)
                            && tensors.tensors().get(spelling).dtype().isReadable()) {
                        unused.remove(spelling);
                        pooler.put(tensor, tensors.tensor(spelling));
                        parameters += tensors.tensors().get(spelling).elements();
                    }
                }
            }
        }
        return new Tensors(weights.used(), pooler, parameters, List.copyOf(unused));
    }

    /** Takes the matrices of a model, one after the other. */
    @FunctionalInterface
    public interface Matrices {
        /**
         * Takes one.
         *
         * @param name what a packed model calls it
         * @param rows reads the file, as often as it is asked
         */
        void take(String name, WeightType type, int n, int k, RowSource rows);
    }

    /**
     * Checks as {@link #check} does, and separates what a packed model has in another form.
     *
     * @param weights how matrices are to be kept
     * @return the other tensors, by Hugging Face's names without the family's prefix
     * @throws ModelFormatException if a tensor is missing or does not fit
     * @throws IOException if the sidecar cannot be read
     * @throws IllegalArgumentException if this model is packed, or an exception of {@code weights} fits no matrix
     */
    public SequencedMap<String, TensorView> separate(WeightPlan weights, Matrices matrices) throws IOException {
        requireUnpacked();
        Set<String> taken = new HashSet<>();
        FileWeights source = new FileWeights(tensors, names, plan(weights), (of, type, n, k, rows) -> {
            matrices.take(PackedWeights.name(of, type), type, n, k, rows);
            taken.addAll(of);
            return null;
        });
        Graph.build(config, source);
        source.matrices(); // refuses exceptions that fit none
        SequencedMap<String, TensorView> others = new LinkedHashMap<>(source.used());
        others.keySet().removeAll(taken);
        return others;
    }

    /** @throws IllegalArgumentException if this model is packed */
    public void requireUnpacked() {
        if (packed.isPresent()) {
            throw new IllegalArgumentException(
                    source + ": found a packed model, expected the one that it was made of: it has the tensors");
        }
    }

    /** The type that the matrices of a packed model are kept in, but for exceptions; empty if it is not packed. */
    public Optional<WeightType> packed() {
        return packed;
    }

    /**
     * Checks a wish for weights.
     *
     * @throws IllegalArgumentException if the model is packed in another form
     */
    public void requireWeights(Optional<WeightType> wished) {
        if (packed.isPresent() && wished.isPresent() && packed.get() != wished.get()) {
            throw new IllegalArgumentException(source + ": found weights packed as "
                    + packed.get().spelling() + ", expected " + wished.get().spelling()
                    + "; pack the model that it was made of in that form");
        }
    }

    /**
     * The weights as {@code kernels} compute on them.
     *
     * @param wish how matrices are to be kept; those of a packed model are as they are
     */
    ModelWeights weights(Kernels kernels, WeightPlan wish, Pieces pieces) throws IOException {
        return packed.isPresent()
                ? new PackedWeights((GgufFile) tensors, names, kernels, pieces)
                : new FileWeights(tensors, names, kernels, plan(wish), pieces);
    }

    /** Where the model came from: its path, or the name it was given. */
    public String source() {
        return source;
    }

    /** The directory of the configuration and of what lies beside it; empty for a GGUF file. */
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

    /** The tensor that inside is called {@code tensor}, by Hugging Face's name without the family's prefix; empty for none. */
    public Optional<TensorView> tensor(String tensor) throws ModelFormatException {
        for (String spelling : names.spellings(tensor)) {
            if (tensors.tensors().containsKey(spelling)) {
                return Optional.of(tensors.tensor(spelling));
            }
        }
        return Optional.empty();
    }

    /** Reads the tokenizer; a new one each time. That of a GGUF file which holds none may lie beside it. */
    public Tokenizer tokenizer() throws IOException {
        return tokenizer.load();
    }

    /** Whether there is a tokenizer; encoders are published without, too. */
    public boolean hasTokenizer() {
        return tokenizer.present();
    }

    /**
     * The tokenizer's whole {@code tokenizer.json}, as the source spells it; empty if it has none in this form.
     *
     * @throws ModelFormatException if it is not JSON
     */
    public Optional<String> tokenizerJson() throws IOException {
        return tokenizer.json();
    }

    /** The configuration as Hugging Face's {@code config.json} says it; made of llama.cpp's keys where there is none. */
    public JsonObject configJson() {
        return configJson;
    }

    /**
     * The sidecar: the file beside the model, {@value #SIDECAR} or, of {@code NAME.gguf}, {@code NAME.kanmon.json} before
     * it; else the one inside a GGUF file.
     */
    public Optional<JsonObject> sidecar() throws IOException {
        if (given != null) {
            return Optional.of(given);
        }
        for (Path path : sidecarPaths()) {
            if (Files.isRegularFile(path)) {
                return Optional.of(Json.read(path).asObject());
            }
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

    /** Where a sidecar of this model alone belongs; empty for a model in memory. */
    public Optional<Path> sidecarPath() {
        return sidecarPaths().stream().findFirst();
    }

    private List<Path> sidecarPaths() {
        if (directory == null) {
            return List.of();
        }
        Path shared = directory.resolve(SIDECAR);
        if (!(tensors instanceof GgufFile)) {
            return List.of(shared);
        }
        String name = Path.of(source).getFileName().toString();
        String stem = name.endsWith(".gguf") ? name.substring(0, name.length() - ".gguf".length()) : name;
        return List.of(directory.resolve(stem + "." + SIDECAR), shared);
    }

    /**
     * The matrices that a model of these files multiplies by.
     *
     * @param wish how they would be kept; those of a packed model are as they are
     * @throws ModelFormatException if a tensor is missing or does not fit, or the sidecar is malformed
     * @throws IOException if the sidecar cannot be read
     * @throws IllegalArgumentException if an exception fits no matrix
     */
    public List<WeightMatrix> matrices(WeightPlan wish) throws IOException {
        ModelWeights weights = packed.isPresent()
                ? new PackedWeights((GgufFile) tensors, names, null, Pieces.inOrder())
                : FileWeights.checking(tensors, names, plan(wish));
        Graph.build(config, weights);
        return weights.matrices();
    }

    /** A plan with the exceptions of the sidecar, if it asks for them. */
    private WeightPlan plan(WeightPlan wish) throws IOException {
        Optional<JsonObject> sidecar = wish.ofModel() ? sidecar() : Optional.empty();
        return sidecar.isPresent()
                ? wish.with(SidecarWeights.read(sidecar.get()).getOrDefault(wish.type(), new LinkedHashMap<>()))
                : wish;
    }

    /** Releases the mapped files. Idempotent. */
    @Override
    public void close() {
        tensors.close();
    }
}
