package dev.kanmon.train.model;

import dev.kanmon.convert.HuggingFaceFiles;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.config.ClassifierConfig.Task;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.engine.encoder.Parallel;
import dev.kanmon.formats.DType;
import dev.kanmon.formats.SafetensorsWriter;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonNull;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A classifier of sequences whose parameters can be changed by what its answers should have been. */
public final class TrainableModel implements AutoCloseable {

    /**
     * How a model computes while it learns.
     *
     * @param kernels that compute
     * @param compute how matrices are rounded for products: F32, or BF16 for mixed precision, where parameters,
     *     gradients, normalisations, softmax and everything else stay f32
     * @param threads of a pass, the calling one among them
     * @param labels outputs of the head
     * @param seed of what is made new
     */
    public record Setup(KernelChoice kernels, WeightType compute, int threads, int labels, long seed) {

        public Setup {
            Objects.requireNonNull(kernels, "kernels");
            if (compute != WeightType.F32 && compute != WeightType.BF16) {
                throw new IllegalArgumentException("training computes in f32 or bf16, found " + compute.spelling());
            }
            if (threads < 1) {
                throw new IllegalArgumentException("threads: found " + threads + ", expected at least 1");
            }
            if (labels < 1) {
                throw new IllegalArgumentException("labels: found " + labels + ", expected at least 1");
            }
        }
    }

    /** Numbers of a gradient that a thread clears at a time. */
    private static final long CLEARED = 1 << 18;

    private final ModelFiles files;
    private final StudentConfig config;
    private final List<Parameter> parameters;
    private final List<String> notes;
    private final Kernels kernels;
    private final GradientGraph graph;

    private TrainableModel(ModelFiles files, Setup setup) throws IOException {
        files.requireUnpacked();
        this.files = files;
        config = StudentConfig.of(files, setup.labels());
        kernels = setup.kernels().kernels();
        boolean ofTokens = files.config()
                .classifier()
                .map(classifier -> classifier.task() == Task.TOKENS)
                .orElse(false);
        NewWeights fresh = new NewWeights(setup.seed(), ofTokens);
        TrainableWeights weights =
                new TrainableWeights(files, config.config().encoder(), kernels, setup.compute(), fresh);
        graph = new GradientGraph(config.config(), weights, setup.compute(), () -> Parallel.ofThreads(setup.threads()));
        parameters = weights.parameters();
        notes = fresh.notes();
    }

    /**
     * Loads whatever {@link dev.kanmon.engine.Model#load(Path, dev.kanmon.engine.Model.Options)} loads but a packed model.
     * A head that is missing or has another number of labels is made new: weights of N(0, 0.02), biases of 0; a missing
     * pooler likewise. {@link #notes()} says so.
     *
     * @throws IOException if a file cannot be read or is malformed
     * @throws IllegalArgumentException if the model is of a kind that cannot learn here
     */
    public static TrainableModel load(Path student, Setup setup) throws IOException {
        ModelFiles files = ModelFiles.open(student);
        try {
            return new TrainableModel(files, setup);
        } catch (IOException | RuntimeException | Error e) {
            files.close();
            throw e;
        }
    }

    /** The configuration, with the head that it has now. */
    public ModelConfig config() {
        return config.config();
    }

    /** The files it was loaded from, open until {@link #close()}. */
    public ModelFiles files() {
        return files;
    }

    /** A new tokenizer each time. */
    public Tokenizer tokenizer() throws IOException {
        return files.tokenizer();
    }

    /** What the parameters' memory belongs to. */
    public Kernels kernels() {
        return kernels;
    }

    /** The threads, for an optimiser's work between passes. */
    public Parallel threads() {
        return graph.threads();
    }

    /** What was not as the files had it, a sentence each. */
    public List<String> notes() {
        return notes;
    }

    /** All parameters, in the order of the computation. */
    public List<Parameter> parameters() {
        return parameters;
    }

    /**
     * Computes the logits of a batch and keeps what {@link #backward} needs until the next call.
     *
     * @param batch at least one sequence
     * @param dropout null to drop nothing: then the logits are the ones of inference
     * @return for each sequence one logit for each label
     * @throws IllegalArgumentException if an id, a type or a length is outside what the model has
     */
    public float[][] forward(List<TokenSequence> batch, Dropout dropout) {
        return graph.forward(batch, dropout);
    }

    /**
     * Adds to the gradients of all parameters that are not frozen.
     *
     * @param dLogits derivatives of the loss by the logits of the last {@link #forward}
     * @throws IllegalArgumentException if there are more or fewer than logits
     * @throws IllegalStateException if there is no forward pass that has not gone back yet
     */
    public void backward(float[][] dLogits) {
        graph.backward(dLogits);
    }

    /** Sets all gradients to zero, on all threads. */
    public void clearGradients() {
        for (Parameter parameter : parameters) {
            int pieces = Math.toIntExact(Math.ceilDiv(parameter.count(), CLEARED));
            graph.threads().runPieces(pieces, piece -> {
                long from = piece * CLEARED;
                Matrices.part(parameter.gradient(), from, Math.min(CLEARED, parameter.count() - from))
                        .fill((byte) 0);
            });
        }
    }

    /** To be called after parameters were written to, before the next pass. */
    public void changed() {
        graph.changed();
    }

    /**
     * Writes a Hugging Face directory: {@code config.json}, {@code model.safetensors} in f32, the tokenizer's files. A
     * tokenizer.json no longer asks for truncation or padding.
     *
     * @param directory created if it is not there; files of these names are replaced
     */
    public void save(Path directory) throws IOException {
        Files.createDirectories(directory);
        try (SafetensorsWriter writer = SafetensorsWriter.create(directory.resolve("model.safetensors"))) {
            writer.metadata("format", "pt");
            for (Parameter parameter : parameters) {
                writer.declare(
                        parameter.name(),
                        DType.F32,
                        parameter.shape().stream().mapToLong(Long::longValue).toArray());
            }
            for (Parameter parameter : parameters) {
                writer.write(
                        parameter.name(),
                        (from, count, to, at) -> MemorySegment.copy(
                                parameter.value(), ValueLayout.JAVA_FLOAT, from * Float.BYTES, to, at, count));
            }
            writer.finish();
        }
        HuggingFaceFiles.write(files, config.json(), directory);
        uncut(directory.resolve(ModelFiles.TOKENIZERS.getFirst()));
    }

    /**
     * Takes out of a tokenizer.json what its pre-trained model was used with: that texts be cut and filled up to some length
     * (128 for all-MiniLM-L6-v2). A guard would not read the rest of a text.
     */
    private static void uncut(Path tokenizer) throws IOException {
        if (Files.exists(tokenizer)) {
            JsonObject json = Json.read(tokenizer).asObject();
            Map<String, JsonValue> members = new LinkedHashMap<>(json.members());
            members.replace("truncation", JsonNull.of());
            members.replace("padding", JsonNull.of());
            Files.writeString(tokenizer, Json.write(JsonObject.of(members)));
        }
    }

    /** Releases files and threads; the parameters' memory goes with the last reference to it. Idempotent. */
    @Override
    public void close() {
        graph.close();
        files.close();
    }
}
