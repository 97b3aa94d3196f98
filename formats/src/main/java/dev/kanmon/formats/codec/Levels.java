package dev.kanmon.formats.codec;

/**
 * Rounding to levels as gguf-py's {@code quantize_blocks} does it, whose order of operations decides ties: a fused
 * operation or a different type would change bits.
 */
final class Levels {
    private Levels() {}

    /** The value of largest magnitude, the first of several, with its sign; 0 if all are 0. */
    static float extreme(float[] src, int from, int n) {
        float extreme = 0;
        for (int i = from; i < from + n; i++) {
            if (Math.abs(src[i]) > Math.abs(extreme)) {
                extreme = src[i];
            }
        }
        return extreme;
    }

    static float least(float[] src, int from, int n) {
        float least = src[from];
        for (int i = from; i < from + n; i++) {
            least = Math.min(least, src[i]);
        }
        return least;
    }

    static float most(float[] src, int from, int n) {
        float most = src[from];
        for (int i = from; i < from + n; i++) {
            most = Math.max(most, src[i]);
        }
        return most;
    }

    /** What to multiply by to divide by a scale; 0 for 0. */
    static float inverse(float scale) {
        return scale == 0 ? 0 : 1 / scale;
    }

    /** A level of a type whose level {@code zero} means 0: in double, then rounded to float, then cut off. */
    static int around(int zero, float value, float inverse) {
        return Math.clamp((int) (float) ((double) value * inverse + (zero + 0.5)), 0, 2 * zero - 1);
    }

    /** A level of a type whose level 0 means the minimum: in float throughout. */
    static int above(float minimum, float value, float inverse, int most) {
        return Math.clamp((int) ((value - minimum) * inverse + 0.5f), 0, most);
    }
}
