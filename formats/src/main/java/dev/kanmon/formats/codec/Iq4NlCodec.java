package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's IQ4_NL: F16 scale {@code d} and 16 bytes in the order of Q4_0, each half the number of one of 16 uneven
 * levels; an element is {@code d · level}. The levels: <a
 * href="https://github.com/ggml-org/ggml/blob/d99724f2b141fed9e1a9f402213506c081433465/src/ggml-common.h#L1120">{@code
 * kvalues_iq4nl}</a>.
 */
final class Iq4NlCodec extends BlockCodec {
    static final Iq4NlCodec INSTANCE = new Iq4NlCodec();

    static final float[] LEVELS = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    private static final int BLOCK = 32;
    private static final int BYTES = 18;

    private Iq4NlCodec() {
        super(DType.IQ4_NL);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            float d = half(src, b * BYTES);
            int q = b * BYTES + 2;
            int y = dstPos + b * BLOCK;
            for (int i = 0; i < 16; i++) {
                dst[y + i] = d * LEVELS[src[q + i] & 0xF];
                dst[y + i + 16] = d * LEVELS[src[q + i] >> 4 & 0xF];
            }
        }
    }
}
