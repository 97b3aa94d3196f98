package dev.kanmon.formats.codec;

/**
 * The eight 6-bit scales and eight 6-bit minima that Q4_K and Q5_K keep in 12 bytes: those of the first four groups
 * whole in bytes 0 to 3 and 4 to 7; of the other four the lower halves in bytes 8 to 11, scale below minimum, and the
 * upper two bits in what is left of the bytes before. The source: <a
 * href="https://github.com/ggml-org/ggml/blob/d99724f2b141fed9e1a9f402213506c081433465/src/ggml-quants.c#L880">{@code
 * get_scale_min_k4}</a>.
 */
final class SixBits {
    private SixBits() {}

    static int scale(byte[] src, int at, int group) {
        return group < 4 ? src[at + group] & 0x3F : src[at + group + 4] & 0xF | (src[at + group - 4] >> 2 & 0x30);
    }

    static int minimum(byte[] src, int at, int group) {
        return group < 4 ? src[at + group + 4] & 0x3F : src[at + group + 4] >> 4 & 0xF | (src[at + group] >> 2 & 0x30);
    }

    /** Adds the scale and the minimum of a group; the 12 bytes must be 0 before the first. */
    static void put(byte[] dst, int at, int group, int scale, int minimum) {
        if (group < 4) {
            dst[at + group] |= (byte) scale;
            dst[at + group + 4] |= (byte) minimum;
        } else {
            dst[at + group + 4] |= (byte) (scale & 0xF | minimum << 4);
            dst[at + group - 4] |= (byte) (scale >> 4 << 6);
            dst[at + group] |= (byte) (minimum >> 4 << 6);
        }
    }
}
