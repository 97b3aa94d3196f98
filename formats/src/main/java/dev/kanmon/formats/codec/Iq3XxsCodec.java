package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's IQ3_XXS: F16 factor {@code d}, 64 points of the {@link Codebook} by bytes, then for each eight of them a word
 * with signs (7 bits for each two) and a 4-bit scale. An element is {@code d · (scale + ½) · ½ · point}.
 */
final class Iq3XxsCodec extends BlockCodec {
    static final Iq3XxsCodec INSTANCE = new Iq3XxsCodec();

    private static final int BLOCK = 256;
    private static final int BYTES = 98;

    private Iq3XxsCodec() {
        super(DType.IQ3_XXS);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            int at = b * BYTES;
            int y = dstPos + b * BLOCK;
            float d = half(src, at);
            for (int l = 0; l < 64; l++) {
                int word = i32(src, at + 66 + 4 * (l >> 3));
                float scale = d * (0.5f + (word >>> 28)) * 0.5f;
                int signs = Codebook.signs(word >> 7 * (l >> 1 & 3) & 0x7F);
                int point = src[at + 2 + l] & 0xFF;
                Codebook.scaled(Codebook.IQ3_XXS, point, 4, scale, signs, 4 * (l & 1), dst, y + 4 * l);
            }
        }
    }
}
