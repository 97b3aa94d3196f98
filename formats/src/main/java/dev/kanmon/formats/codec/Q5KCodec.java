package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's Q5_K: F16 factors of scales and minima, the {@link SixBits}, 32 bytes with the fifth bit of each level,
 * then the lower four as in Q4_K. An element is {@code d · scale · q - dmin · minimum}.
 */
final class Q5KCodec extends BlockCodec {
    static final Q5KCodec INSTANCE = new Q5KCodec();

    private static final int BLOCK = 256;
    private static final int BYTES = 176;
    private static final int GROUP = 32;

    private Q5KCodec() {
        super(DType.Q5_K);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            int at = b * BYTES;
            float d = half(src, at);
            float dmin = half(src, at + 2);
            for (int g = 0; g < BLOCK / GROUP; g++) {
                float scale = d * SixBits.scale(src, at + 4, g);
                float minimum = dmin * SixBits.minimum(src, at + 4, g);
                int high = at + 16;
                int q = at + 48 + (g >> 1) * GROUP;
                int shift = (g & 1) * 4;
                int y = dstPos + b * BLOCK + g * GROUP;
                for (int i = 0; i < GROUP; i++) {
                    dst[y + i] = scale * (src[q + i] >> shift & 0xF | (src[high + i] >> g & 1) << 4) - minimum;
                }
            }
        }
    }
}
