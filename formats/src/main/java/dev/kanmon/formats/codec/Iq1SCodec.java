package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's IQ1_S: F16 factor {@code d}, the lower bytes of 32 points of the {@link Codebook}, then for each four of them
 * a word with three more bits of each, a 3-bit scale and the sign of a shift. An element is {@code d · (2 · scale +
 * 1) · (point ± ⅛)}.
 */
final class Iq1SCodec extends BlockCodec {
    static final Iq1SCodec INSTANCE = new Iq1SCodec();

    private static final int BLOCK = 256;
    private static final int BYTES = 50;

    static final float SHIFT = 0.125f;

    private Iq1SCodec() {
        super(DType.IQ1_S);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            int at = b * BYTES;
            int y = dstPos + b * BLOCK;
            float d = half(src, at);
            for (int l = 0; l < 32; l++) {
                int word = u16(src, at + 34 + 2 * (l >> 2));
                float scale = d * (2 * (word >> 12 & 7) + 1);
                float shift = (word & 0x8000) == 0 ? SHIFT : -SHIFT;
                int point = 8 * (src[at + 2 + l] & 0xFF | (word >> 3 * (l & 3) & 7) << 8);
                for (int i = 0; i < 8; i++) {
                    dst[y + 8 * l + i] = scale * (Codebook.IQ1[point + i] + shift);
                }
            }
        }
    }
}
