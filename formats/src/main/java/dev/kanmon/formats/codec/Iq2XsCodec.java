package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's IQ2_XS: F16 factor {@code d}, 32 words of 16 bits, each a point of the {@link Codebook} (9 bits) and its
 * signs (7 bits), then a 4-bit scale for each two of them. An element is {@code d · (scale + ½) · ¼ · point}.
 */
final class Iq2XsCodec extends BlockCodec {
    static final Iq2XsCodec INSTANCE = new Iq2XsCodec();

    private static final int BLOCK = 256;
    private static final int BYTES = 74;

    private Iq2XsCodec() {
        super(DType.IQ2_XS);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            int at = b * BYTES;
            int y = dstPos + b * BLOCK;
            float d = half(src, at);
            for (int l = 0; l < 32; l++) {
                int scale = src[at + 66 + (l >> 2)] >> 2 * (l & 2) & 0xF;
                int word = u16(src, at + 2 + 2 * l);
                int signs = Codebook.signs(word >> 9);
                Codebook.scaled(Codebook.IQ2_XS, word & 0x1FF, 8, d * (0.5f + scale) * 0.25f, signs, 0, dst, y + 8 * l);
            }
        }
    }
}
