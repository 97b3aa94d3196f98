package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's IQ1_M: the lower bytes of 32 points of the {@link Codebook}, for each a nibble with three more bits and the
 * sign of its shift, then four words, each with four 3-bit scales for 16 elements and, at the top, a quarter of an F16
 * factor {@code d}. An element is {@code d · (2 · scale + 1) · (point ± ⅛)}.
 */
final class Iq1MCodec extends BlockCodec {
    static final Iq1MCodec INSTANCE = new Iq1MCodec();

    private static final int BLOCK = 256;
    private static final int BYTES = 56;

    private Iq1MCodec() {
        super(DType.IQ1_M);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            int at = b * BYTES;
            int y = dstPos + b * BLOCK;
            float d = factor(src, at + 48);
            for (int l = 0; l < 32; l++) {
                int word = u16(src, at + 48 + 2 * (l >> 3));
                float scale = d * (2 * (word >> 3 * (l >> 1 & 3) & 7) + 1);
                int high = src[at + 32 + (l >> 1)] >> 4 * (l & 1) & 0xF;
                float shift = (high & 8) == 0 ? Iq1SCodec.SHIFT : -Iq1SCodec.SHIFT;
                int point = 8 * (src[at + l] & 0xFF | (high & 7) << 8);
                for (int i = 0; i < 8; i++) {
                    dst[y + 8 * l + i] = scale * (Codebook.IQ1[point + i] + shift);
                }
            }
        }
    }

    private static float factor(byte[] src, int at) {
        int bits = 0;
        for (int i = 0; i < 4; i++) {
            bits |= u16(src, at + 2 * i) >> 12 << 4 * i;
        }
        return Float.float16ToFloat((short) bits);
    }
}
