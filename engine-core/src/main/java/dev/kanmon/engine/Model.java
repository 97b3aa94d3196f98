package dev.kanmon.engine;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.engine.encoder.KeyValues;
import dev.kanmon.engine.encoder.Parallel;
import dev.kanmon.engine.encoder.Pass;
import dev.kanmon.engine.encoder.Workspace;
import dev.kanmon.engine.family.Graph;
import dev.kanmon.engine.head.Pooling;
import dev.kanmon.engine.head.SequenceHead;
import dev.kanmon.engine.head.TokenHead;
import dev.kanmon.engine.weights.ModelWeights;
import dev.kanmon.engine.weights.RandomWeights;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * An encoder with its weights, and its classification head if it has one: token ids in, logits or hidden states
 * out. {@link dev.kanmon.Guard} is this with a tokenizer before it and a policy behind it.
 *
 * <p>Immutable and safe to share between threads. The numbers do not depend on which other sequences are in the
 * batch, nor on the number of threads. {@link #close()} releases the mapped file.
 */
public final class Model implements AutoCloseable {

    /**
     * How a model computes.
     *
     * @param kernels that compute
     * @param weights how weight matrices are to be kept; {@link Model#matrices} says how they are
     * @param threads threads that a call uses, the calling one among them
     * @param executor lends the others; empty for threads of the model's own
     */
    public record Options(KernelChoice kernels, WeightPlan weights, int threads, Optional<Executor> executor) {

        public Options {
            Objects.requireNonNull(kernels, "kernels");
            Objects.requireNonNull(weights, "weights");
            Objects.requireNonNull(executor, "executor");
            if (threads < 1) {
                throw new IllegalArgumentException("threads: found " + threads + ", expected at least 1");
            }
        }

        /** The fastest kernels, f32 weights, the calling thread only. */
        public static Options defaults() {
            return new Options(KernelChoice.automatic(), WeightPlan.of(WeightType.F32), 1, Optional.empty());
        }

        /** With these kernels. */
        public Options withKernels(KernelChoice choice) {
            return new Options(choice, weights, threads, executor);
        }

        /** With weights kept in this form, but for the exceptions that the model's sidecar names. */
        public Options withWeights(WeightType type) {
            return withWeights(WeightPlan.of(type));
        }

        /** With weights kept as this plan says. */
        public Options withWeights(WeightPlan plan) {
            return new Options(kernels, plan, threads, executor);
        }

        /** With {@code count} threads for each call. */
        public Options withThreads(int count) {
            return new Options(kernels, weights, count, Optional.empty());
        }
    }

    /** A text of so many tokens takes a large model some milliseconds, and needs most of what a longer one needs. */
    private static final int REHEARSED_TOKENS = 16;

    /** Workspaces kept for the next call; a burst of callers does not hold its memory for ever. */
    private static final int MAX_IDLE = 2 * Runtime.getRuntime().availableProcessors();

    private final String source;
    private final ModelConfig config;
    private final Options options;
    private final Graph graph;
    private final long parameters;
    private final List<WeightMatrix> matrices;
    private final List<String> unused;
    private final Runnable release;
    private final Parallel parallel;
    private final ConcurrentLinkedDeque<Workspace> idle = new ConcurrentLinkedDeque<>();
    private final Gate gate;

    private Model(
            String source,
            ModelConfig config,
            Options options,
            Graph graph,
            long parameters,
            List<WeightMatrix> matrices,
            List<String> unused,
            Runnable release) {
        this.source = source;
        this.config = config;
        this.options = options;
        this.graph = graph;
        this.parameters = parameters;
        this.matrices = matrices;
        this.unused = unused;
        this.release = release;
        parallel = Parallel.of(options.executor(), options.threads(), options.threads());
        gate = new Gate("the model of " + source);
    }

    /**
     * Loads a Hugging Face directory ({@code config.json} and {@code model.safetensors}, whole or in shards) or a
     * GGUF file; of a packed one the weights stay in the form that they have, whatever {@link Options#weights}. Uses the threads of the executor in {@code options}, else all processors until it returns, whatever
     * {@link Options#threads}: the result is the same to the last bit.
     *
     * @throws ModelFormatException if a file is malformed, or they do not fit each other
     * @throws IOException if a file cannot be read
     */
    public static Model load(Path path, Options options) throws IOException {
        return load(ModelFiles.open(path), options);
    }

    /** Loads from opened files, which belong to the model from now on, even if loading fails. */
    public static Model load(ModelFiles files, Options options) throws IOException {
        try (Parallel threads = threadsToLoad(options)) {
            ModelWeights weights = files.weights(options.kernels().kernels(), options.weights(), threads::runPieces);
            Graph graph = Graph.build(files.config(), weights);
            Model model = new Model(
                    files.source(),
                    files.config(),
                    files.packed()
                            .map(WeightPlan::everywhere)
                            .map(options::withWeights)
                            .orElse(options),
                    graph,
                    weights.parameters(),
                    weights.matrices(),
                    weights.unused(),
                    files::close);
            try {
                model.rehearse();
            } catch (RuntimeException | Error e) {
                model.close();
                throw e;
            }
            return model;
        } catch (UncheckedIOException e) {
            files.close();
            throw e.getCause();
        } catch (IOException | RuntimeException | Error e) {
            files.close();
            throw e;
        }
    }

    /** Has kernels make what code a text needs, so that the first one need not wait for it. */
    private void rehearse() {
        if (!options.kernels().kernels().isFastAtOnce()) {
            return;
        }
        List<TokenSequence> text = List.of(TokenSequence.of(
                new int[Math.min(REHEARSED_TOKENS, config.encoder().limit())]));
        switch (graph.head()) {
            case SequenceHead _ -> logits(text);
            case TokenHead _ -> tokenLogits(text);
            case null -> encode(text);
        }
    }

    /** The executor's threads; without one all processors, since loading is waited for. */
    private static Parallel threadsToLoad(Options options) {
        return Parallel.of(
                options.executor(), options.threads(), Runtime.getRuntime().availableProcessors());
    }

    /**
     * A model of this shape with weights made up from {@code seed}: it is as fast as a trained one and knows
     * nothing.
     */
    public static Model random(ModelConfig config, Options options, long seed) {
        try (Parallel threads = threadsToLoad(options)) {
            RandomWeights weights = new RandomWeights(
                    options.kernels().kernels(), options.weights().type(), threads::runPieces, seed);
            return new Model(
                    "random weights", config, options, Graph.build(config, weights), 0, List.of(), List.of(), () -> {});
        } catch (ModelFormatException e) {
            throw new IllegalStateException(e); // There is no file that could be malformed.
        }
    }

    /** The configuration. */
    public ModelConfig config() {
        return config;
    }

    /** How it computes. */
    public Options options() {
        return options;
    }

    /** Numbers in the tensors that are used. */
    public long parameters() {
        return parameters;
    }

    /** The weight matrices, in the order of the computation; none are known of a model of random weights. */
    public List<WeightMatrix> matrices() {
        return matrices;
    }

    /** Tensors of the file that the model has no place for. */
    public List<String> unusedTensors() {
        return unused;
    }

    /**
     * Classifies sequences.
     *
     * @return for each sequence one logit for each label
     * @throws IllegalArgumentException if an id, a type or a length is outside what the model has
     * @throws IllegalStateException if the model has no classification head, or was closed
     */
    public List<float[]> logits(List<TokenSequence> sequences) {
        SequenceHead head =
                switch (graph.head()) {
                    case SequenceHead ofSequences -> ofSequences;
                    case TokenHead _ ->
                        throw new IllegalStateException(source + ": this model classifies tokens, not sequences");
                    case null -> throw headless();
                };
        List<float[]> rows = new ArrayList<>(sequences.size());
        overPasses(sequences, graph.needsMasked(), (batch, pass) -> {
            MemorySegment hidden = graph.encoder().encode(batch, pass, null);
            rows.addAll(Arrays.asList(head.logits(batch, pass, hidden)));
        });
        return rows;
    }

    /** For a text that grows: logits that are not computed again where they cannot have changed. */
    public Continuation continuation() {
        return new Continuation(this);
    }

    /**
     * Classifies the tokens of sequences.
     *
     * @return for each sequence and each of its tokens, masked ones too, one logit for each label
     * @throws IllegalArgumentException if an id, a type or a length is outside what the model has
     * @throws IllegalStateException if the model classifies no tokens, or was closed
     */
    public List<float[][]> tokenLogits(List<TokenSequence> sequences) {
        TokenHead head =
                switch (graph.head()) {
                    case TokenHead ofTokens -> ofTokens;
                    case SequenceHead _ ->
                        throw new IllegalStateException(source + ": this model classifies sequences, not tokens");
                    case null -> throw headless();
                };
        List<float[][]> rows = new ArrayList<>(sequences.size());
        overPasses(sequences, true, (batch, pass) -> {
            MemorySegment hidden = graph.encoder().encode(batch, pass, null);
            rows.addAll(Arrays.asList(head.logits(batch, pass, hidden)));
        });
        return rows;
    }

    private IllegalStateException headless() {
        return new IllegalStateException(source + ": this is an encoder without a classification head");
    }

    /**
     * The hidden states of one sequence after its embeddings and after each layer, before the normalisation behind the
     * last one where there is one.
     *
     * @return layers + 1 arrays of (tokens, hidden size), tokens masked at the sequence's end left out
     * @throws IllegalArgumentException if an id, a type or the length is outside what the model has
     * @throws IllegalStateException if the model was closed
     */
    public List<float[]> hiddenStates(TokenSequence sequence) {
        List<float[]> layers = new ArrayList<>();
        overPasses(
                List.of(sequence),
                false,
                (batch, pass) -> graph.encoder()
                        .encode(batch, pass, (layer, hidden) -> layers.add(copyOf(hidden, batch.tokens()))));
        return layers;
    }

    /**
     * The hidden states of one sequence that its head would see: those of the last layer, normalised where the family
     * does so.
     *
     * @return (tokens, hidden size), tokens masked at the sequence's end left out
     * @throws IllegalArgumentException if an id, a type or the length is outside what the model has
     * @throws IllegalStateException if the model was closed
     */
    public float[] lastHiddenState(TokenSequence sequence) {
        List<float[]> last = new ArrayList<>();
        overPasses(
                List.of(sequence),
                false,
                (batch, pass) -> last.add(copyOf(graph.encoder().encode(batch, pass, null), batch.tokens())));
        return last.getFirst();
    }

    private float[] copyOf(MemorySegment hidden, int tokens) {
        float[] copy = new float[tokens * graph.encoder().hiddenSize()];
        MemorySegment.copy(hidden, ValueLayout.JAVA_FLOAT, 0, copy, 0, copy.length);
        return copy;
    }

    /**
     * Runs the encoder and forgets what it found: for measuring.
     *
     * @throws IllegalArgumentException if an id, a type or a length is outside what the model has
     * @throws IllegalStateException if the model was closed
     */
    public void encode(List<TokenSequence> sequences) {
        overPasses(sequences, false, (batch, pass) -> graph.encoder().encode(batch, pass, null));
    }

    private interface PassWork {
        void run(TokenBatch batch, Pass pass);
    }

    private void overPasses(List<TokenSequence> sequences, boolean whole, PassWork work) {
        sequences.forEach(sequence -> sequence.requireFits(config.encoder()));
        withPass(pass -> {
            long left = Passes.tokens(sequences);
            for (int from = 0; from < sequences.size(); ) {
                int to = Passes.end(sequences, from, left);
                List<TokenSequence> together = sequences.subList(from, to);
                work.run(TokenBatch.of(together, whole), pass);
                left -= Passes.tokens(together);
                from = to;
            }
        });
    }

    private void withPass(Consumer<Pass> work) {
        StackReserve.require();
        gate.enter();
        try {
            borrowing(workspace -> {
                work.accept(new Pass(parallel, workspace, gate::check));
                gate.check();
            });
        } finally { // Whatever happens on the way, or the file would never be released.
            gate.leave();
        }
    }

    private void borrowing(Consumer<Workspace> work) {
        Workspace idler = idle.pollFirst();
        Workspace workspace = idler == null ? new Workspace(options.kernels().kernels(), options.threads()) : idler;
        try {
            work.accept(workspace);
        } finally {
            if (idle.size() < MAX_IDLE) {
                idle.addFirst(workspace);
            }
        }
    }

    /**
     * The longest sequence that {@link #logitsBehind} classifies: 0 where each token changes what all others mean, or the
     * head looks at others than the last.
     */
    int steadyTokens() {
        boolean ofLast = graph.head() instanceof SequenceHead head && head.pooling() instanceof Pooling.Last;
        return ofLast ? graph.encoder().steadyTokens() : 0;
    }

    /** For {@link #logitsBehind}, of no token yet. */
    KeyValues keyValues() {
        return graph.encoder().keyValues(options.kernels().kernels());
    }

    /**
     * Classifies a sequence whose first tokens are known, to the same bits as {@link #logits}.
     *
     * @param sequence of at most {@link #steadyTokens} tokens, nothing masked
     * @param known of its first tokens; those are forgotten that must be read again, and all are known afterwards
     */
    Behind logitsBehind(TokenSequence sequence, KeyValues known) {
        SequenceHead head = (SequenceHead) graph.head();
        sequence.requireFits(config.encoder());
        TokenBatch all = TokenBatch.of(List.of(sequence));
        known.cut(Math.min(known.length(), ((Pooling.Last) head.pooling()).row(all, 0)));
        TokenBatch batch = TokenBatch.behind(sequence, known.length());
        float[][] logits = new float[1][];
        withPass(pass -> logits[0] = head.logits(batch, pass, graph.encoder().proceed(batch, known, pass))[0]);
        return new Behind(logits[0], batch.tokens());
    }

    /**
     * What {@link #logitsBehind} found.
     *
     * @param logits one for each label
     * @param tokens that were computed for them
     */
    record Behind(float[] logits, int tokens) {}

    /**
     * Runs work that reads the model's files, or other things that are let go of with them: they stay until it returns.
     *
     * @param work is given what throws an {@link IllegalStateException} when the model was closed meanwhile, to be called
     *     now and then
     * @throws IllegalStateException if the model was closed
     */
    public <T> T whileOpen(Function<Runnable, T> work) {
        gate.enter();
        try {
            return work.apply(gate::check);
        } finally {
            gate.leave();
        }
    }

    /**
     * Ends the model: calls that are under way end with an {@link IllegalStateException}, and when the last of
     * them has left, the mapped file is released. Idempotent; any thread may call it.
     */
    @Override
    public void close() {
        gate.close(() -> {
            parallel.close();
            idle.clear();
            release.run();
        });
    }
}
