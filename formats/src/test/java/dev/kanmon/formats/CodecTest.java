package dev.kanmon.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.codec.TensorCodec;
import dev.kanmon.formats.json.Json;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Stored bytes against the exact floats of the reference, and back. */
class CodecTest {

    private static float[] decode(DType type, byte[] bytes, int count) {
        var floats = new float[count];
        TensorCodec.find(type).orElseThrow().decode(MemorySegment.ofArray(bytes), 0, count, floats, 0);
        return floats;
    }

    private static byte[] encode(DType type, float... values) {
        var bytes = new byte[values.length / type.blockSize() * type.blockBytes()];
        TensorCodec.find(type).orElseThrow().encode(values, 0, values.length, bytes, 0);
        return bytes;
    }

    /** NaN as NaN, everything else bit for bit. */
    private static void assertSameFloats(float[] expected, float[] actual, String what) {
        assertEquals(expected.length, actual.length, what);
        for (int i = 0; i < expected.length; i++) {
            int at = i;
            assertEquals(
                    Float.floatToIntBits(expected[i]),
                    Float.floatToIntBits(actual[i]),
                    () -> what + " element " + at + ": expected " + expected[at] + " but was " + actual[at]);
        }
    }

    private static byte[] raw(TensorFile file, String name) {
        return file.tensor(name).bytes().toArray(ValueLayout.JAVA_BYTE);
    }

    @ParameterizedTest
    @EnumSource(names = {"Q8_0", "BF16"})
    void blocksOfTheReference(DType type) throws IOException {
        try (var file = TensorFile.open(Bytes.resource("gguf_blocks/" + type + ".safetensors"))) {
            for (var prefix : new String[] {"", "special."}) {
                var expected = file.tensor(prefix + "expected").toFloats();
                assertSameFloats(
                        expected,
                        decode(type, raw(file, prefix + "raw"), expected.length),
                        type + " " + prefix + "raw");
            }
            assertArrayEquals(
                    raw(file, "quantize.raw"),
                    encode(type, file.tensor("quantize.input").toFloats()),
                    type + " quantize.raw");
            var expected = file.tensor("quantize.dequantized").toFloats();
            assertSameFloats(
                    expected, decode(type, raw(file, "quantize.raw"), expected.length), type + " quantize.dequantized");
        }
    }

