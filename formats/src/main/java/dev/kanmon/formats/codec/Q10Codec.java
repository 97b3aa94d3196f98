package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/** ggml's Q1_0: F16 scale {@code d}, then a bit for each of 128 elements; 1 is {@code d}, 0 is {@code -d}. */
final class Q10Codec extends BlockCodec {
    static final Q10Codec INSTANCE = new Q10Codec();

    private static final int BLOCK = 128;
    private static final int BYTES = 18;

    private Q10Codec() {
        super(DType.Q1_0);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            float d = half(src, b * BYTES);
            int q = b * BYTES + 2;
            int y = dstPos + b * BLOCK;
            for (int l = 0; l < BLOCK / 8; l++) {
                int signs = 8 * (src[q + l] & 0xFF);
                for (int i = 0; i < 8; i++) {
                    dst[y + 8 * l + i] = -d * Codebook.SIGNS[signs + i];
                }
            }
        }
    }
}
