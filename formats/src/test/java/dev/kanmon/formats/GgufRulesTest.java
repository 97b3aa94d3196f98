package dev.kanmon.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One rule, one exception text, one test; files are literals. */
class GgufRulesTest {
    private static final int U32 = GgufType.U32.ordinal();
    private static final int STRING = GgufType.STRING.ordinal();
    private static final int ARRAY = GgufType.ARRAY.ordinal();

    private static GgufFile open(byte[] bytes) throws ModelFormatException {
        return GgufFile.of("m.gguf", MemorySegment.ofArray(bytes));
    }

    private static void refuses(String message, LittleEndianBytes bytes) {
        var e = assertThrows(ModelFormatException.class, () -> open(bytes.toByteArray()));
        assertEquals("m.gguf: " + message, e.getMessage());
    }

    /** One tensor, offset 0, and 64 bytes from the next multiple of 32 on. */
    private static LittleEndianBytes tensor(int rank, int type, long offset, long... dims) {
        var out = Bytes.gguf(1, 0).string("t").i32(rank);
        for (long dim : dims) {
            out.i64(dim);
        }
        return out.i32(type).i64(offset).align(32).bytes(new byte[64]);
    }

    private static LittleEndianBytes metadata(int type, Consumer<LittleEndianBytes> value) {
        var out = Bytes.gguf(0, 1).string("k").i32(type);
        value.accept(out);
        return out;
    }

    @Test
    void magic() {
        refuses(
                "byte 0: starts with 0x67677566, expected the magic \"GGUF\"",
                new LittleEndianBytes().bytes("gguf".getBytes()));
        refuses(
                "byte 0: the file ends after 3 more bytes, expected 4",
                new LittleEndianBytes().bytes("GGU".getBytes()));
    }

    @Test
    void version() {
        refuses(
                "byte 4: version 4, expected 2 or 3",
                new LittleEndianBytes().i32(GgufHeader.MAGIC).i32(4));
        refuses(
                "byte 4: version 1, expected 2 or 3",
                new LittleEndianBytes().i32(GgufHeader.MAGIC).i32(1));
        refuses(
                "byte 4: version 50331648, expected 2 or 3 (big-endian files are not supported)",
                new LittleEndianBytes().i32(GgufHeader.MAGIC).i32(3 << 24));
    }

    @Test
    void counts() {
        refuses("byte 8: tensor count 1152921504606846976 exceeds the 8 bytes left", Bytes.gguf(1L << 60, 0));
        refuses("byte 8: tensor count 18446744073709551615 exceeds the 8 bytes left", Bytes.gguf(-1, 0));
        refuses(
                "byte 16: metadata count 1 exceeds the 12 bytes left",
                Bytes.gguf(0, 1).bytes(new byte[12]));
    }

    @Test
    void metadataKeys() {
        refuses(
                "byte 24: metadata 0: length of the key 18446744073709551615 exceeds the 8 bytes left",
                Bytes.gguf(0, 1).i64(-1).i64(0));
        refuses(
                "byte 24: metadata 0: length of the key 65536, expected at most 65535",
                Bytes.gguf(0, 1).i64(65536).bytes(new byte[70000]));
        refuses(
                "byte 24: metadata 0: the key is not UTF-8",
                Bytes.gguf(0, 1).i64(1).i8(0xFF).i32(U32).i32(1));
        refuses(
                "byte 41: metadata \"k\": the key occurs twice, expected it once",
                metadata(U32, out -> out.i32(1))
                        .bytes(new byte[0])
                        .string("k")
                        .i32(U32)
                        .i32(1),
                2);
    }

    private static void refuses(String message, LittleEndianBytes bytes, int metadataCount) {
        var patched = bytes.toByteArray();
        patched[16] = (byte) metadataCount;
        refuses(message, new LittleEndianBytes().bytes(patched));
    }

    @Test
    void metadataValues() {
        refuses("byte 33: metadata \"k\": value type 13 is unknown, expected 0 to 12", metadata(13, out -> out.i64(0)));
        refuses(
                "byte 37: metadata \"k\": length of the string 9223372036854775807 exceeds the 0 bytes left",
                metadata(STRING, out -> out.i64(Long.MAX_VALUE)));
        refuses(
                "byte 37: metadata \"k\": the string is not UTF-8",
                metadata(STRING, out -> out.i64(2).i8(0xC0).i8(0xAF)));
        refuses(
                "byte 37: metadata \"k\": the file ends after 3 more bytes, expected 8",
                metadata(GgufType.F64.ordinal(), out -> out.i16(0).i8(0)));
    }