    @ParameterizedTest
    @CsvSource({"F16, f16", "BF16, bf16"})
    void every16BitValueAndTheRoundingOfTheReference(DType type, String prefix) throws IOException {
        try (var file = TensorFile.open(Shared.path("golden/tables/dtypes.safetensors"))) {
            var expected = file.tensor(prefix + "_as_f32").toFloats();
            assertSameFloats(expected, decode(type, raw(file, prefix + "_bits"), 1 << 16), prefix);
            var input = file.tensor("f32_in").toFloats();
            var bits = file.tensor("f32_to_" + prefix + "_bits").toLongs();
            var encoded = encode(type, input);
            for (int i = 0; i < input.length; i++) {
                int actual = encoded[2 * i] & 0xFF | (encoded[2 * i + 1] & 0xFF) << 8;
                if (Float.isNaN(input[i])) {
                    assertTrue(Float.isNaN(decode(type, new byte[] {encoded[2 * i], encoded[2 * i + 1]}, 1)[0]));
                } else {
                    assertEquals(bits[i], actual, prefix + " of " + input[i] + ", element " + i);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void every16BitValueSurvivesDecodingAndEncoding(DType type) {
        var all = new byte[1 << 17];
        for (int bits = 0; bits < 1 << 16; bits++) {
            all[2 * bits] = (byte) bits;
            all[2 * bits + 1] = (byte) (bits >> 8);
        }
        var floats = decode(type, all, 1 << 16);
        var again = encode(type, floats);
        for (int bits = 0; bits < 1 << 16; bits++) {
            if (!Float.isNaN(floats[bits])) {
                assertEquals(bits, again[2 * bits] & 0xFF | (again[2 * bits + 1] & 0xFF) << 8);
            }
        }
    }

    @Test
    void roundingGoesToTheNearestAndTiesToEven() {
        assertArrayEquals(new byte[] {(byte) 0x80, 0x3F}, encode(DType.BF16, 1 + 0x1p-8f), "tie to even, down");
        assertArrayEquals(new byte[] {(byte) 0x82, 0x3F}, encode(DType.BF16, 1 + 3 * 0x1p-8f), "tie to even, up");
        assertArrayEquals(new byte[] {(byte) 0x81, 0x3F}, encode(DType.BF16, Math.nextUp(1 + 0x1p-8f)));
        assertArrayEquals(
                new byte[] {(byte) 0x80, 0x7F}, encode(DType.BF16, Float.MAX_VALUE), "beyond the largest: infinity");
        assertTrue(Float.isNaN(decode(DType.BF16, encode(DType.BF16, Float.intBitsToFloat(0x7F800001)), 1)[0]));
        assertArrayEquals(new byte[] {0x00, 0x3C}, encode(DType.F16, 1 + 0x1p-11f));
        assertArrayEquals(new byte[] {0x02, 0x3C}, encode(DType.F16, 1 + 3 * 0x1p-11f));
        assertArrayEquals(new byte[] {0x00, 0x7C}, encode(DType.F16, 65520f));
    }

    @Test
    void q80IsGgmlsReference() {
        var values = new float[32];
        values[0] = 127;
        values[1] = 0.5f;
        values[2] = -0.5f;
        values[3] = 0.49999997f;
        values[4] = -127;
        values[5] = 2.5f;
        var bytes = encode(DType.Q8_0, values);
        assertArrayEquals(new byte[] {0x00, 0x3C, 127, 1, -1, 0, -127, 3}, java.util.Arrays.copyOf(bytes, 8));
        assertArrayEquals(new byte[34], encode(DType.Q8_0, new float[32]), "zeros");
        values[7] = Float.NaN;
        assertThrows(IllegalArgumentException.class, () -> encode(DType.Q8_0, values));
        values[7] = Float.NEGATIVE_INFINITY;
        assertThrows(IllegalArgumentException.class, () -> encode(DType.Q8_0, values));
        var tiny = new float[32];
        tiny[31] = 300 * Float.MIN_VALUE;
        assertEquals(127, encode(DType.Q8_0, tiny)[33]);
    }

    /** Any range, at any alignment, across the chunks in which a codec works. */
    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16", "Q8_0"})
    void rangesAtAnyAlignment(DType type) throws ModelFormatException {
        long seed = 42;
        var random = new Random(seed);
        int elements = 3 * TensorCodec.CHUNK + 96;
        var source = new float[elements];
        for (int i = 0; i < elements; i++) {
            source[i] = (float) random.nextGaussian();
        }
        var stored = encode(type, source);
        var whole = decode(type, stored, elements);
        if (type == DType.F32 || type == DType.F64) {
            assertArrayEquals(source, whole);
        }
        for (int trial = 0; trial < 300; trial++) {
            int shift = random.nextInt(8);
            var shifted = new byte[stored.length + shift];
            System.arraycopy(stored, 0, shifted, shift, stored.length);
            int from = random.nextInt(elements + 1);
            int count = random.nextInt(Math.min(elements - from, trial % 2 == 0 ? 70 : elements) + 1);
            int dstPos = random.nextInt(5);
            var dst = new float[dstPos + count + 3];
            java.util.Arrays.fill(dst, 777f);
            TensorCodec.find(type)
                    .orElseThrow()
                    .decode(MemorySegment.ofArray(shifted).asSlice(shift), from, count, dst, dstPos);
            for (int i = 0; i < dst.length; i++) {
                boolean inside = i >= dstPos && i < dstPos + count;
                float expected = inside ? whole[from + i - dstPos] : 777f;
                assertEquals(
                        expected,
                        dst[i],
                        type + " from " + from + " count " + count + " shift " + shift + " at " + i + ", seed " + seed);
            }
        }
    }

    @Test
    void f64IsRoundedToTheNearestFloat() {
        var bytes = new LittleEndianBytes()
                .i64(Double.doubleToLongBits(0.1))
                .i64(Double.doubleToLongBits(1e300))
                .toByteArray();
        assertArrayEquals(new float[] {0.1f, Float.POSITIVE_INFINITY}, decode(DType.F64, bytes, 2));
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "Q8_0"})
    void tensorsOfTheGgufReference(DType type) throws IOException {
        var expected = Json.read(Shared.path("golden/gguf/bert/expected.json"))
                .asObject()
                .object(type.name());
        try (var file = TensorFile.open(Shared.path("golden/gguf/bert/" + expected.string("file")))) {
            var tensors = expected.object("tensors");
            assertEquals(tensors.members().keySet(), file.tensors().keySet());
            for (var name : tensors.members().keySet()) {
                var tensor = tensors.object(name);
                var view = file.tensor(name);
                assertEquals(tensor.string("type"), view.info().dtype().name(), name);
                assertEquals(
                        java.util.Arrays.stream(tensor.array("shape").longs())
                                .boxed()
                                .toList(),
                        view.info().shape(),
                        name);
                assertEquals(tensor.string("sha256_f32le"), Bytes.sha256(Bytes.of(view.toFloats())), name);
            }
        }
    }

    @Test
    void sizesOfBlocksAreThoseOfTheReference() throws IOException {
        var index = Json.read(Shared.path("golden/gguf_blocks/index.json")).asObject();
        for (var name : index.members().keySet()) {
            var type = DType.valueOf(name);
            var row = index.object(name);
            assertEquals(row.integer("ggml_type_id"), type.ggmlId(), name);
            assertEquals(row.integer("block_size"), type.blockSize(), name);
            assertEquals(row.integer("type_size"), type.blockBytes(), name);
        }
    }
}
