package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's Q3_K: 32 bytes with the third bit of each level, 64 with the lower two as in Q2_K, 12 with sixteen 6-bit
 * scales, an F16 factor of them. An element is {@code d · (scale - 32) · (q - 4)}.
 */
final class Q3KCodec extends BlockCodec {
    static final Q3KCodec INSTANCE = new Q3KCodec();

    private static final int BLOCK = 256;
    private static final int BYTES = 110;
    private static final int GROUP = 16;

    private Q3KCodec() {
        super(DType.Q3_K);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            int at = b * BYTES;
            float d = half(src, at + 108);
            for (int g = 0; g < BLOCK / GROUP; g++) {
                float scale = d * (scale(src, at + 96, g) - 32);
                int high = at + (g & 1) * GROUP;
                int bit = g >> 1;
                int q = at + 32 + (g >> 3) * 32 + (g & 1) * GROUP;
                int shift = g & 6;
                int y = dstPos + b * BLOCK + g * GROUP;
                for (int i = 0; i < GROUP; i++) {
                    dst[y + i] = scale * ((src[q + i] >> shift & 3 | (src[high + i] >> bit & 1) << 2) - 4);
                }
            }
        }
    }

    /** Eight bytes have the lower four bits of two scales each, four bytes the upper two bits of four. */
    private static int scale(byte[] src, int at, int group) {
        int low = src[at + (group & 7)] >> (group >> 3) * 4 & 0xF;
        int high = src[at + 8 + (group & 3)] >> (group >> 2) * 2 & 3;
        return low | high << 4;
    }
}
