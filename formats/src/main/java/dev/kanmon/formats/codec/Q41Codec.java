package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/** ggml's Q4_1: F16 scale {@code d} and minimum {@code m}, levels as in Q4_0; an element is {@code d · q + m}. */
final class Q41Codec extends BlockCodec {
    static final Q41Codec INSTANCE = new Q41Codec();

    private static final int BLOCK = 32;
    private static final int BYTES = 20;

    private Q41Codec() {
        super(DType.Q4_1);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            float d = half(src, b * BYTES);
            float m = half(src, b * BYTES + 2);
            int q = b * BYTES + 4;
            int y = dstPos + b * BLOCK;
            for (int i = 0; i < 16; i++) {
                dst[y + i] = d * (src[q + i] & 0xF) + m;
                dst[y + i + 16] = d * (src[q + i] >> 4 & 0xF) + m;
            }
        }
    }
}
