package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's MXFP4: a byte with the exponent of a power of two, then 16 bytes of E2M1 codes in the order of Q4_0. The
 * exponent 255, NaN in the OCP format, is 2<sup>128</sup> here as in ggml: <a
 * href="https://github.com/ggml-org/ggml/blob/d99724f2b141fed9e1a9f402213506c081433465/src/ggml-impl.h#L477">{@code
 * ggml_e8m0_to_fp32_half}</a>.
 */
final class Mxfp4Codec extends BlockCodec {
    static final Mxfp4Codec INSTANCE = new Mxfp4Codec();

    private static final int BLOCK = 32;
    private static final int BYTES = 17;

    private Mxfp4Codec() {
        super(DType.MXFP4);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            // Half of 2^(e-127), since the codes are doubled.
            float d = Math.scalb(1f, (src[b * BYTES] & 0xFF) - 128);
            int q = b * BYTES + 1;
            int y = dstPos + b * BLOCK;
            for (int i = 0; i < 16; i++) {
                dst[y + i] = d * F4Codec.DOUBLED[src[q + i] & 0xF];
                dst[y + i + 16] = d * F4Codec.DOUBLED[src[q + i] >> 4 & 0xF];
            }
        }
    }
}
