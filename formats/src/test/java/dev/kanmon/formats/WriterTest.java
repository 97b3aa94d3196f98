package dev.kanmon.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.codec.TensorEncoder;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WriterTest {
    @TempDir
    private Path dir;

    private TensorWriter create(Path target) throws IOException {
        return target.toString().endsWith(".gguf") ? GgufWriter.create(target) : SafetensorsWriter.create(target);
    }

    private List<String> listing() throws IOException {
        try (var files = Files.list(dir)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @ParameterizedTest
    @CsvSource({"m.gguf, 1", "m.safetensors, 2", "m.gguf, 3", "m.safetensors, 4"})
    void whatIsWrittenIsRead(String name, long seed) throws IOException {
        var random = new Random(seed);
        var target = dir.resolve(name);
        var types = name.endsWith(".gguf")
                ? List.of(
                        DType.F64,
                        DType.F32,
                        DType.F16,
                        DType.BF16,
                        DType.Q8_0,
                        DType.Q4_0,
                        DType.Q5_1,
                        DType.Q4_K,
                        DType.Q6_K,
                        DType.I8,
                        DType.I64)
                : List.of(DType.F64, DType.F32, DType.F16, DType.BF16, DType.U8, DType.BOOL, DType.I64);
        var values = new LinkedHashMap<String, float[]>();
        var raw = new LinkedHashMap<String, byte[]>();
        var progress = new ArrayList<String>();
        try (var writer = create(target)) {
            writer.onTensor(info -> progress.add(info.name()));
            var infos = new LinkedHashMap<String, TensorInfo>();
            for (int t = 0; t < 20; t++) {
                var type = types.get(random.nextInt(types.size()));
                var shape = new long[random.nextInt(4)];
                for (int i = 0; i < shape.length; i++) {
                    shape[i] = random.nextInt(6);
                }
                if (shape.length > 0) {
                    shape[shape.length - 1] *= type.blockSize();
                } else if (type.blockSize() > 1) {
                    shape = new long[] {70_144};
                }
                var tensor = "t" + t + " é\"\\";
                writer.declare(tensor, type, shape);
                infos.put(
                        tensor,
                        new TensorInfo(
                                tensor, type, Arrays.stream(shape).boxed().toList(), 0, type.byteSize(shape)));
            }
            for (var info : infos.values()) {
                if (info.dtype().isInteger()) {
                    var bytes = new byte[(int) info.byteSize()];
                    random.nextBytes(bytes);
                    raw.put(info.name(), bytes);
                    writer.writeBytes(info.name(), MemorySegment.ofArray(bytes));
                } else {
                    var floats = new float[(int) info.elements()];
                    for (int i = 0; i < floats.length; i++) {
                        floats[i] = (float) random.nextGaussian();
                    }
                    values.put(info.name(), floats);
                    writer.write(info.name(), floats);
                }
            }
            assertEquals(1, listing().size());
            assertFalse(Files.exists(target));
            writer.finish();
            assertEquals(List.copyOf(infos.keySet()), progress);
            try (var file = TensorFile.open(target)) {
                assertEquals(
                        List.copyOf(infos.keySet()), List.copyOf(file.tensors().keySet()));
                for (var info : file.tensors().values()) {
                    var at = info.name() + " " + info.dtype() + " " + info.shape() + ", seed " + seed;
                    assertEquals(infos.get(info.name()).shape(), info.shape(), at);
                    assertEquals(infos.get(info.name()).dtype(), info.dtype(), at);
                    var bytes = file.tensor(info.name()).bytes().toArray(ValueLayout.JAVA_BYTE);
                    if (info.dtype().isInteger()) {
                        assertArrayEquals(raw.get(info.name()), bytes, at);
                    } else {
                        var expected = new byte[bytes.length];
                        var floats = values.get(info.name());
                        TensorEncoder.find(info.dtype()).orElseThrow().encode(floats, 0, floats.length, expected, 0);
                        assertArrayEquals(expected, bytes, at);
                    }
                    assertTrue(!name.endsWith(".gguf") || info.offset() % 32 == 0, at);
                }
            }
        }
        assertEquals(List.of(name), listing());
    }

    /** Bytes of every type pass from one file to another unchanged, blocks that only a reader knows as well. */
    @ParameterizedTest
    @CsvSource({"m.gguf, 5", "m.safetensors, 6"})
    void bytesOfEveryTypeAreCopied(String name, long seed) throws IOException {
        var random = new Random(seed);
        var source = dir.resolve("source-" + name);
        var types = Arrays.stream(DType.values())
                .filter(type -> name.endsWith(".gguf") ? type.ggmlId() >= 0 : type.inSafetensors())
                .toList();
        var expected = new LinkedHashMap<String, byte[]>();
        try (var writer = create(source)) {
            for (var type : types) {
                long[] shape = {3, 2L * type.blockSize()};
                writer.declare(type.name(), type, shape);
                var bytes = new byte[(int) type.byteSize(shape)];
                random.nextBytes(bytes);
                expected.put(type.name(), bytes);
            }
            for (var entry : expected.entrySet()) {
                writer.writeBytes(entry.getKey(), MemorySegment.ofArray(entry.getValue()));
            }
            writer.finish();
        }
        try (var file = TensorFile.open(source);
                var writer = create(dir.resolve(name))) {
            for (var info : file.tensors().values()) {
                long[] shape = info.shape().stream().mapToLong(Long::longValue).toArray();
                writer.declare(info.name(), info.dtype(), shape);
            }
            for (var copied : file.tensors().keySet()) {
                writer.writeBytes(copied, file.tensor(copied).bytes());
            }
            writer.finish();
        }
        try (var file = TensorFile.open(dir.resolve(name))) {
            assertEquals(
                    List.copyOf(expected.keySet()), List.copyOf(file.tensors().keySet()));
            for (var entry : expected.entrySet()) {
                var view = file.tensor(entry.getKey());
                assertEquals(DType.valueOf(entry.getKey()), view.info().dtype());
                assertEquals(
                        List.of(3L, 2L * view.info().dtype().blockSize()),
                        view.info().shape());
                assertArrayEquals(entry.getValue(), view.bytes().toArray(ValueLayout.JAVA_BYTE), entry.getKey());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 16, 32, 64, 128, 4096, 1 << 20})
    void tensorsLieAtTheAlignmentAskedFor(int alignment) throws IOException {
        var target = dir.resolve("m.gguf");
        var random = new Random(alignment);
        var types = List.of(DType.F16, DType.Q4_0, DType.Q8_0, DType.I8, DType.Q6_K);
        var bytes = new LinkedHashMap<String, byte[]>();
        try (var writer = GgufWriter.create(target, alignment)) {
            writer.metadata("general.architecture", GgufValue.of("bert"));
            for (int t = 0; t < 9; t++) {
                var type = types.get(random.nextInt(types.size()));
                long[] shape = {random.nextInt(4), (long) type.blockSize() * (1 + random.nextInt(3))};
                writer.declare("t" + t, type, shape);
                bytes.put("t" + t, new byte[(int) type.byteSize(shape)]);
            }
            for (var entry : bytes.entrySet()) {
                random.nextBytes(entry.getValue());
                writer.writeBytes(entry.getKey(), MemorySegment.ofArray(entry.getValue()));
            }
            writer.finish();
        }
        try (var file = GgufFile.open(target)) {
            assertEquals(alignment != 32, file.metadata().containsKey("general.alignment"));
            if (alignment != 32) {
                assertEquals(alignment, file.longInteger("general.alignment"));
            }
            assertEquals(0, Files.size(target) % alignment);
            for (var info : file.tensors().values()) {
                assertEquals(0, info.offset() % alignment, info.name());
                assertArrayEquals(
                        bytes.get(info.name()), file.tensor(info.name()).bytes().toArray(ValueLayout.JAVA_BYTE));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 24, 48, -32, Integer.MIN_VALUE, 1 << 25})
    void otherAlignmentsAreRefused(int alignment) throws IOException {
        var e = assertThrows(IllegalArgumentException.class, () -> GgufWriter.create(dir.resolve("m.gguf"), alignment));
        assertEquals("alignment " + alignment + ", expected a power of two from 8 to 16777216", e.getMessage());
        assertEquals(List.of(), listing());
    }

    @Test
    void typesThatAreOnlyReadAreRefusedWithTheOthersNames() throws IOException {
        try (var writer = GgufWriter.create(dir.resolve("m.gguf"))) {
            writer.declare("t", DType.IQ1_M, 256);
            var e = assertThrows(IllegalArgumentException.class, () -> writer.write("t", new float[256]));
            assertEquals(
                    "tensor \"t\": floats cannot be written as IQ1_M, expected one of F64, F32, F16, BF16, Q8_0, Q4_0,"
                            + " Q4_1, Q5_0, Q5_1, Q4_K, Q6_K",
                    e.getMessage());
            writer.writeBytes("t", MemorySegment.ofArray(new byte[56]));
            writer.finish();
        }
    }

    @Test
    void aReferenceFileWrittenAgainIsTheSameFile() throws IOException {
        var original = Bytes.resource("malformed/gguf/load__valid_all_kv_types.gguf");
        var target = dir.resolve("again.gguf");
        try (var file = GgufFile.open(original);
                var writer = GgufWriter.create(target)) {
            file.metadata().forEach(writer::metadata);
            writer.finish();
        }
        assertArrayEquals(Files.readAllBytes(original), Files.readAllBytes(target));
        try (var file = GgufFile.open(original);
                var again = GgufFile.open(target)) {
            assertEquals(
                    List.copyOf(file.metadata().keySet()),
                    List.copyOf(again.metadata().keySet()));
            assertEquals(file.strings("a.str"), again.strings("a.str"));
            assertArrayEquals(file.longs("a.u64"), again.longs("a.u64"));
        }
    }

    @Test
    void metadataMadeInCodeIsRead() throws IOException {
        var target = dir.resolve("m.gguf");
        try (var writer = GgufWriter.create(target)) {
            writer.metadata("general.architecture", GgufValue.of("bert"));
            writer.metadata("n", GgufValue.u32(0xFFFF_FFFFL));
            writer.metadata("eps", GgufValue.f32(1e-12f));
            writer.metadata("yes", GgufValue.of(true));
            writer.metadata("tokens", GgufValue.ofStrings(List.of("", "é😀", "\uFFFD")));
            writer.metadata("ints", GgufValue.ofInts(-1, 2));
            writer.metadata("wide", new GgufValue.OfNumbers(GgufType.U32, MemorySegment.ofArray(new byte[] {
                0, 0, 0, 0, -1, -1, -1, -1
            })));
            writer.metadata("scores", GgufValue.ofFloats(0.5f, -2));
            writer.metadata(
                    "nested", new GgufValue.OfArrays(List.of(GgufValue.ofInts(1), GgufValue.ofStrings(List.of("x")))));
            writer.metadata("big", new GgufValue.OfInteger(GgufType.U64, -1));
            assertThrows(IllegalArgumentException.class, () -> writer.metadata("n", GgufValue.u32(1)));
            assertThrows(IllegalArgumentException.class, () -> writer.metadata("general.alignment", GgufValue.u32(32)));
            assertThrows(IllegalArgumentException.class, () -> writer.metadata("s", GgufValue.of("\ud800")));
            writer.finish();
        }
        try (var file = GgufFile.open(target)) {
            assertEquals(3, file.version());
            assertEquals("bert", file.string("general.architecture"));
            assertEquals(0xFFFF_FFFFL, file.longInteger("n"));
            assertEquals(1e-12f, (float) file.number("eps"));
            assertTrue(file.bool("yes"));
            assertEquals(List.of("", "é😀", "\uFFFD"), file.strings("tokens"));
            assertArrayEquals(new long[] {-1, 2}, file.longs("ints"));
            assertArrayEquals(new int[] {-1, 2}, file.ints("ints"));
            assertTrue(assertThrows(ModelFormatException.class, () -> file.ints("wide"))
                    .getMessage()
                    .contains("expected integers of at most 32 bits, but element 1 has more"));
            assertArrayEquals(new double[] {0.5, -2}, file.doubles("scores"));
            assertEquals(
                    2,
                    assertInstanceOf(GgufValue.OfArrays.class, file.metadata().get("nested"))
                            .values()
                            .size());
            assertTrue(assertThrows(ModelFormatException.class, () -> file.longInteger("big"))
                    .getMessage()
                    .contains("the U64 18446744073709551615"));
        }
        assertThrows(IllegalArgumentException.class, () -> GgufValue.u32(-1));
        assertThrows(IllegalArgumentException.class, () -> GgufValue.u32(1L << 32));
    }

    @ParameterizedTest
    @ValueSource(strings = {"m.gguf", "m.safetensors"})
    void anUnfinishedFileLeavesNothing(String name) throws IOException {
        var target = Files.writeString(dir.resolve(name), "old");
        try (var writer = create(target)) {
            writer.declare("a", DType.F32, 2);
            writer.declare("b", DType.F32, 2);
            writer.write("a", new float[2]);
            assertThrows(IllegalStateException.class, writer::finish);
            var e = assertThrows(
                    IOException.class,
                    () -> writer.write("b", (from, count, dst, pos) -> {
                        throw new IOException("source fails");
                    }));
            assertEquals("source fails", e.getMessage());
            assertThrows(IllegalStateException.class, () -> writer.write("b", new float[2]));
            assertThrows(IllegalStateException.class, writer::finish);
        }
        assertEquals(List.of(name), listing());
        assertEquals("old", Files.readString(target));
    }

    @ParameterizedTest
    @ValueSource(strings = {"m.gguf", "m.safetensors"})
    void theWriterRefusesWhatItCannotWrite(String name) throws IOException {
        try (var writer = create(dir.resolve(name))) {
            writer.declare("a", DType.F16, 2, 1);
            assertThrows(IllegalArgumentException.class, () -> writer.declare("a", DType.F16, 1), "twice");
            assertThrows(IllegalArgumentException.class, () -> writer.declare("x\ud800", DType.F16, 1), "not UTF-8");
            assertThrows(IllegalArgumentException.class, () -> writer.declare("x", DType.Q8_0, 33), "row");
            assertThrows(IllegalArgumentException.class, () -> writer.declare("x", DType.F16, -1), "negative");
            assertThrows(
                    IllegalArgumentException.class, () -> writer.declare("x", DType.F64, Long.MAX_VALUE), "overflow");
            assertThrows(
                    IllegalArgumentException.class,
                    () -> writer.declare("x", name.endsWith(".gguf") ? DType.U16 : DType.Q8_0, 32),
                    "type of the other format");
            writer.declare("i", DType.I32, 1);
            assertThrows(IllegalArgumentException.class, () -> writer.write("i", new float[1]), "not the next");
            assertThrows(IllegalStateException.class, () -> writer.declare("late", DType.F16, 1), "header is written");
            assertThrows(IllegalArgumentException.class, () -> writer.write("a", new float[3]), "count");
            assertThrows(
                    IllegalArgumentException.class,
                    () -> writer.writeBytes("a", MemorySegment.ofArray(new byte[3])),
                    "bytes");
            writer.write("a", new float[] {1, 2});
            assertThrows(IllegalArgumentException.class, () -> writer.write("i", new float[1]), "integers take bytes");
            writer.writeBytes("i", MemorySegment.ofArray(new byte[4]));
            assertThrows(IllegalArgumentException.class, () -> writer.write("a", new float[2]), "no more");
            writer.finish();
            assertThrows(IllegalStateException.class, writer::finish);
        }
        try (var file = TensorFile.open(dir.resolve(name))) {
            assertArrayEquals(new float[] {1, 2}, file.tensor("a").toFloats());
        }
    }

    @Test
    void theExampleOfThePackageWorks() throws IOException {
        var target = dir.resolve("halves.safetensors");
        var source = Files.write(
                dir.resolve("m.safetensors"),
                Bytes.safetensors("{\"t\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]}}", 24));
        FormatsSnippets.copyAsHalves(source, target);
        try (var file = TensorFile.open(target)) {
            assertEquals(DType.F16, file.tensors().get("t").dtype());
        }
    }
}
