package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's IQ2_S: F16 factor {@code d}, the lower bytes of 32 points of the {@link Codebook}, a byte of signs for each,
 * two more bits of each point, and a 4-bit scale for each two. An element is {@code d · (scale + ½) · ¼ · point}.
 */
final class Iq2SCodec extends BlockCodec {
    static final Iq2SCodec INSTANCE = new Iq2SCodec();

    private static final int BLOCK = 256;
    private static final int BYTES = 82;

    private Iq2SCodec() {
        super(DType.IQ2_S);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            int at = b * BYTES;
            int y = dstPos + b * BLOCK;
            float d = half(src, at);
            for (int l = 0; l < 32; l++) {
                int scale = src[at + 74 + (l >> 2)] >> 2 * (l & 2) & 0xF;
                int point = src[at + 2 + l] & 0xFF | (src[at + 66 + (l >> 2)] >> 2 * (l & 3) & 3) << 8;
                int signs = src[at + 34 + l];
                Codebook.scaled(Codebook.IQ2_S, point, 8, d * (0.5f + scale) * 0.25f, signs, 0, dst, y + 8 * l);
            }
        }
    }
}
