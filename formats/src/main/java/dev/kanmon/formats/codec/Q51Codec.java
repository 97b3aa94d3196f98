package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/** ggml's Q5_1: F16 scale {@code d} and minimum {@code m}, levels as in Q5_0; an element is {@code d · q + m}. */
final class Q51Codec extends BlockCodec {
    static final Q51Codec INSTANCE = new Q51Codec();

    private static final int BLOCK = 32;
    private static final int BYTES = 24;

    private Q51Codec() {
        super(DType.Q5_1);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            float d = half(src, b * BYTES);
            float m = half(src, b * BYTES + 2);
            int fifth = i32(src, b * BYTES + 4);
            int q = b * BYTES + 8;
            int y = dstPos + b * BLOCK;
            for (int i = 0; i < 16; i++) {
                dst[y + i] = d * (src[q + i] & 0xF | (fifth >> i & 1) << 4) + m;
                dst[y + i + 16] = d * (src[q + i] >> 4 & 0xF | (fifth >> i + 16 & 1) << 4) + m;
            }
        }
    }
}
