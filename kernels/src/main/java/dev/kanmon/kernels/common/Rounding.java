package dev.kanmon.kernels.common;

import java.util.Arrays;

/** Weights in fewer bits, as {@link dev.kanmon.kernels.WeightType} defines them. */
public final class Rounding {
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

    /**
     * The INT8 scale of one output.
     *
     * @throws IllegalArgumentException if a weight is NaN or infinite
     */
    static float int8Scale(float[] weights, int offset, int k, int row) {
        float largest = 0;
        for (int i = 0; i < k; i++) {
            float magnitude = Math.abs(weights[offset + i]);
            if (!(magnitude <= Float.MAX_VALUE)) {
                throw new IllegalArgumentException("pack: weight [" + row + ", " + i + "] is " + weights[offset + i]
                        + ", expected finite weights for INT8");
            }
            largest = Math.max(largest, magnitude);
        }
        return largest / 127;
    }

    /**
     * The INT8 form of some outputs.
     *
     * @param weights (count, k), from the beginning of the array on; overwritten by the bytes, as floats
     * @param first number of the first output
     * @param scales receives the scales of these outputs, at their numbers
     * @throws IllegalArgumentException if a weight is NaN or infinite
     */
    public static void toInt8(float[] weights, int first, int count, int k, float[] scales) {
        for (int r = 0; r < count; r++) {
            scales[first + r] = int8Scale(weights, r * k, k, first + r);
            toInt8(weights, r * k, k, scales[first + r]);
        }
    }

    /**
     * Replaces the weights of one output by their bytes, given its scale.
     *
     * @implNote The quotient is computed as a product with 1 / scale, in double, which is off by less than 2⁻⁴⁴. A
     *     quotient of two floats below 128 that is not a tie is further than 2⁻²⁶ from one; so rounding to a multiple of
     *     2⁻³⁰ first makes a tie a tie again and nothing else one. Both roundings are additions of numbers
     *     so large that only the wanted digits are left, to nearest, ties to even: loops of these C2 vectorises, unlike
     *     divisions and {@code Math.rint}.
     */
    static void toInt8(float[] weights, int from, int k, float scale) {
        if (scale == 0) {
            Arrays.fill(weights, from, from + k, 0);
            return;
        }
        double inverse = 1 / (double) scale;
        for (int i = from; i < from + k; i++) {
            double snapped = weights[i] * inverse + THIRTY_DIGITS - THIRTY_DIGITS;
            double nearest = snapped + NO_DIGITS - NO_DIGITS;
            weights[i] = (float) Math.max(-127, Math.min(127, nearest));
        }
    }
}
