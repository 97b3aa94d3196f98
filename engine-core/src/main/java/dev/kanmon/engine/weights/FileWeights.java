package dev.kanmon.engine.weights;

import dev.kanmon.engine.WeightMatrix;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.engine.encoder.Dense;
import dev.kanmon.formats.DType;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.TensorInfo;
import dev.kanmon.formats.TensorView;
import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.RowSource;
import dev.kanmon.kernels.WeightType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/**
 * Turns a file's tensors into what kernels compute on. The only place that does; it remembers what was used, so
 * that a tensor nobody asked for can be reported.
 */
public final class FileWeights implements ModelWeights {

    /** Numbers in a table that is decoded when the model is loaded. */
    private static final long SMALL_TABLE = 1 << 20;

    private final TensorFile file;
    private final NameTable names;
    private final Kernels kernels;
    private final WeightPlan plan;
    private final Pieces pieces;
    private final Packer packer;
    private final SequencedMap<String, TensorView> used = new LinkedHashMap<>();
    private final List<WeightMatrix> matrices = new ArrayList<>();
    private long parameters;

    /** What becomes of a matrix. */
    @FunctionalInterface
    public interface Packer {
        /**
         * Takes the matrix that {@code rows} delivers, (n, k).
         *
         * @param tensors what it is made of, by the names that tensors have inside
         * @param rows reads the file; its failures are {@link java.io.UncheckedIOException}s
         */
        PackedMatrix pack(List<String> tensors, WeightType type, int n, int k, RowSource rows);
    }

    /** Checks names, shapes and types and computes nothing: what it returns holds null where memory would be. */
    public static FileWeights checking(TensorFile file, NameTable names) {
        return checking(file, names, WeightPlan.everywhere(WeightType.F32));
    }

    /** The same, and says how matrices would be kept. */
    public static FileWeights checking(TensorFile file, NameTable names, WeightPlan plan) {
        return new FileWeights(file, names, plan, (_, _, _, _, _) -> null);
    }

    /** The same, but {@code packer} gets the matrices. */
    public FileWeights(TensorFile file, NameTable names, WeightPlan plan, Packer packer) {
        this(file, names, null, plan, Pieces.inOrder(), packer);
    }

    /**
     * @param file the tensors; stays open as long as embedding tables are used
     * @param names how the file spells them
     * @param kernels that will compute
     * @param plan how matrices are kept
     * @param pieces threads to load on; their failures to read are {@link java.io.UncheckedIOException}s
     */
    public FileWeights(TensorFile file, NameTable names, Kernels kernels, WeightPlan plan, Pieces pieces) {
        this(file, names, kernels, plan, pieces, (_, as, n, k, rows) -> kernels.pack(as, n, k, rows, pieces));
    }

    private FileWeights(
            TensorFile file, NameTable names, Kernels kernels, WeightPlan plan, Pieces pieces, Packer packer) {
        this.file = file;
        this.names = names;
        this.kernels = kernels;
        this.plan = plan;
        this.pieces = pieces;
        this.packer = packer;
    }

    @Override
    public Optional<Kernels> kernels() {
        return Optional.ofNullable(kernels);
    }

    @Override
    public Pieces pieces() {
        return pieces;
    }

    @Override
    public Dense sideBySide(List<Part> parts, int inputs) throws ModelFormatException {
        int outputs = parts.stream().mapToInt(Part::outputs).sum();
        List<String> tensors = new ArrayList<>();
        List<TensorView> weights = new ArrayList<>();
        for (Part part : parts) {
            tensors.add(part.prefix() + ".weight");
            weights.add(view(tensors.getLast(), part.outputs(), inputs));
        }
        MemorySegment bias = biases(parts);
        WeightType type = typeOf(tensors, outputs, inputs);
        return new Dense(
                packer.pack(tensors, type, outputs, inputs, rows(parts, weights, inputs)), bias, Activation.NONE);
    }

    private static RowSource rows(List<Part> parts, List<TensorView> weights, int inputs) {
        return (firstRow, rows, dst, dstPos) -> {
            int row = firstRow;
            for (int i = 0, start = 0; i < parts.size(); start += parts.get(i++).outputs()) {
                int end = start + parts.get(i).outputs();
                int count = Math.min(end, firstRow + rows) - row;
                if (count > 0 && row >= start) {
                    Floats.readOnce(
                            weights.get(i),
                            (long) (row - start) * inputs,
                            count * inputs,
                            dst,
                            dstPos + (row - firstRow) * inputs);
                    row += count;
                }
            }
        };
    }

    /** The biases of layers that stand side by side, zeros where one has none; null if no layer has one. */
    MemorySegment biases(List<Part> parts) throws ModelFormatException {
        if (parts.stream().noneMatch(Part::biased)) {
            return null;
        }
        float[] biases = new float[parts.stream().mapToInt(Part::outputs).sum()];
        int at = 0;
        for (Part part : parts) {
            if (part.biased()) {
                view(part.prefix() + ".bias", part.outputs()).read(0, part.outputs(), biases, at);
            }
            at += part.outputs();
        }
        return segment(biases);
    }

