package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's NVFP4: four scales, each an E4M3 whose sign is ignored and of which 0x7F is 0, then for each 16 elements 8
 * bytes of E2M1 codes, elements 0 to 7 in the lower halves. The scales: <a
 * href="https://github.com/ggml-org/ggml/blob/d99724f2b141fed9e1a9f402213506c081433465/src/ggml-impl.h#L502">{@code
 * ggml_ue4m3_to_fp32}</a>.
 */
final class Nvfp4Codec extends BlockCodec {
    static final Nvfp4Codec INSTANCE = new Nvfp4Codec();

    private static final int BLOCK = 64;
    private static final int BYTES = 36;
    private static final int GROUP = 16;
    private static final float[] HALF_SCALES = halfScales();

    private Nvfp4Codec() {
        super(DType.NVFP4);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            for (int g = 0; g < BLOCK / GROUP; g++) {
                float d = HALF_SCALES[src[b * BYTES + g] & 0xFF];
                int q = b * BYTES + 4 + g * GROUP / 2;
                int y = dstPos + b * BLOCK + g * GROUP;
                for (int i = 0; i < GROUP / 2; i++) {
                    dst[y + i] = d * F4Codec.DOUBLED[src[q + i] & 0xF];
                    dst[y + i + GROUP / 2] = d * F4Codec.DOUBLED[src[q + i] >> 4 & 0xF];
                }
            }
        }
    }

    private static float[] halfScales() {
        var halves = new float[256];
        for (int bits = 0; bits < halves.length; bits++) {
            // Half of the scale, since the codes are doubled.
            halves[bits] = bits == 0x7F ? 0 : (float) F8Codec.value(bits & 0x7F, 3, 7) / 2;
        }
        return halves;
    }
}
