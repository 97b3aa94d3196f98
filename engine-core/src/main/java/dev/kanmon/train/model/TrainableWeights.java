package dev.kanmon.train.model;

import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.config.EncoderConfig;
import dev.kanmon.engine.encoder.Dense;
import dev.kanmon.engine.weights.EmbeddingTable;
import dev.kanmon.engine.weights.WeightSource;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.TensorView;
import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.WeightType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Weights that learn: whatever a family's graph asks for becomes a {@link Parameter}, and the graph gets memory by which
 * the parameter is found again. As a source that only checks it has no kernels, so that the graph computes nothing from
 * weights that will change.
 */
final class TrainableWeights implements WeightSource {

    private final ModelFiles files;
    private final EncoderConfig config;
    private final Kernels kernels;
    private final WeightType compute;
    private final NewWeights fresh;
    private final boolean learning;
    private final SequencedMap<String, Parameter> parameters = new LinkedHashMap<>();
    private final Map<MemorySegment, Parameter> byMemory = new IdentityHashMap<>();
    private final Map<LearnedMatrix, DenseGradient> matrices = new IdentityHashMap<>();
    private final Map<LearnedMatrix, SpreadConvolution> spread = new IdentityHashMap<>();
    private final Map<String, Dense> byPrefix = new LinkedHashMap<>();
    private WordRows given;

    /**
     * @param compute how products take matrices
     * @param fresh makes what the files lack
     */
    TrainableWeights(ModelFiles files, EncoderConfig config, Kernels kernels, WeightType compute, NewWeights fresh) {
        this(files, config, kernels, compute, fresh, true);
    }

    private TrainableWeights(
            ModelFiles files,
            EncoderConfig config,
            Kernels kernels,
            WeightType compute,
            NewWeights fresh,
            boolean learning) {
        this.files = files;
        this.config = config;
        this.kernels = kernels;
        this.compute = compute;
        this.fresh = fresh;
        this.learning = learning;
    }

    /**
     * Weights that stay as the files have them: nothing has room for a gradient but the words' embeddings, token by token.
     *
     * @param files stay open as long as these weights are used
     */
    static TrainableWeights frozen(ModelFiles files, Kernels kernels) {
        NewWeights none = new NewWeights(0, false);
        return new TrainableWeights(files, files.config().encoder(), kernels, WeightType.F32, none, false);
    }

    /** The words' embeddings, where a caller gives them; else null. */
    WordRows given() {
        return given;
    }

    /** Lets go of matrices that are packed and will not change; for frozen weights. */
    void release() {
        matrices.keySet().forEach(LearnedMatrix::release);
        parameters.clear();
        byMemory.clear();
    }

    /** What the parameters' memory belongs to. */
    Kernels kernelsToTrain() {
        return kernels;
    }

    /** All that was asked for, in that order. */
    List<Parameter> parameters() {
        return List.copyOf(parameters.values());
    }

    /** The parameter in this memory; null for null. */
    Parameter parameter(MemorySegment memory) {
        return memory == null ? null : byMemory.get(memory);
    }

    /** The parameter of that name, which the graph asked for. */
    Parameter parameter(String tensor) {
        return parameters.get(tensor);
    }

    /** The layer that stands in the graph as {@code dense}; the same each time it stands there. */
    DenseGradient dense(Dense dense) {
        return dense(dense, null);
    }

    /** The same, with a bias that inference adds later; null for none. */
    DenseGradient dense(Dense dense, MemorySegment bias) {
        return matrices.computeIfAbsent(
                (LearnedMatrix) dense.weight(), _ -> DenseGradient.of(dense, parameter(bias), kernels, compute));
    }

    /** The layer whose first tensors are below {@code prefix}, which the graph asked for. */
    DenseGradient dense(String prefix) {
        return dense(byPrefix.get(prefix));
    }

    /** All matrices that the walk of the graph met. */
    List<DenseGradient> matrices() {
        return List.copyOf(matrices.values());
    }

    @Override
    public Optional<Kernels> kernels() {
        return Optional.empty();
    }

    @Override
    public Pieces pieces() {
        return Pieces.inOrder();
    }

    @Override
    public MemorySegment vector(String tensor, int size) throws ModelFormatException {
        return whole(tensor, size).value();
    }

    @Override
    public MemorySegment table(String tensor, int rows, int columns) throws ModelFormatException {
        return whole(tensor, rows, columns).value();
    }

    @Override
    public EmbeddingTable embedding(String tensor, int rows, int columns) throws ModelFormatException {
        if (!learning && rows == config.vocabularySize()) {
            TensorView view = view(tensor, rows, columns).orElseThrow();
            EmbeddingTable words = new EmbeddingTable.InFile(view, rows, columns);
            given = new WordRows(words, kernels);
            return words;
        }
        return new EmbeddingTable.InMemory(tensor, table(tensor, rows, columns), rows, columns);
    }