    @Test
    void arrays() {
        refuses(
                "byte 41: metadata \"k\": array length 1152921504606846976 exceeds the 4 bytes left",
                metadata(ARRAY, out -> out.i32(U32).i64(1L << 60).i32(0)));
        refuses(
                "byte 41: metadata \"k\": array length 2 exceeds the 8 bytes left",
                metadata(ARRAY, out -> out.i32(STRING).i64(2).i64(0)));
        refuses(
                "byte 57: metadata \"k\": length of a string in the array 18446744073709551615 exceeds the 0 bytes"
                        + " left",
                metadata(ARRAY, out -> out.i32(STRING).i64(2).i64(0).i64(-1)));
        refuses(
                "byte 37: metadata \"k\": value type 99 is unknown, expected 0 to 12",
                metadata(ARRAY, out -> out.i32(99).i64(0)));
        refuses("byte 133: metadata \"k\": arrays are nested deeper than 8 levels", metadata(ARRAY, out -> {
            for (int i = 0; i < 8; i++) {
                out.i32(ARRAY).i64(1);
            }
            out.i32(U32).i64(0);
        }));
    }

    @Test
    void alignment() {
        for (long bad : List.of(0L, 48L, 1L << 31)) {
            refuses(
                    "metadata \"general.alignment\": is the U32 " + bad + ", expected a U32 that is a power of two",
                    Bytes.gguf(0, 1).string("general.alignment").i32(U32).i32(bad));
        }
        refuses(
                "metadata \"general.alignment\": is the U64 32, expected a U32 that is a power of two",
                Bytes.gguf(0, 1)
                        .string("general.alignment")
                        .i32(GgufType.U64.ordinal())
                        .i64(32));
    }

    @Test
    void tensorInfos() {
        refuses("byte 24: tensor \"t\": 5 dimensions, expected at most 4", tensor(5, 0, 0, 1, 1, 1, 1, 1));
        refuses("byte 24: tensor \"t\": ggml type 4 is unknown or was removed", tensor(1, 4, 0, 4));
        refuses("byte 24: tensor \"t\": dimension -4 of shape [-4], expected at least 0", tensor(1, 0, 0, -4));
        refuses(
                "byte 24: tensor \"t\": the size of F32 [4294967296, 4294967296] exceeds 64 bits, expected a size that"
                        + " the file can hold",
                tensor(2, 0, 0, 1L << 32, 1L << 32));
        refuses(
                "byte 24: tensor \"t\": the size of F32 [4611686018427387904] exceeds 64 bits, expected a size that"
                        + " the file can hold",
                tensor(1, 0, 0, 1L << 62));
        refuses("byte 24: tensor \"t\": a row of 33 elements, expected a multiple of 32 for Q8_0", tensor(1, 8, 0, 33));
        refuses(
                "byte 24: tensor \"t\": a row of 128 elements, expected a multiple of 256 for Q4_K",
                tensor(2, 12, 0, 128, 2));
        refuses("byte 24: tensor \"t\": F32 [17] needs 68 bytes, the file has 64 left", tensor(1, 0, 0, 17));
        refuses(
                "byte 24: tensor \"t\": data offset 18446744073709551584, expected 0, where the tensor before ends,"
                        + " aligned to 32",
                tensor(1, 0, -32, 4));
    }

    @Test
    void tensorsFollowEachOther() throws ModelFormatException {
        // The first takes 4 of 32 bytes; the second must start at 32.
        for (long offset : List.of(0L, 4L, 64L)) {
            refuses(
                    "byte 57: tensor \"b\": data offset " + offset
                            + ", expected 32, where the tensor before ends, aligned to 32",
                    two("b", offset));
        }
        refuses("byte 57: tensor \"a\": the name occurs twice, expected it once", two("a", 32));
        assertEquals(128, open(two("b", 32).toByteArray()).tensors().get("b").offset());
    }

