package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's IQ4_XS: F16 factor {@code d}, eight 6-bit scales (the upper two bits of all in a word, the lower four in
 * bytes), then for each 32 elements 16 bytes as in IQ4_NL. An element is {@code d · (scale - 32) · level}.
 */
final class Iq4XsCodec extends BlockCodec {
    static final Iq4XsCodec INSTANCE = new Iq4XsCodec();

    private static final int BLOCK = 256;
    private static final int BYTES = 136;

    private Iq4XsCodec() {
        super(DType.IQ4_XS);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            int at = b * BYTES;
            int y = dstPos + b * BLOCK;
            float d = half(src, at);
            for (int g = 0; g < 8; g++) {
                int low = src[at + 4 + (g >> 1)] >> 4 * (g & 1) & 0xF;
                int high = u16(src, at + 2) >> 2 * g & 3;
                float scale = d * ((low | high << 4) - 32);
                int q = at + 8 + 16 * g;
                for (int i = 0; i < 16; i++) {
                    dst[y + 32 * g + i] = scale * Iq4NlCodec.LEVELS[src[q + i] & 0xF];
                    dst[y + 32 * g + i + 16] = scale * Iq4NlCodec.LEVELS[src[q + i] >> 4 & 0xF];
                }
            }
        }
    }
}
