package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's IQ3_S: F16 factor {@code d}, the lower bytes of 64 points of the {@link Codebook}, the ninth bit of each, a
 * sign bit for each element, and a 4-bit scale for each 32 elements. An element is {@code d · (1 + 2 · scale) · point}.
 */
final class Iq3SCodec extends BlockCodec {
    static final Iq3SCodec INSTANCE = new Iq3SCodec();

    private static final int BLOCK = 256;
    private static final int BYTES = 110;

    private Iq3SCodec() {
        super(DType.IQ3_S);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            int at = b * BYTES;
            int y = dstPos + b * BLOCK;
            float d = half(src, at);
            for (int l = 0; l < 64; l++) {
                int scale = src[at + 106 + (l >> 4)] >> (l >> 1 & 4) & 0xF;
                int point = src[at + 2 + l] & 0xFF | (src[at + 66 + (l >> 3)] >> (l & 7) & 1) << 8;
                int signs = src[at + 74 + (l >> 1)];
                Codebook.scaled(Codebook.IQ3_S, point, 4, d * (1 + 2 * scale), signs, 4 * (l & 1), dst, y + 4 * l);
            }
        }
    }
}
