package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/** ggml's TQ2_0: 2-bit levels {@code q} in the order of Q2_K, then an F16 scale; an element is {@code d · (q - 1)}. */
final class Tq2Codec extends BlockCodec {
    static final Tq2Codec INSTANCE = new Tq2Codec();

    private static final int BLOCK = 256;
    private static final int BYTES = 66;
    private static final int RUN = 32;

    private Tq2Codec() {
        super(DType.TQ2_0);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            float d = half(src, b * BYTES + 64);
            for (int g = 0; g < BLOCK / RUN; g++) {
                int q = b * BYTES + (g >> 2) * RUN;
                int shift = 2 * (g & 3);
                int y = dstPos + b * BLOCK + g * RUN;
                for (int i = 0; i < RUN; i++) {
                    dst[y + i] = d * ((src[q + i] >> shift & 3) - 1);
                }
            }
        }
    }
}
