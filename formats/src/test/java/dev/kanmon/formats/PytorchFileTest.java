package dev.kanmon.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints that CPython's pickler wrote ({@code pytorch/make.py}), and pickles made to be refused. */
class PytorchFileTest {
    @TempDir
    private Path dir;

    private static byte[] fixture(String name) {
        return Bytes.read(Bytes.resource("pytorch/" + name));
    }

    private static PytorchFile of(byte[] bytes) throws ModelFormatException {
        return PytorchFile.of("state.bin", MemorySegment.ofArray(bytes));
    }

    /** Element i of a storage of n, as make.py has it. */
    private static float element(int i, int n) {
        return i - n / 4f;
    }

    @ParameterizedTest
    @ValueSource(strings = {"state.bin", "legacy.bin", "wrapped.bin"})
    void everyTypeAndLayoutIsRead(String name) throws IOException {
        try (var file = TensorFile.open(Bytes.resource("pytorch/" + name))) {
            var names = Map.of(
                    "Float",
                    DType.F32,
                    "Half",
                    DType.F16,
                    "BFloat16",
                    DType.BF16,
                    "Double",
                    DType.F64,
                    "Long",
                    DType.I64,
                    "Int",
                    DType.I32,
                    "Short",
                    DType.I16,
                    "Char",
                    DType.I8,
                    "Byte",
                    DType.U8,
                    "Bool",
                    DType.BOOL);
            for (var entry : names.entrySet()) {
                var view = file.tensor("type." + entry.getKey());
                assertEquals(entry.getValue(), view.info().dtype());
                assertEquals(List.of(3L, 4L), view.info().shape());
                if (view.info().dtype() == DType.BOOL) {
                    assertArrayEquals(
                            IntStream.range(0, 12).mapToLong(i -> i % 2).toArray(), view.toLongs());
                } else if (view.info().dtype().isInteger()) {
                    assertArrayEquals(IntStream.range(0, 12).mapToLong(i -> i).toArray(), view.toLongs());
                } else {
                    assertArrayEquals(elements(12, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), view.toFloats());
                }
            }
            var whole = IntStream.range(0, 24).toArray();
            assertArrayEquals(elements(24, whole), file.tensor("tied.a").toFloats());
            assertEquals(
                    file.tensors().get("tied.a").offset(),
                    file.tensors().get("tied.b").offset());
            assertArrayEquals(
                    elements(24, Arrays.copyOfRange(whole, 6, 18)),
                    file.tensor("part").toFloats());
            assertArrayEquals(
                    elements(5, 0, 1, 2, 3, 4), file.tensor("parameter").toFloats());
            assertArrayEquals(new long[] {0}, file.tensor("scalar").toLongs());
            assertEquals(List.of(), file.tensors().get("scalar").shape());
            assertEquals(0, file.tensor("empty").toFloats().length);
            assertFalse(file.tensors().containsKey("counter"));
        }
    }

    private static float[] elements(int of, int... indices) {
        var floats = new float[indices.length];
        for (int i = 0; i < indices.length; i++) {
            floats[i] = element(indices[i], of);
        }
        return floats;
    }

    @Test
    void aTransposedTensorIsTurned() throws IOException {
        try (var file = of(fixture("state.bin"))) {
            var turned = new int[24];
            for (int r = 0; r < 6; r++) {
                for (int c = 0; c < 4; c++) {
                    turned[r * 4 + c] = c * 6 + r;
                }
            }
            assertArrayEquals(elements(24, turned), file.tensor("turned").toFloats());
            var turned3 = new int[24];
            for (int a = 0; a < 2; a++) {
                for (int b = 0; b < 4; b++) {
                    for (int c = 0; c < 3; c++) {
                        turned3[a * 12 + b * 3 + c] = a * 3 + b * 6 + c;
                    }
                }
            }
            assertArrayEquals(elements(24, turned3), file.tensor("turned3").toFloats());
        }
    }

    @Test
    void anIndexNamesShards() throws IOException {
        Files.write(dir.resolve("pytorch_model-00001-of-00002.bin"), fixture("state.bin"));
        Files.write(dir.resolve("pytorch_model-00002-of-00002.bin"), fixture("legacy.bin"));
        Files.writeString(dir.resolve("pytorch_model.bin.index.json"), """
            {"weight_map": {"part": "pytorch_model-00001-of-00002.bin", "turned": "pytorch_model-00002-of-00002.bin"}}
            """);
        try (var file = TensorFile.open(dir)) {
            assertEquals(List.of("part", "turned"), List.copyOf(file.tensors().keySet()));
            assertEquals(24, file.tensor("turned").toFloats().length);
        }
    }

    @Test
    void whatIsNoTensorIsRefusedByName() {
        assertTrue(refusal(fixture("evil.bin")).endsWith("pickle asks for posix.system; only tensors are read"));
        assertTrue(refusal(fixture("strided.bin")).contains("strides [6, 2] of shape [4, 3] are neither"));
        // What the name says, not what comes of it.
        assertTrue(refusal(zip(pickle("cbuiltins\neval\n."))).contains("pickle asks for builtins.eval; only"));
        assertTrue(refusal(zip(pickle("ctorch._utils\n_rebuild_tensor_v2 \n."))).contains("_rebuild_tensor_v2 ; only"));
        assertTrue(refusal(zip(pickle("ctorch\nFloatStorage\n)R."))).contains("pickle calls torch.FloatStorage; only"));
        assertTrue(refusal(zip(pickle("}\u0093."))).contains("opcode STACK_GLOBAL is not among"));
        assertTrue(refusal(zip(pickle("(iposix\nsystem\n."))).contains("opcode INST is not among"));
        assertTrue(refusal(zip(pickle("}\u0005."))).contains("byte 0x05 is not among"));
    }

