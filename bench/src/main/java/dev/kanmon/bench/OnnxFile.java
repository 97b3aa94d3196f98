package dev.kanmon.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The f32 weights in an ONNX file that PyTorch exported from a Hugging Face BERT, by Hugging Face's names.
 *
 * <p>Biases, norms and embeddings keep their names in an export. A linear layer's weight becomes an anonymous, transposed
 * initializer; its name is that of the MatMul node that reads it, {@code /encoder/layer.0/output/dense/MatMul}.
 *
 * <p>Field numbers: <a href="https://github.com/onnx/onnx/blob/v1.17.0/onnx/onnx.proto3">onnx.proto3</a>. Reads what
 * the benches ship with, trusted files; it is no validator.
 */
final class OnnxFile {
    private static final int MODEL_GRAPH = 7;
    private static final int GRAPH_NODE = 1;
    private static final int GRAPH_INITIALIZER = 5;
    private static final int NODE_INPUT = 1;
    private static final int NODE_NAME = 3;
    private static final int TENSOR_DIMS = 1;
    private static final int TENSOR_DATA_TYPE = 2;
    private static final int TENSOR_NAME = 8;
    private static final int TENSOR_RAW_DATA = 9;
    private static final int FLOAT = 1;
    private static final String MATMUL = "/MatMul";

    private OnnxFile() {}

    /**
     * A weight.
     *
     * @param shape in Hugging Face's order: a linear layer's is (outputs, inputs)
     * @param values row-major
     */
    record Weight(List<Integer> shape, float[] values) {
        /** A matrix with rows and columns exchanged. */
        Weight transposed() {
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

    private record Field(int number, long value, ByteBuffer bytes) {
        String text() {
            return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
        }
    }

    /**
     * The weights in file order.
     *
     * @param file a whole ONNX file
     * @throws IOException if an anonymous weight is not read by a MatMul node, or none is found at all
     */
    static SequencedMap<String, Weight> weights(byte[] file) throws IOException {
        var readers = new LinkedHashMap<String, String>();
        var initializers = new LinkedHashMap<String, Weight>();
        for (var part : fields(ByteBuffer.wrap(file))) {
            if (part.number == MODEL_GRAPH) {
                for (var field : fields(part.bytes)) {
                    switch (field.number) {
                        case GRAPH_NODE -> node(field.bytes, readers);
                        case GRAPH_INITIALIZER -> initializer(field.bytes, initializers);
                        default -> {}
                    }
                }
            }
        }
        var weights = new LinkedHashMap<String, Weight>();
        for (var entry : initializers.entrySet()) {
            String name = entry.getKey();
            if (!name.startsWith("onnx::")) {
                weights.put(name, entry.getValue());
            } else if (readers.containsKey(name)) {
                weights.put(readers.get(name) + ".weight", entry.getValue().transposed());
            } else {
                throw new IOException("initializer \"" + name + "\": no MatMul node reads it, expected one");
            }
        }
        if (weights.isEmpty()) {
            throw new IOException("found no f32 initializer, expected an exported encoder");
        }
        return weights;
    }

    /** Notes by its second operand which linear layer a MatMul node is. */
    private static void node(ByteBuffer bytes, Map<String, String> readers) {
        var inputs = new ArrayList<String>();
        String name = "";
        for (var field : fields(bytes)) {
            switch (field.number) {
                case NODE_INPUT -> inputs.add(field.text());
                case NODE_NAME -> name = field.text();
                default -> {}
            }
        }
        if (name.startsWith("/") && name.endsWith(MATMUL) && inputs.size() == 2) {
            readers.put(
                    inputs.get(1),
                    name.substring(1, name.length() - MATMUL.length()).replace('/', '.'));
        }
    }

    private static void initializer(ByteBuffer bytes, Map<String, Weight> initializers) {
        var shape = new ArrayList<Integer>();
        long type = 0;
        String name = "";
        ByteBuffer data = null;
        for (var field : fields(bytes)) {
            switch (field.number) {
                // packed in proto3, one by one in files of older writers
                case TENSOR_DIMS -> dims(field, shape);
                case TENSOR_DATA_TYPE -> type = field.value;
                case TENSOR_NAME -> name = field.text();
                case TENSOR_RAW_DATA -> data = field.bytes;
                default -> {}
            }
        }
        if (type == FLOAT && data != null && !shape.isEmpty()) {
            var values = new float[data.remaining() / Float.BYTES];
            data.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
            initializers.put(name, new Weight(List.copyOf(shape), values));
        }
    }

    private static void dims(Field field, List<Integer> shape) {
        if (field.bytes == null) {
            shape.add(Math.toIntExact(field.value));
            return;
        }
        for (var packed = field.bytes.duplicate(); packed.hasRemaining(); ) {
            shape.add(Math.toIntExact(varint(packed)));
        }
    }

    private static List<Field> fields(ByteBuffer message) {
        var fields = new ArrayList<Field>();
        for (var in = message.duplicate(); in.hasRemaining(); ) {
            long tag = varint(in);
            int number = (int) (tag >>> 3);
            int wireType = (int) (tag & 7);
            if (wireType == 0) {
                fields.add(new Field(number, varint(in), null));
                continue;
            }
            int length =
                    switch (wireType) {
                        case 1 -> Long.BYTES;
                        case 2 -> Math.toIntExact(varint(in));
                        case 5 -> Integer.BYTES;
                        default ->
                            throw new IllegalArgumentException(
                                    "protobuf wire type " + wireType + " at byte " + in.position());
                    };
            fields.add(new Field(number, 0, in.slice(in.position(), length)));
            in.position(in.position() + length);
        }
        return fields;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte b = in.get();
            value |= (b & 0x7FL) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }
}
