package dev.kanmon.bench.onnx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * One matrix product as an ONNX graph, with constant weights as a model has them: what ONNX Runtime's kernels reach
 * without a model around them. Input {@code a} is (m, k), output {@code c} is (m, n).
 */
public final class ProductOnnx {
    private static final int FLOAT = 1;
    private static final int UINT8 = 2;
    private static final int INT8 = 3;
    private static final int INT32 = 6;

    private final ProtobufMessage graph = new ProtobufMessage().text(2, "product");

    private ProductOnnx() {}

    /**
     * {@code c = a · b}, all fp32.
     *
     * @param b (k, n), row-major
     */
    public static byte[] floats(int k, int n, float[] b) {
        var file = new ProductOnnx();
        file.constant("b", FLOAT, List.of(k, n), bytes(b));
        file.node("MatMul", List.of("a", "b"), List.of("c"));
        return file.file(FLOAT, k, FLOAT, n);
    }

    /**
     * {@code c = (a − zero) · b}, u8 times s8 to int32: {@code a} is quantised by somebody else.
     *
     * @param b (k, n), row-major
     */
    public static byte[] integers(int k, int n, byte[] b) {
        var file = new ProductOnnx();
        file.constant("b", INT8, List.of(k, n), b);
        file.constant("zero", UINT8, List.of(), new byte[] {(byte) 128});
        file.node("MatMulInteger", List.of("a", "b", "zero"), List.of("c"));
        return file.file(UINT8, k, INT32, n);
    }

    /**
     * {@code c = quantised(a) · b}, scaled back to fp32, as {@code quantize_dynamic} writes it; ONNX Runtime makes one
     * operator of it when it loads the graph.
     *
     * @param b (k, n), row-major
     * @param scales of the columns, (n)
     */
    public static byte[] quantising(int k, int n, byte[] b, float[] scales) {
        var file = new ProductOnnx();
        file.constant("b", INT8, List.of(k, n), b);
        file.constant("b.zero", INT8, List.of(n), new byte[n]);
        file.constant("b.scale", FLOAT, List.of(n), bytes(scales));
        file.node("DynamicQuantizeLinear", List.of("a"), List.of("a.quantised", "a.scale", "a.zero"));
        file.node("MatMulInteger", List.of("a.quantised", "b", "a.zero", "b.zero"), List.of("sums"));
        file.graph.message(
                1,
                operation("Cast", List.of("sums"), List.of("sums.float"))
                        .message(
                                5,
                                new ProtobufMessage()
                                        .text(1, "to")
                                        .number(3, FLOAT)
                                        .number(20, 2)));
        file.node("Mul", List.of("a.scale", "b.scale"), List.of("scale"));
        file.node("Mul", List.of("sums.float", "scale"), List.of("c"));
        return file.file(FLOAT, k, FLOAT, n);
    }

    private byte[] file(int inputType, int k, int outputType, int n) {
        graph.message(11, value("a", inputType, k)).message(12, value("c", outputType, n));
        return new ProtobufMessage()
                .number(1, 8) // IR version
                .message(8, new ProtobufMessage().text(1, "").number(2, 17))
                .message(7, graph)
                .bytes();
    }

    private void node(String operator, List<String> inputs, List<String> outputs) {
        graph.message(1, operation(operator, inputs, outputs));
    }

    private static ProtobufMessage operation(String operator, List<String> inputs, List<String> outputs) {
        var node = new ProtobufMessage();
        inputs.forEach(input -> node.text(1, input));
        outputs.forEach(output -> node.text(2, output));
        return node.text(3, operator + " of " + outputs.getFirst()).text(4, operator);
    }

    private void constant(String name, int type, List<Integer> shape, byte[] data) {
        var tensor = new ProtobufMessage();
        shape.forEach(dimension -> tensor.number(1, dimension));
        graph.message(5, tensor.number(2, type).text(8, name).raw(9, data));
    }

    private static ProtobufMessage value(String name, int type, int columns) {
        var shape = new ProtobufMessage()
                .message(1, new ProtobufMessage().text(2, "m"))
                .message(1, new ProtobufMessage().number(1, columns));
        var tensor = new ProtobufMessage().number(1, type).message(2, shape);
        return new ProtobufMessage().text(1, name).message(2, new ProtobufMessage().message(1, tensor));
    }

    private static byte[] bytes(float[] values) {
        var bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }
}
