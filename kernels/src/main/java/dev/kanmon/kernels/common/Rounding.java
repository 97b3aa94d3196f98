package dev.kanmon.kernels.common;

import java.util.Arrays;

/** Weights in fewer bits, as {@link dev.kanmon.kernels.WeightType} defines them. */
public final class Rounding {
    /** Inputs of an INT8 matrix at most: as many products of 255 and 127 stay just below 2³¹. */
    public static final int MOST_INT8_INPUTS = 1 << 16;

    /** A double of this size has 30 binary digits behind the point. */
    private static final double THIRTY_DIGITS = 1.5 * (1L << 22);

    /** A double of this size has none. */
    private static final double NO_DIGITS = 1.5 * (1L << 52);

    private Rounding() {}

    /** BF16 bits of a float: nearest, ties to even; NaN stays NaN, overflow becomes infinity. */
    public static short toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            // set the quiet bit: dropping the lower half alone could leave an infinity
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
    }

    /** The float that BF16 bits stand for. */
    public static float fromBf16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** Receives what belongs to an INT8 output beside its bytes. */
    @FunctionalInterface
    public interface Int8Output {
        /** Takes the scale of an output and the sum of its bytes. */
        void set(int output, float scale, int sum);
    }

    /** Finds the INT8 form of rows. */
    @FunctionalInterface
    public interface Quantiser {
        /** Replaces rows {@code first} to {@code first + count - 1} in {@code block} by their bytes, as floats. */
        void quantise(int first, int count, float[] block, Int8Output outputs);
    }

    /** Quantises rows of k weights by what is found in them. */
    public static Quantiser quantiser(int k) {
        return (first, count, block, outputs) -> toInt8(block, first, count, k, outputs);
    }

    /**
     * The INT8 form of some outputs.
     *
     * @param weights (count, k), from the beginning of the array on; overwritten by the bytes, as floats
     * @param first number of the first output
     * @throws IllegalArgumentException if a weight is NaN or infinite
     */
    public static void toInt8(float[] weights, int first, int count, int k, Int8Output outputs) {
        for (int r = 0; r < count; r++) {
            float scale = largest(weights, r * k, k, first + r) / 127;
            toInt8(weights, r * k, k, scale);
            outputs.set(first + r, scale, sum(weights, r * k, k));
        }
    }

    private static float largest(float[] weights, int at, int k, int row) {
        float largest = 0;
        for (int i = 0; i < k; i++) {
            float magnitude = Math.abs(weights[at + i]);
            if (!(magnitude <= Float.MAX_VALUE)) {
                throw new IllegalArgumentException("pack: weight [" + row + ", " + i + "] is " + weights[at + i]
                        + ", expected finite weights for INT8");
            }
            largest = Math.max(largest, magnitude);
        }
        return largest;
    }

    private static int sum(float[] bytes, int at, int k) {
        int sum = 0;
        for (int i = at; i < at + k; i++) {
            sum += (int) bytes[i];
        }
        return sum;
    }

    /**
     * Replaces weights by their bytes, given their scale.
     *
     * @implNote The quotient is computed as a product with 1 / scale, in double, which is off by less than 2⁻⁴⁴. A
     *     quotient of two floats below 128 that is not a tie is further than 2⁻²⁶ from one; so rounding to a multiple of
     *     2⁻³⁰ first makes a tie a tie again and nothing else one. Both roundings are additions of numbers
     *     so large that only the wanted digits are left, to nearest, ties to even: loops of these C2 vectorises, unlike
     *     divisions and {@code Math.rint}.
     */
    private static void toInt8(float[] weights, int from, int count, float scale) {
        if (scale == 0) {
            Arrays.fill(weights, from, from + count, 0);
            return;
        }
        double inverse = 1 / (double) scale;
        for (int i = from; i < from + count; i++) {
            double snapped = weights[i] * inverse + THIRTY_DIGITS - THIRTY_DIGITS;
            double nearest = snapped + NO_DIGITS - NO_DIGITS;
            weights[i] = (float) Math.max(-127, Math.min(127, nearest));
        }
    }
}
