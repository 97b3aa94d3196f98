package dev.kanmon.kernels.common;

/** Weights in fewer bits, as {@link dev.kanmon.kernels.WeightType} defines them. */
public final class Rounding {
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
    public static float int8Scale(float[] weights, int offset, int k, int row) {
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

    /** The byte for a weight, given the scale of its output. */
    public static byte toInt8(float weight, float scale) {
        if (scale == 0) {
            return 0;
        }
        // the quotient in double, so that a tie is one in the weight and not one made by rounding
        return (byte) Math.clamp((long) Math.rint(weight / (double) scale), -127, 127);
    }
}
