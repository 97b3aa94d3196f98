package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's Q5_0: F16 scale {@code d}, 32 bits with the fifth bit of each level, then the lower four as in Q4_0; an
 * element is {@code d · (q - 16)}.
 */
final class Q50Codec extends BlockCodec {
    static final Q50Codec INSTANCE = new Q50Codec();

    private static final int BLOCK = 32;
    private static final int BYTES = 22;
    private static final int ZERO = 16;

    private Q50Codec() {
        super(DType.Q5_0);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            float d = half(src, b * BYTES);
            int fifth = i32(src, b * BYTES + 2);
            int q = b * BYTES + 6;
            int y = dstPos + b * BLOCK;
            for (int i = 0; i < 16; i++) {
                dst[y + i] = d * ((src[q + i] & 0xF | (fifth >> i & 1) << 4) - ZERO);
                dst[y + i + 16] = d * ((src[q + i] >> 4 & 0xF | (fifth >> i + 16 & 1) << 4) - ZERO);
            }
        }
    }
}
