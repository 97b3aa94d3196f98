package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's Q2_0: F16 scale {@code d}, then 64 levels {@code q} of 2 bits, four in a byte and the first lowest; an
 * element is {@code d · (q - 1)}.
 */
final class Q20Codec extends BlockCodec {
    static final Q20Codec INSTANCE = new Q20Codec();

    private static final int BLOCK = 64;
    private static final int BYTES = 18;

    private Q20Codec() {
        super(DType.Q2_0);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            float d = half(src, b * BYTES);
            int q = b * BYTES + 2;
            int y = dstPos + b * BLOCK;
            for (int i = 0; i < BLOCK; i++) {
                dst[y + i] = d * ((src[q + (i >> 2)] >> 2 * (i & 3) & 3) - 1);
            }
        }
    }
}
