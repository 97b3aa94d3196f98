package dev.kanmon.engine.weights;

import dev.kanmon.engine.encoder.Dense;
import dev.kanmon.formats.DType;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.TensorInfo;
import dev.kanmon.formats.TensorView;
import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.WeightType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
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
    private final WeightType type;
    private final SequencedMap<String, TensorView> used = new LinkedHashMap<>();
    private long parameters;

    /** Checks names, shapes and types and computes nothing: what it returns holds null where memory would be. */
    public static FileWeights checking(TensorFile file, NameTable names) {
        return new FileWeights(file, names, null, WeightType.F32);
    }

    /**
     * @param file the tensors; stays open as long as embedding tables are used
     * @param names how the file spells them
     * @param kernels that will compute
     * @param type how matrices are kept
     */
    public FileWeights(TensorFile file, NameTable names, Kernels kernels, WeightType type) {
        this.file = file;
        this.names = names;
        this.kernels = kernels;
        this.type = type;
    }

    @Override
    public Dense dense(String prefix, int outputs, int inputs, Activation activation) throws ModelFormatException {
        return new Dense(matrix(prefix + ".weight", outputs, inputs), vector(prefix + ".bias", outputs), activation);
    }

    @Override
    public Dense denseWithoutBias(String prefix, int outputs, int inputs) throws ModelFormatException {
        return new Dense(matrix(prefix + ".weight", outputs, inputs), null, Activation.NONE);
    }

    @Override
    public Dense denseSideBySide(List<String> prefixes, int outputsOfEach, int inputs) throws ModelFormatException {
        List<TensorView> weights = new ArrayList<>();
        float[] bias = new float[prefixes.size() * outputsOfEach];
        for (int i = 0; i < prefixes.size(); i++) {
            weights.add(view(prefixes.get(i) + ".weight", outputsOfEach, inputs));
            view(prefixes.get(i) + ".bias", outputsOfEach).read(0, outputsOfEach, bias, i * outputsOfEach);
        }
        if (kernels == null) {
            return new Dense(null, null, Activation.NONE);
        }
        PackedMatrix packed = kernels.pack(type, bias.length, inputs, (firstRow, rows, dst, dstPos) -> {
            for (int done = 0; done < rows; ) {
                int row = firstRow + done;
                int inTensor = row % outputsOfEach;
                int count = Math.min(rows - done, outputsOfEach - inTensor);
                Floats.read(
                        weights.get(row / outputsOfEach),
                        (long) inTensor * inputs,
                        count * inputs,
                        dst,
                        dstPos + done * inputs);
                done += count;
            }
        });
        return new Dense(packed, segment(bias), Activation.NONE);
    }

    @Override
    public MemorySegment vector(String tensor, int size) throws ModelFormatException {
        float[] values = new float[size];
        view(tensor, size).read(0, size, values, 0);
        return segment(values);
    }

    @Override
    public EmbeddingTable embedding(String tensor, int rows, int columns) throws ModelFormatException {
        TensorView view = view(tensor, rows, columns);
        // Small tables are read for every token; decoding them once is worth their size.
        return kernels == null || (long) rows * columns > SMALL_TABLE
                ? new EmbeddingTable.InFile(view, rows, columns)
                : new EmbeddingTable.InMemory(tensor, view.toFloats(), columns);
    }

    private PackedMatrix matrix(String tensor, int outputs, int inputs) throws ModelFormatException {
        TensorView view = view(tensor, outputs, inputs);
        return kernels == null
                ? null
                : kernels.pack(
                        type,
                        outputs,
                        inputs,
                        (firstRow, rows, dst, dstPos) ->
                                Floats.read(view, (long) firstRow * inputs, rows * inputs, dst, dstPos));
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

    /** Tensors of the file that nobody asked for, as the file spells them. */
    public List<String> unused() {
        Set<String> asked = new HashSet<>();
        used.values().forEach(view -> asked.add(view.info().name()));
        return file.tensors().keySet().stream()
                .filter(name -> !asked.contains(name))
                .toList();
    }
}
