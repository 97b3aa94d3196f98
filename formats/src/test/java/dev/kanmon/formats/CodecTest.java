package dev.kanmon.formats;

import static dev.kanmon.formats.Codecs.assertSameFloats;
import static dev.kanmon.formats.Codecs.decode;
import static dev.kanmon.formats.Codecs.encode;
import static dev.kanmon.formats.Codecs.raw;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Floats of 64 to 4 bits against the values of the reference, and back; Q8_0 and Q4_0 at their edges. */
class CodecTest {

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
        assertArrayEquals(new byte[] {0x00, 0x3C, 127, 1, -1, 0, -127, 3}, Arrays.copyOf(bytes, 8));
        assertArrayEquals(new byte[34], encode(DType.Q8_0, new float[32]), "zeros");
        values[7] = Float.NaN;
        assertThrows(IllegalArgumentException.class, () -> encode(DType.Q8_0, values));
        values[7] = Float.NEGATIVE_INFINITY;
        assertThrows(IllegalArgumentException.class, () -> encode(DType.Q8_0, values));
        var tiny = new float[32];
        tiny[31] = 300 * Float.MIN_VALUE;
        assertEquals(127, encode(DType.Q8_0, tiny)[33]);
    }

    @Test
    void q40HasOneMoreLevelBelowThanAbove() {
        var values = new float[32];
        values[0] = -8;
        values[1] = 7;
        values[2] = 8;
        values[16] = 0.49f;
        var bytes = encode(DType.Q4_0, values);
        assertArrayEquals(new byte[] {0x00, 0x3C, (byte) 0x80, (byte) 0x8F, (byte) 0x8F}, Arrays.copyOf(bytes, 5));
        values[2] = Float.NaN;
        assertThrows(IllegalArgumentException.class, () -> encode(DType.Q4_0, values));
        // 2^20 / -8 is beyond F16: the block would be read as infinities.
        values[2] = 0x1p20f;
        var e = assertThrows(IllegalArgumentException.class, () -> encode(DType.Q4_0, values));
        assertEquals(
                "a block with the scale -131072.0 cannot be stored as Q4_0, expected at most 65504", e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"F8_E4M3, f8_e4m3fn", "F8_E5M2, f8_e5m2"})
    void every8BitValueOfTheReference(DType type, String prefix) throws IOException {
        try (var file = TensorFile.open(Shared.path("golden/tables/dtypes.safetensors"))) {
            var expected = file.tensor(prefix + "_as_f32").toFloats();
            assertSameFloats(expected, decode(type, raw(file, "f8_bits"), 256), prefix);
        }
    }

    @Test
    void smallFloatsAsTheirDefinitionsSay() {
        assertSameFloats(
                new float[] {0x1p-127f, 0x1p-126f, 1, 0x1p127f, Float.NaN},
                decode(DType.F8_E8M0, new byte[] {0, 1, 127, (byte) 254, (byte) 255}, 5),
                "E8M0");
        // Bias 8: half of E4M3 below its top; the largest is 240, and the pattern of -0 is the only NaN.
        assertSameFloats(
                new float[] {0, 0x1p-10f, 1, 240, Float.NaN, -240, -0x1p-10f},
                decode(DType.F8_E4M3FNUZ, new byte[] {0, 1, 0x40, 0x7F, (byte) 0x80, -1, (byte) 0x81}, 7),
                "E4M3FNUZ");
        assertSameFloats(
                new float[] {0, 0x1p-17f, 1, 57344, Float.NaN, -57344},
                decode(DType.F8_E5M2FNUZ, new byte[] {0, 1, 0x40, 0x7F, (byte) 0x80, -1}, 6),
                "E5M2FNUZ");
        assertSameFloats(
                new float[] {0.5f, 0, 1.5f, 1, 3, 2, 6, 4, -0.5f, -0f, -1.5f, -1, -3, -2, -6, -4},
                decode(
                        DType.F4,
                        new byte[] {0x01, 0x23, 0x45, 0x67, (byte) 0x89, (byte) 0xAB, (byte) 0xCD, (byte) 0xEF},
                        16),
                "F4");
    }

    @Test
    void f64IsRoundedToTheNearestFloat() {
        var bytes = new LittleEndianBytes()
                .i64(Double.doubleToLongBits(0.1))
                .i64(Double.doubleToLongBits(1e300))
                .toByteArray();
        assertArrayEquals(new float[] {0.1f, Float.POSITIVE_INFINITY}, decode(DType.F64, bytes, 2));
    }
}