    @Override
    public Dense convolution(String prefix, int size, int width, int groups) throws ModelFormatException {
        String tensor = prefix + ".weight";
        TensorView view = view(tensor, size, size / groups, width);
        MemorySegment bias = vector(prefix + ".bias", size);
        WeightType type = typeOf(List.of(tensor), size, width * size);
        return new Dense(
                packer.pack(List.of(tensor), type, size, width * size, rows(view, size, width, groups)),
                bias,
                Activation.NONE);
    }

    private static RowSource rows(TensorView convolution, int size, int width, int groups) {
        int perGroup = size / groups;
        int inputs = width * size;
        return (firstRow, rows, dst, dstPos) -> {
            float[] kernel = new float[perGroup * width];
            Arrays.fill(dst, dstPos, dstPos + rows * inputs, 0);
            for (int row = 0; row < rows; row++) {
                int output = firstRow + row;
                Floats.readOnce(convolution, (long) output * kernel.length, kernel.length, kernel, 0);
                int firstInput = output / perGroup * perGroup;
                for (int c = 0; c < perGroup; c++) {
                    for (int t = 0; t < width; t++) {
                        dst[dstPos + row * inputs + t * size + firstInput + c] = kernel[c * width + t];
                    }
                }
            }
        };
    }

    /** How tensors are kept that are computed on as one: in the most exact form that one of them is to have. */
    private WeightType typeOf(List<String> tensors, int outputs, int inputs) {
        WeightType type = tensors.stream()
                .map(tensor -> plan.typeOf(spellings(tensor)))
                .min(Comparator.naturalOrder())
                .orElseThrow();
        matrices.add(new WeightMatrix(tensors, outputs, inputs, type));
        return type;
    }

    /** The names inside and in a file. */
    private List<String> spellings(String tensor) {
        List<String> spellings = new ArrayList<>(names.spellings(tensor));
        spellings.add(tensor);
        return spellings;
    }

    @Override
    public MemorySegment vector(String tensor, int size) throws ModelFormatException {
        // The size is the configuration's until a tensor of that shape was found: no memory before.
        TensorView view = view(tensor, size);
        float[] values = new float[size];
        view.read(0, size, values, 0);
        return segment(values);
    }

    @Override
    public MemorySegment table(String tensor, int rows, int columns) throws ModelFormatException {
        TensorView view = view(tensor, rows, columns);
        return kernels == null ? null : segment(view.toFloats());
    }

    @Override
    public EmbeddingTable embedding(String tensor, int rows, int columns) throws ModelFormatException {
        TensorView view = view(tensor, rows, columns);
        // Small tables are read for every token; decoding them once is worth their size.
        return kernels == null || (long) rows * columns > SMALL_TABLE
                ? new EmbeddingTable.InFile(view, rows, columns)
                : new EmbeddingTable.InMemory(tensor, segment(view.toFloats()), rows, columns);
    }

    private MemorySegment segment(float[] values) {
        if (kernels == null) {
            return null;
        }
        MemorySegment segment = kernels.allocate(values.length);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_FLOAT, 0, values.length);
        return segment;
    }

    private TensorView view(String tensor, int... shape) throws ModelFormatException {
        String spelling = spelling(tensor)
                .orElseThrow(() -> ModelFormatException.in(
                        file.path().toString(),
                        "tensor \"" + names.spellings(tensor).getFirst()
                                + "\" is missing; the configuration asks for it"));
        TensorView view = file.tensor(spelling);
        TensorInfo info = view.info();
        List<Long> expected = Arrays.stream(shape).mapToObj(Long::valueOf).toList();
        if (!info.shape().equals(expected)) {
            throw ModelFormatException.at(
                    file.path().toString(),
                    info.offset(),
                    "tensor \"" + spelling + "\": found shape " + info.shape() + ", the configuration asks for "
                            + expected);
        }
        if (!info.dtype().isReadable()) {
            throw ModelFormatException.at(
                    file.path().toString(),
                    info.offset(),
                    "tensor \"" + spelling + "\": found " + info.dtype() + ", expected a type that can be read: "
                            + DType.readableNames());
        }
        if (used.put(tensor, view) == null) {
            parameters += info.elements();
        }
        return view;
    }

    private Optional<String> spelling(String tensor) {
        return names.spellings(tensor).stream()
                .filter(file.tensors()::containsKey)
                .findFirst();
    }

    @Override
    public long parameters() {
        return parameters;
    }

    @Override
    public SequencedMap<String, TensorView> used() {
        return Collections.unmodifiableSequencedMap(used);
    }

    @Override
    public List<WeightMatrix> matrices() {
        List<List<String>> tensors = matrices.stream()
                .flatMap(matrix -> matrix.tensors().stream())
                .map(this::spellings)
                .toList();
        for (String pattern : plan.unmatched(tensors)) {
            throw new IllegalArgumentException(file.path() + ": the exception \"" + pattern
                    + "\" of the weights' type fits no matrix of this model, whose first is "
                    + matrices.getFirst().pattern() + " and last "
                    + matrices.getLast().pattern());
        }
        return List.copyOf(matrices);
    }

    @Override
    public List<String> unused() {
        Set<String> asked = new HashSet<>();
        used.values().forEach(view -> asked.add(view.info().name()));
        return file.tensors().keySet().stream()
                .filter(name -> !asked.contains(name))
                .toList();
    }
}
