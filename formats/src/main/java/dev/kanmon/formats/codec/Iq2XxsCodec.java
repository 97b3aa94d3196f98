package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's IQ2_XXS: F16 factor {@code d}, then for each 32 elements four points of the {@link Codebook} by bytes and a
 * word with their signs (7 bits each) and a 4-bit scale. An element is {@code d · (scale + ½) · ¼ · point}.
 */
final class Iq2XxsCodec extends BlockCodec {
    static final Iq2XxsCodec INSTANCE = new Iq2XxsCodec();

    private static final int BLOCK = 256;
    private static final int BYTES = 66;

    private Iq2XxsCodec() {
        super(DType.IQ2_XXS);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            int at = b * BYTES;
            int y = dstPos + b * BLOCK;
            float d = half(src, at);
            for (int g = 0; g < 8; g++) {
                int points = at + 2 + 8 * g;
                int word = i32(src, points + 4);
                float scale = d * (0.5f + (word >>> 28)) * 0.25f;
                for (int l = 0; l < 4; l++) {
                    int signs = Codebook.signs(word >> 7 * l & 0x7F);
                    int point = src[points + l] & 0xFF;
                    Codebook.scaled(Codebook.IQ2_XXS, point, 8, scale, signs, 0, dst, y + 32 * g + 8 * l);
                }
            }
        }
    }
}
