package dev.kanmon.formats;

import static dev.kanmon.formats.Codecs.decode;
import static dev.kanmon.formats.Codecs.encode;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What Q4_K and Q6_K lose, against rounding to a scale that just holds the largest value. */
class ScaleSearchTest {
    private static final int BLOCKS = 200;

    private enum Values {
        GAUSSIAN(Random::nextGaussian),
        UNIFORM(random -> random.nextDouble() * 2 - 1),
        /** Trained weights have heavier tails than a Gaussian. */
        HEAVY_TAILS(random -> random.nextGaussian() * Math.exp(random.nextGaussian())),
        OUTLIERS(random -> random.nextInt(64) == 0 ? 20 * random.nextGaussian() : random.nextGaussian()),
        POSITIVE(random -> 3 + random.nextDouble()),
        NEGATIVE(random -> -1e-3 * random.nextDouble());

        private final ToDoubleFunction<Random> draw;

        Values(ToDoubleFunction<Random> draw) {
            this.draw = draw;
        }

        float[] draw(long seed) {
            var random = new Random(seed);
            var values = new float[256 * BLOCKS];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) draw.applyAsDouble(random);
            }
            return values;
        }
    }

    private static double meanSquaredError(float[] expected, float[] actual) {
        double sum = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = (double) actual[i] - expected[i];
            sum += difference * difference;
        }
        return sum / expected.length;
    }

    /**
     * The same error for groups that are rounded to evenly spaced levels from their smallest value to their largest,
     * or from minus to plus the largest magnitude, with scales that are not rounded at all: kinder than the block is.
     */
    private static double ofPlainRounding(float[] values, int group, int levels, boolean withMinimum) {
        var rounded = new float[values.length];
        for (int from = 0; from < values.length; from += group) {
            double low = 0;
            double high = 0;
            for (int i = from; i < from + group; i++) {
                low = Math.min(low, values[i]);
                high = Math.max(high, values[i]);
            }
            if (!withMinimum) {
                high = Math.max(-low, high);
                low = 0;
            }
            double scale = (high - low) / levels;
            for (int i = from; i < from + group; i++) {
                rounded[i] = scale == 0 ? 0 : (float) (Math.rint((values[i] - low) / scale) * scale + low);
            }
        }
        return meanSquaredError(values, rounded);
    }

    @ParameterizedTest
    @EnumSource
    void q4kLosesLessThanPlainRounding(Values kind) {
        var values = kind.draw(11);
        double error = meanSquaredError(values, decode(DType.Q4_K, encode(DType.Q4_K, values), values.length));
        double plain = ofPlainRounding(values, 32, 15, true);
        assertTrue(error < 0.95 * plain, "Q4_K " + kind + ": mean squared error " + error + ", plain " + plain);
    }

    @ParameterizedTest
    @EnumSource
    void q6kLosesLessThanPlainRounding(Values kind) {
        var values = kind.draw(12);
        double error = meanSquaredError(values, decode(DType.Q6_K, encode(DType.Q6_K, values), values.length));
        double plain = ofPlainRounding(values, 16, 31, false);
        assertTrue(error < 0.95 * plain, "Q6_K " + kind + ": mean squared error " + error + ", plain " + plain);
    }

    /** No single value may be lost: each lies within one step of its group's own scale. */
    @ParameterizedTest
    @CsvSource({"Q4_K, 32, 15", "Q6_K, 16, 63"})
    void noValueIsFarOff(DType type, int group, int steps) {
        var values = Values.GAUSSIAN.draw(13);
        var read = decode(type, encode(type, values), values.length);
        for (int from = 0; from < values.length; from += group) {
            float low = 0;
            float high = 0;
            for (int i = from; i < from + group; i++) {
                low = Math.min(low, values[i]);
                high = Math.max(high, values[i]);
            }
            double step = type == DType.Q4_K ? (high - low) / steps : 2 * Math.max(-low, high) / steps;
            for (int i = from; i < from + group; i++) {
                assertEquals(values[i], read[i], 2.5 * step, type + " element " + i + ", seed 13");
            }
        }
    }

    /** What a block can hold is held: values on a grid of its own come back, but for the rounding of the scales. */
    @ParameterizedTest
    @EnumSource(names = {"Q4_K", "Q6_K"})
    void valuesOnTheGridComeBack(DType type) {
        var random = new Random(14);
        var bytes = new byte[type.blockBytes() * BLOCKS];
        random.nextBytes(bytes);
        for (int b = 0; b < BLOCKS; b++) {
            int at = b * type.blockBytes();
            // Factors of a usual size, with the largest scale and minimum in use, so that they can be found again.
            if (type == DType.Q4_K) {
                putHalf(0.01f, bytes, at);
                putHalf(0.02f, bytes, at + 2);
                bytes[at + 4] |= 0x3F;
                bytes[at + 8] |= 0x3F;
            } else {
                putHalf(0.001f, bytes, at + 208);
                bytes[at + 192] = Byte.MIN_VALUE;
            }
        }
        var values = decode(type, bytes, 256 * BLOCKS);
        var read = decode(type, encode(type, values), values.length);
        double power = meanSquaredError(values, new float[values.length]);
        double error = meanSquaredError(values, read);
        assertTrue(error < 1e-4 * power, type + ": error " + error + " of power " + power);
    }

    private static void putHalf(float value, byte[] dst, int at) {
        short bits = Float.floatToFloat16(value);
        dst[at] = (byte) bits;
        dst[at + 1] = (byte) (bits >> 8);
    }

    @ParameterizedTest
    @EnumSource(names = {"Q4_K", "Q6_K", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"})
    void edges(DType type) {
        int n = 256;
        assertArrayEquals(new float[n], absolute(decode(type, encode(type, new float[n]), n)), "zeros");
        var same = new float[n];
        Arrays.fill(same, -0.75f);
        for (float value : decode(type, encode(type, same), n)) {
            assertEquals(-0.75f, value, 0.75f * 0x1p-9f, type + " of one value");
        }
        var one = new float[n];
        one[200] = 3;
        var read = decode(type, encode(type, one), n);
        assertEquals(3, read[200], 3 * 0x1p-4f, type + " of a single peak");
        read[200] = 0;
        assertArrayEquals(new float[n], absolute(read), type + " beside a single peak");
        var tiny = new float[n];
        tiny[3] = 1e-40f;
        tiny[250] = -Float.MIN_VALUE;
        assertArrayEquals(new float[n], absolute(decode(type, encode(type, tiny), n)), type + " of subnormal values");
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE}) {
            var values = new float[n];
            values[77] = bad;
            assertThrows(IllegalArgumentException.class, () -> encode(type, values), type + " of " + bad);
        }
    }

    private static float[] absolute(float[] values) {
        var magnitudes = values.clone();
        for (int i = 0; i < values.length; i++) {
            magnitudes[i] = Math.abs(values[i]);
        }
        return magnitudes;
    }

    /** Blocks do not know of each other, and the same values give the same bytes. */
    @Test
    void blocksAreIndependent() {
        var values = Values.HEAVY_TAILS.draw(15);
        for (var type : new DType[] {DType.Q4_K, DType.Q6_K}) {
            var whole = encode(type, values);
            for (int b = 0; b < BLOCKS; b += 37) {
                var block = encode(type, Arrays.copyOfRange(values, b * 256, b * 256 + 256));
                assertArrayEquals(
                        block,
                        Arrays.copyOfRange(whole, b * type.blockBytes(), (b + 1) * type.blockBytes()),
                        type + " " + b);
            }
        }
    }
}
