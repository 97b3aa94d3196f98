package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * OCP's E2M1 (<a href="https://www.opencompute.org/documents/ocp-microscaling-formats-mx-v1-0-spec-final-pdf">OCP
 * Microscaling Formats 1.0</a>, section 5.3.3), two elements in a byte, the first in the lower half as in
 * PyTorch's {@code torch/headeronly/util/Float4_e2m1fn_x2.h}. The scale lies in another tensor.
 */
final class F4Codec extends BlockCodec {
    static final F4Codec INSTANCE = new F4Codec();

    /** Twice the values of the 16 codes: whole numbers, which ggml multiplies by half a scale. */
    static final float[] DOUBLED = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    private static final float[] VALUES = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6};

    private F4Codec() {
        super(DType.F4);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            dst[dstPos + 2 * b] = VALUES[src[b] & 0xF];
            dst[dstPos + 2 * b + 1] = VALUES[src[b] >> 4 & 0xF];
        }
    }
}