    @Test
    void theStackMachineKeepsItsBounds() {
        assertTrue(refusal(zip(pickle("."))).contains("the stack is empty"));
        assertTrue(refusal(zip(pickle("t."))).contains("no mark on the stack"));
        assertTrue(refusal(zip(pickle("N(a."))).contains("the stack is empty"));
        assertTrue(refusal(zip(pickle("NN."))).contains("STOP with 1 more objects"));
        assertTrue(refusal(zip(pickle("}(."))).contains("the stack is empty"));
        assertTrue(refusal(zip(pickle("h\u0007."))).contains("the memo has no object 7"));
        assertTrue(refusal(zip(pickle("X\u00ff\u00ff\u00ff\u00ff."))).contains("a string of 4294967295 bytes"));
        assertTrue(refusal(zip(pickle("X\u0005\u0000\u0000\u0000ab."))).contains("the pickle ends after 3 more bytes"));
        assertTrue(refusal(zip(pickle("}(K\u0001u."))).contains("a key without a value"));
        assertTrue(refusal(zip(pickle("}]Ns."))).contains("a key of a dictionary is a list of 0"));
        assertTrue(refusal(zip(pickle("N"))).contains("the pickle ends after 0 more bytes"));
        assertTrue(refusal(zip(pickle("N."))).contains("holds None, expected a dictionary of tensors"));
        assertTrue(refusal(zip(pickle("}U\u0001aNs."))).contains("a dictionary of 1 without a tensor"));
        // A dictionary that holds itself.
        assertTrue(refusal(zip(pickle("}q\u0001U\u0001ah\u0001s."))).contains("without a tensor"));
    }

    @Test
    void aFileIsRefusedForWhatItIs() throws IOException {
        assertTrue(refusal(zip(Map.of("a/data.pkl", pickle("}."), "b/data.pkl", pickle("}."))))
                .contains("2 entries */data.pkl"));
        assertTrue(refusal(zip(Map.of("a/data.pkl", pickle("}."), "a/constants.pkl", new byte[0])))
                .contains("a TorchScript program"));
        assertTrue(refusal(zip(
                        Map.of("a/data.pkl", pickle("}."), "a/byteorder", "big".getBytes(StandardCharsets.US_ASCII))))
                .contains("byte order \"big\""));
        var deflated = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(deflated)) {
            zip.putNextEntry(new ZipEntry("a/data.pkl"));
            zip.write(pickle("}."));
            zip.closeEntry();
        }
        assertTrue(refusal(deflated.toByteArray()).contains("is compressed by method 8"));
        assertTrue(refusal("ustar".getBytes(StandardCharsets.US_ASCII)).contains("starts neither as a ZIP file nor"));
    }

    @Test
    void directoriesOfZip64AreRead() throws IOException {
        var plain = zip(pickle("}."));
        int end = plain.length - 22;
        int directory = Bytes.int32(plain, end + 16);
        // The entry's sizes and place move into a ZIP64 field, the directory's into a ZIP64 end record.
        var entry = Arrays.copyOfRange(plain, directory, end);
        int nameBytes = entry[28] & 0xFF;
        long stored = Bytes.int32(entry, 20);
        Arrays.fill(entry, 20, 28, (byte) -1);
        Arrays.fill(entry, 42, 46, (byte) -1);
        entry[30] = 28;
        var out = new LittleEndianBytes()
                .bytes(Arrays.copyOf(plain, directory))
                .bytes(Arrays.copyOf(entry, 46 + nameBytes));
        out.i16(1).i16(24).i64(stored).i64(stored).i64(0);
        int end64 = out.size();
        out.i32(0x06064B50)
                .i64(44)
                .i16(45)
                .i16(45)
                .i32(0)
                .i32(0)
                .i64(1)
                .i64(1)
                .i64(end64 - directory)
                .i64(directory);
        out.i32(0x07064B50).i32(0).i64(end64).i32(1);
        out.i32(0x06054B50).i16(-1).i16(-1).i16(-1).i16(-1).i32(-1).i32(-1).i16(0);
        try (var file = of(out.toByteArray())) {
            assertTrue(file.tensors().isEmpty());
        }
    }

    private static String refusal(byte[] bytes) {
        var e = assertThrows(ModelFormatException.class, () -> of(bytes).close());
        assertTrue(e.getMessage().startsWith("state.bin: "), e.getMessage());
        return e.getMessage();
    }

    private static byte[] pickle(String opcodes) {
        return ("\u0080\u0002" + opcodes).getBytes(StandardCharsets.ISO_8859_1);
    }

    static byte[] zip(byte[] pickle) {
        return zip(Map.of("archive/data.pkl", pickle));
    }

    private static byte[] zip(Map<String, byte[]> entries) {
        var out = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(out)) {
            for (var entry : entries.entrySet()) {
                var zipEntry = new ZipEntry(entry.getKey());
                var crc = new CRC32();
                crc.update(entry.getValue());
                zipEntry.setMethod(ZipEntry.STORED);
                zipEntry.setSize(entry.getValue().length);
                zipEntry.setCrc(crc.getValue());
                zip.putNextEntry(zipEntry);
                zip.write(entry.getValue());
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return out.toByteArray();
    }
}