    @Override
    public Dense sideBySide(List<Part> parts, int inputs) throws ModelFormatException {
        Dense known = byPrefix.get(parts.getFirst().prefix());
        if (known != null) {
            return known;
        }
        int outputs = parts.stream().mapToInt(Part::outputs).sum();
        List<Optional<TensorView>> views =
                new ArrayList<>(); // before there is memory of a size that only a config says
        for (Part part : parts) {
            views.add(view(part.prefix() + ".weight", part.outputs(), inputs));
        }
        MemorySegment values = kernels.allocate((long) outputs * inputs);
        MemorySegment gradients = gradients((long) outputs * inputs);
        boolean biased = parts.stream().anyMatch(Part::biased);
        MemorySegment bias = biased ? kernels.allocate(outputs) : null;
        MemorySegment biasGradients = biased ? gradients(outputs) : null;
        List<LearnedMatrix.Part> learned = new ArrayList<>();
        int at = 0;
        for (int p = 0; p < parts.size(); p++) {
            Part part = parts.get(p);
            Parameter weight = put(
                    part.prefix() + ".weight",
                    views.get(p),
                    Matrices.part(values, (long) at * inputs, (long) part.outputs() * inputs),
                    learning ? Matrices.part(gradients, (long) at * inputs, (long) part.outputs() * inputs) : null,
                    part.outputs(),
                    inputs);
            Parameter ofBias = part.biased()
                    ? put(
                            part.prefix() + ".bias",
                            view(part.prefix() + ".bias", part.outputs()),
                            Matrices.part(bias, at, part.outputs()),
                            learning ? Matrices.part(biasGradients, at, part.outputs()) : null,
                            part.outputs())
                    : null;
            learned.add(new LearnedMatrix.Part(at, weight, ofBias));
            at += part.outputs();
        }
        Dense dense = new Dense(new LearnedMatrix(outputs, inputs, values, gradients, learned), bias, Activation.NONE);
        byPrefix.put(parts.getFirst().prefix(), dense);
        return dense;
    }

    @Override
    public Dense convolution(String prefix, int size, int width, int groups) throws ModelFormatException {
        Parameter weight = whole(prefix + ".weight", size, size / groups, width);
        Parameter bias = whole(prefix + ".bias", size);
        long count = (long) size * width * size;
        LearnedMatrix matrix = new LearnedMatrix(
                size,
                width * size,
                kernels.allocate(count),
                gradients(count),
                List.of(new LearnedMatrix.Part(0, weight, bias)));
        spread.put(matrix, new SpreadConvolution(matrix, weight, width, groups));
        return new Dense(matrix, bias.value(), Activation.NONE);
    }

    /** The convolution that is this matrix. */
    SpreadConvolution spread(LearnedMatrix matrix) {
        return spread.get(matrix);
    }

    private MemorySegment gradients(long count) {
        return learning ? kernels.allocate(count) : null;
    }

    /** A parameter with memory of its own. */
    private Parameter whole(String tensor, int... shape) throws ModelFormatException {
        Parameter known = parameters.get(tensor);
        if (known != null) {
            return known;
        }
        Optional<TensorView> view = view(tensor, shape);
        long count = Arrays.stream(shape).asLongStream().reduce(1, Math::multiplyExact);
        return put(tensor, view, kernels.allocate(count), gradients(count), shape);
    }

    /** The tensor in the files; empty where it is for {@link NewWeights} to make. */
    private Optional<TensorView> view(String tensor, int... shape) throws ModelFormatException {
        List<Long> expected = Arrays.stream(shape).mapToObj(Long::valueOf).toList();
        Optional<TensorView> view = files.tensor(tensor);
        if (view.isPresent() && view.get().info().shape().equals(expected) && !fresh.replaces(tensor)) {
            return view;
        }
        fresh.allow(files, config, tensor, view, expected);
        return Optional.empty();
    }

    private Parameter put(
            String tensor, Optional<TensorView> view, MemorySegment value, MemorySegment gradient, int... shape)
            throws ModelFormatException {
        List<Long> dimensions = Arrays.stream(shape).mapToObj(Long::valueOf).toList();
        Parameter parameter = new Parameter(config.fullName(tensor), dimensions, value, gradient);
        parameter.freeze(!learning);
        if (view.isPresent()) {
            read(view.get(), parameter);
        } else {
            fresh.fill(tensor, parameter);
        }
        parameters.put(tensor, parameter);
        byMemory.put(value, parameter);
        return parameter;
    }

    /** In slices: what reads a stored type may have room for a slice on the heap. */
    private static void read(TensorView view, Parameter parameter) throws ModelFormatException {
        int slice = 1 << 20;
        for (long at = 0; at < parameter.count(); at += slice) {
            view.read(at, (int) Math.min(slice, parameter.count() - at), parameter.value(), at);
        }
    }
}
