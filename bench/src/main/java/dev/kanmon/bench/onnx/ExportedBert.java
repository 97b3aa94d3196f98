package dev.kanmon.bench.onnx;

import dev.kanmon.formats.DType;
import dev.kanmon.formats.OnnxFile;
import dev.kanmon.formats.OnnxNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;

/**
 * The f32 weights in an ONNX file that PyTorch exported from a Hugging Face BERT, by Hugging Face's names.
 *
 * <p>Biases, norms and embeddings keep their names in an export. A linear layer's weight becomes an anonymous, transposed
 * initializer; its name is that of the MatMul node that reads it, {@code /encoder/layer.0/output/dense/MatMul}.
 */
public final class ExportedBert {
    private static final String MATMUL = "/MatMul";

    private ExportedBert() {}

    /**
     * A weight.
     *
     * @param shape in Hugging Face's order: a linear layer's is (outputs, inputs)
     * @param values row-major
     */
    public record Weight(List<Integer> shape, float[] values) {
        /** A matrix with rows and columns exchanged. */
        public Weight transposed() {
            int rows = shape.get(0);
            int columns = shape.get(1);
            var turned = new float[values.length];
            for (int r = 0; r < rows; r++) {
                for (int c = 0; c < columns; c++) {
                    turned[c * rows + r] = values[r * columns + c];
                }
            }
            return new Weight(List.of(columns, rows), turned);
        }
    }

    /**
     * The weights in file order.
     *
     * @param bytes a whole ONNX file
     * @throws IOException if the file is malformed, an anonymous weight is not read by a MatMul node, or none is found
     */
    public static SequencedMap<String, Weight> weights(byte[] bytes) throws IOException {
        var weights = new LinkedHashMap<String, Weight>();
        try (var file = OnnxFile.of("model.onnx", MemorySegment.ofArray(bytes))) {
            var constants = new LinkedHashSet<String>();
            for (var node : file.nodes()) {
                if (node.opType().equals("Constant")) {
                    constants.addAll(node.outputs());
                }
            }
            for (var info : file.tensors().values()) {
                if (info.dtype() != DType.F32 || info.shape().isEmpty() || constants.contains(info.name())) {
                    continue;
                }
                var shape = info.shape().stream().map(Math::toIntExact).toList();
                var weight = new Weight(shape, file.tensor(info.name()).toFloats());
                if (info.name().startsWith("onnx::")) {
                    weights.put(linear(file, info.name()) + ".weight", weight.transposed());
                } else {
                    weights.put(info.name(), weight);
                }
            }
        }
        if (weights.isEmpty()) {
            throw new IOException("found no f32 initializer, expected an exported encoder");
        }
        return weights;
    }

    /** The module whose MatMul node reads the initializer as its second operand. */
    private static String linear(OnnxFile file, String initializer) throws IOException {
        for (OnnxNode node : file.readers(initializer)) {
            String name = node.name();
            if (name.startsWith("/")
                    && name.endsWith(MATMUL)
                    && node.inputs().size() == 2
                    && node.inputs().get(1).equals(initializer)) {
                return name.substring(1, name.length() - MATMUL.length()).replace('/', '.');
            }
        }
        throw new IOException("initializer \"" + initializer + "\": no MatMul node reads it, expected one");
    }
}
