package dev.kanmon.engine.weights;

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
public final class FileWeights implements WeightSource {

    /** Numbers in a table that is decoded when the model is loaded. */
    private static final long SMALL_TABLE = 1 << 20;

    private final TensorFile file;
    private final NameTable names;
    private final Kernels kernels;
    private final WeightPlan plan;
    private final Pieces pieces;
    private final SequencedMap<String, TensorView> used = new LinkedHashMap<>();
    private final SequencedMap<String, WeightType> matrices = new LinkedHashMap<>();
    private long parameters;

    /** Checks names, shapes and types and computes nothing: what it returns holds null where memory would be. */
    public static FileWeights checking(TensorFile file, NameTable names) {
        return new FileWeights(file, names, null, WeightPlan.everywhere(WeightType.F32), Pieces.inOrder());
    }

    /**
     * @param file the tensors; stays open as long as embedding tables are used
     * @param names how the file spells them
     * @param kernels that will compute
     * @param plan how matrices are kept
     * @param pieces threads to load on; their failures to read are {@link java.io.UncheckedIOException}s
     */
    public FileWeights(TensorFile file, NameTable names, Kernels kernels, WeightPlan plan, Pieces pieces) {
        this.file = file;
        this.names = names;
        this.kernels = kernels;
        this.plan = plan;
        this.pieces = pieces;
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
        List<String> tensors =
                parts.stream().map(part -> part.prefix() + ".weight").toList();
        List<TensorView> weights = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            weights.add(view(tensors.get(i), parts.get(i).outputs(), inputs));
        }
        WeightType type = type(tensors);
        float[] bias = parts.stream().anyMatch(Part::biased) ? new float[outputs] : null;
        int at = 0;
        for (Part part : parts) {
            if (part.biased()) {
                view(part.prefix() + ".bias", part.outputs()).read(0, part.outputs(), bias, at);
            }
            at += part.outputs();
        }
        if (kernels == null) {
            return new Dense(null, null, Activation.NONE);
        }
        PackedMatrix packed = kernels.pack(
                type,
                outputs,
                inputs,
                (firstRow, rows, dst, dstPos) -> {
                    int row = firstRow;
                    for (int i = 0, start = 0;
                            i < parts.size();
                            start += parts.get(i++).outputs()) {
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
                },
                pieces);
        return new Dense(packed, bias == null ? null : segment(bias), Activation.NONE);
    }

    @Override
    public Dense convolution(String prefix, int size, int width, int groups) throws ModelFormatException {
        int perGroup = size / groups;
        TensorView view = view(prefix + ".weight", size, perGroup, width);
        MemorySegment bias = vector(prefix + ".bias", size);
        WeightType type = type(List.of(prefix + ".weight"));
        if (kernels == null) {
            return new Dense(null, null, Activation.NONE);
        }
        int inputs = width * size;
        PackedMatrix packed = kernels.pack(
                type,
                size,
                inputs,
                (firstRow, rows, dst, dstPos) -> {
                    float[] kernel = new float[perGroup * width];
                    Arrays.fill(dst, dstPos, dstPos + rows * inputs, 0);
                    for (int row = 0; row < rows; row++) {
                        int output = firstRow + row;
                        Floats.readOnce(view, (long) output * kernel.length, kernel.length, kernel, 0);
                        int firstInput = output / perGroup * perGroup;
                        for (int c = 0; c < perGroup; c++) {
                            for (int t = 0; t < width; t++) {
                                dst[dstPos + row * inputs + t * size + firstInput + c] = kernel[c * width + t];
                            }
                        }
                    }
                },
                pieces);
        return new Dense(packed, bias, Activation.NONE);
    }

    /** How tensors are kept that are computed on as one: in the most exact form that one of them is to have. */
    private WeightType type(List<String> tensors) {
        WeightType type = tensors.stream()
                .map(tensor -> plan.typeOf(spellings(tensor)))
                .min(Comparator.naturalOrder())
                .orElseThrow();
        tensors.forEach(tensor -> matrices.put(tensor, type));
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

    /** Numbers in the tensors used so far. */
    public long parameters() {
        return parameters;
    }

    /** The tensors used so far, by the names they have inside, in the order they were asked for. */
    public SequencedMap<String, TensorView> used() {
        return Collections.unmodifiableSequencedMap(used);
    }

    /** How the matrices used so far are kept, by the names they have inside, in the order they were asked for. */
    public SequencedMap<String, WeightType> matrices() {
        return Collections.unmodifiableSequencedMap(matrices);
    }

    /** Exceptions of the plan that no matrix used so far has the name of. */
    public List<String> unmatchedExceptions() {
        return plan.unmatched(matrices.keySet().stream().map(this::spellings).toList());
    }

    /** Tensors of the file that nobody asked for, as the file spells them. */
    public List<String> unused() {
        Set<String> asked = new HashSet<>();
        used.values().forEach(view -> asked.add(view.info().name()));
        return file.tensors().keySet().stream()
                .filter(name -> !asked.contains(name))
                .toList();
    }
}
