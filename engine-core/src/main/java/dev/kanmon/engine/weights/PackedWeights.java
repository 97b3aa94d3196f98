package dev.kanmon.engine.weights;

import dev.kanmon.engine.WeightMatrix;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.engine.encoder.Dense;
import dev.kanmon.formats.DType;
import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.TensorInfo;
import dev.kanmon.formats.TensorView;
import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.StoredMatrix;
import dev.kanmon.kernels.WeightType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * The weights of a packed model: a GGUF file whose matrices are {@link StoredMatrix}es, which kernels compute on where
 * they are mapped. Everything else is as in any other file, by Hugging Face's names.
 *
 * <p>A matrix is a tensor of I8 with one dimension. Its name is made of the tensors that it was made of, of which it has
 * the rows one after the other, and of its type: {@code a.query+a.key+a.value.packed.int8}. The metadata have the name of
 * the order of its bytes and the type that most matrices have.
 */
public final class PackedWeights implements ModelWeights {

    /** Metadata key of the order of the matrices' bytes; a file is packed if it has this key. */
    public static final String LAYOUT_KEY = "kanmon.packed.layout";

    /** Metadata key of the type that matrices are kept in, but for exceptions. */
    public static final String TYPE_KEY = "kanmon.packed.weights";

    private static final String WEIGHT = ".weight";

    private final GgufFile file;
    private final FileWeights plain;
    private final Kernels kernels;
    private final Pieces pieces;
    private final SequencedMap<String, TensorView> used = new LinkedHashMap<>();
    private final List<WeightMatrix> matrices = new ArrayList<>();
    private long parameters;

    /**
     * @param file stays open as long as the weights are used
     * @param names how it spells what is not packed
     * @param kernels that will compute; null to check names, types and sizes only
     * @param pieces threads to load on
     */
    public PackedWeights(GgufFile file, NameTable names, Kernels kernels, Pieces pieces) {
        this.file = file;
        this.kernels = kernels;
        this.pieces = pieces;
        plain = kernels == null
                ? FileWeights.checking(file, names)
                : new FileWeights(file, names, kernels, WeightPlan.everywhere(WeightType.F32), pieces);
    }

    /**
     * The type that the matrices of a packed model are kept in, but for exceptions; empty if the file is not packed.
     *
     * @throws ModelFormatException if it is packed in an order that is not known here, or does not say its type
     */
    public static Optional<WeightType> type(GgufFile file) throws ModelFormatException {
        Optional<String> layout = file.optionalString(LAYOUT_KEY);
        if (layout.isEmpty()) {
            return Optional.empty();
        }
        if (!layout.get().equals(StoredMatrix.LAYOUT)) {
            throw ModelFormatException.in(
                    file.path().toString(),
                    "metadata " + LAYOUT_KEY + ": found \"" + layout.get() + "\", expected \"" + StoredMatrix.LAYOUT
                            + "\"; pack the model again that this was made of");
        }
        String type = file.string(TYPE_KEY);
        for (WeightType known : WeightType.values()) {
            if (known.spelling().equals(type)) {
                return Optional.of(known);
            }
        }
        throw ModelFormatException.in(
                file.path().toString(),
                "metadata " + TYPE_KEY + ": found \"" + type + "\", expected f32, bf16 or int8");
    }

    /** The name of the matrix that is made of these tensors. */
    public static String name(List<String> tensors, WeightType type) {
        return tensors.stream().map(WeightPlan::bare).collect(Collectors.joining("+")) + ".packed." + type.spelling();
    }

    @Override
    public Optional<Kernels> kernels() {
        return plain.kernels();
    }

    @Override
    public Pieces pieces() {
        return pieces;
    }

    @Override
    public MemorySegment vector(String tensor, int size) throws ModelFormatException {
        return plain.vector(tensor, size);
    }

    @Override
    public MemorySegment table(String tensor, int rows, int columns) throws ModelFormatException {
        return plain.table(tensor, rows, columns);
    }

    @Override
    public EmbeddingTable embedding(String tensor, int rows, int columns) throws ModelFormatException {
        return plain.embedding(tensor, rows, columns);
    }

    @Override
    public Dense sideBySide(List<Part> parts, int inputs) throws ModelFormatException {
        List<String> tensors =
                parts.stream().map(part -> part.prefix() + WEIGHT).toList();
        int outputs = parts.stream().mapToInt(Part::outputs).sum();
        PackedMatrix matrix = matrix(tensors, outputs, inputs, (long) outputs * inputs);
        return new Dense(matrix, plain.biases(parts), Activation.NONE);
    }

    @Override
    public Dense convolution(String prefix, int size, int width, int groups) throws ModelFormatException {
        PackedMatrix matrix =
                matrix(List.of(prefix + WEIGHT), size, width * size, (long) size * (size / groups) * width);
        return new Dense(matrix, plain.vector(prefix + ".bias", size), Activation.NONE);
    }

    private PackedMatrix matrix(List<String> tensors, int n, int k, long numbers) throws ModelFormatException {
        for (WeightType type : WeightType.values()) {
            String name = name(tensors, type);
            if (file.tensors().containsKey(name)) {
                StoredMatrix stored = stored(file.tensor(name), type, n, k);
                if (used.put(name, file.tensor(name)) == null) {
                    parameters += numbers;
                }
                matrices.add(new WeightMatrix(tensors, n, k, type));
                return kernels == null ? null : kernels.pack(stored, pieces);
            }
        }
        throw ModelFormatException.in(
                file.path().toString(),
                "tensor \"" + name(tensors, WeightType.F32) + "\" is missing, and so are its forms of other types; the"
                        + " configuration asks for it");
    }

    private StoredMatrix stored(TensorView view, WeightType type, int n, int k) throws ModelFormatException {
        TensorInfo info = view.info();
        if (info.dtype() != DType.I8 || info.shape().size() != 1) {
            throw ModelFormatException.at(
                    file.path().toString(),
                    info.offset(),
                    "tensor \"" + info.name() + "\": found " + info.dtype() + " " + info.shape()
                            + ", expected I8 with one dimension");
        }
        try {
            return new StoredMatrix(type, n, k, view.bytes());
        } catch (IllegalArgumentException e) {
            throw ModelFormatException.at(
                    file.path().toString(), info.offset(), "tensor \"" + info.name() + "\": " + e.getMessage());
        }
    }

    @Override
    public long parameters() {
        return plain.parameters() + parameters;
    }

    @Override
    public List<WeightMatrix> matrices() {
        return List.copyOf(matrices);
    }

    @Override
    public SequencedMap<String, TensorView> used() {
        SequencedMap<String, TensorView> all = new LinkedHashMap<>(plain.used());
        all.putAll(used);
        return all;
    }

    @Override
    public List<String> unused() {
        return plain.unused().stream().filter(name -> !used.containsKey(name)).toList();
    }
}