    private static LittleEndianBytes two(String second, long offset) {
        return Bytes.gguf(2, 0)
                .string("a")
                .i32(1)
                .i64(1)
                .i32(0)
                .i64(0)
                .string(second)
                .i32(1)
                .i64(1)
                .i32(0)
                .i64(offset)
                .align(32)
                .bytes(new byte[64]);
    }

    @Test
    void typedGetters() throws ModelFormatException {
        var bytes = Bytes.gguf(0, 6)
                .string("u")
                .i32(U32)
                .i32(-1)
                .string("f")
                .i32(GgufType.F32.ordinal())
                .i32(Float.floatToIntBits(1.5f))
                .string("b")
                .i32(GgufType.BOOL.ordinal())
                .i8(1)
                .string("s")
                .i32(STRING)
                .string("é")
                .string("a")
                .i32(ARRAY)
                .i32(STRING)
                .i64(2)
                .string("x")
                .string("")
                .string("n")
                .i32(ARRAY)
                .i32(ARRAY)
                .i64(1)
                .i32(GgufType.I16.ordinal())
                .i64(2)
                .i16(-2)
                .i16(3)
                .toByteArray();
        try (var file = open(bytes)) {
            assertEquals(0xFFFF_FFFFL, file.longInteger("u"));
            assertThrows(ModelFormatException.class, () -> file.integer("u"));
            assertEquals(1.5, file.number("f"));
            assertEquals(0xFFFF_FFFFL, file.number("u"));
            assertTrue(file.bool("b"));
            assertEquals("é", file.string("s"));
            assertEquals(List.of("x", ""), file.strings("a"));
            var nested =
                    assertInstanceOf(GgufValue.OfArrays.class, file.metadata().get("n"));
            assertArrayEquals(
                    new long[] {-2, 3},
                    assertInstanceOf(GgufValue.OfNumbers.class, nested.values().get(0))
                            .longs());
            assertEquals(Optional.empty(), file.optionalString("none"));
            assertTrue(file.optionalLong("none").isEmpty());
            assertEquals(
                    "m.gguf: no metadata \"none\", expected an array of integers",
                    assertThrows(ModelFormatException.class, () -> file.longs("none"))
                            .getMessage());
            assertEquals(
                    "m.gguf: metadata \"s\" is the string \"é\", expected a number",
                    assertThrows(ModelFormatException.class, () -> file.number("s"))
                            .getMessage());
            assertEquals(
                    "m.gguf: metadata \"a\" is an array of 2 strings, expected an array of numbers",
                    assertThrows(ModelFormatException.class, () -> file.doubles("a"))
                            .getMessage());
        }
    }

    @Test
    void integersAreNotWeights() throws ModelFormatException {
        var file = open(tensor(1, DType.I8.ggmlId(), 0, 32).toByteArray());
        assertArrayEquals(new long[32], file.tensor("t").toLongs());
        assertEquals(
                "m.gguf: byte 64: tensor \"t\" is I8, expected a type that floats are read from: "
                        + DType.readableNames(),
                assertThrows(ModelFormatException.class, () -> file.tensor("t").toFloats())
                        .getMessage());
    }

    @Test
    void arraysOfStringsAreDecodedStrictly() throws ModelFormatException {
        var file = open(metadata(
                        ARRAY,
                        out -> out.i32(STRING).i64(2).string("\uFFFD").i64(1).i8(0x80))
                .toByteArray());
        assertEquals(
                "m.gguf: byte 60: string 1 of an array is not UTF-8",
                assertThrows(ModelFormatException.class, () -> file.strings("k"))
                        .getMessage());
    }

    @Test
    void isToldByItsFirstBytes(@TempDir Path dir) throws IOException {
        var bytes = two("b", 32).toByteArray();
        try (var file = TensorFile.open(Files.write(dir.resolve("model"), bytes))) {
            assertInstanceOf(GgufFile.class, file);
            assertEquals(1, file.tensor("b").toFloats().length);
        }
        // A name that promises another format is believed, and the file refused.
        var misnamed = Files.write(dir.resolve("model.safetensors"), bytes);
        assertThrows(ModelFormatException.class, () -> TensorFile.open(misnamed));
    }
}
