package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's Q2_K: for each of 16 groups of 16 elements a byte with a 4-bit scale and, above it, a 4-bit minimum; 64
 * bytes of 2-bit levels {@code q}; F16 factors of all scales and of all minima. An element is {@code d · scale · q -
 * dmin · minimum}.
 *
 * <p>A run of 32 level bytes serves 128 elements: the lowest two bits the first 32 of them, and so on.
 */
final class Q2KCodec extends BlockCodec {
    static final Q2KCodec INSTANCE = new Q2KCodec();

    private static final int BLOCK = 256;
    private static final int BYTES = 84;
    private static final int GROUP = 16;

    private Q2KCodec() {
        super(DType.Q2_K);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            int at = b * BYTES;
            float d = half(src, at + 80);
            float dmin = half(src, at + 82);
            for (int g = 0; g < BLOCK / GROUP; g++) {
                float scale = d * (src[at + g] & 0xF);
                float minimum = dmin * (src[at + g] >> 4 & 0xF);
                int q = at + 16 + (g >> 3) * 32 + (g & 1) * GROUP;
                int shift = g & 6;
                int y = dstPos + b * BLOCK + g * GROUP;
                for (int i = 0; i < GROUP; i++) {
                    dst[y + i] = scale * (src[q + i] >> shift & 3) - minimum;
                }
            }
        }
    }
}
