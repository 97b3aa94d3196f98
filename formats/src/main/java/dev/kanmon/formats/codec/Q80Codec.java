package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's Q8_0: blocks of 32 elements, an F16 scale {@code d} followed by 32 signed bytes {@code q};
 * an element is {@code d · q}. Encoding is that of ggml, bit for bit for values whose scale is not too large for
 * F16: <a
 * href="https://github.com/ggml-org/ggml/blob/d99724f2b141fed9e1a9f402213506c081433465/src/ggml-quants.c#L276">{@code
 * quantize_row_q8_0_ref}</a>.
 */
final class Q80Codec extends BlockCodec implements TensorEncoder {
    static final Q80Codec INSTANCE = new Q80Codec();

    private static final int BLOCK = 32;
    private static final int BYTES = 34;
    private static final float LEVELS = 127;

    private Q80Codec() {
        super(DType.Q8_0);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            float d = half(src, b * BYTES);
            int q = b * BYTES + 2;
            int y = dstPos + b * BLOCK;
            for (int i = 0; i < BLOCK; i++) {
                dst[y + i] = d * src[q + i];
            }
        }
    }

    @Override
    public void encode(float[] src, int srcPos, int count, byte[] dst, int dstPos) {
        requireFinite(src, srcPos, count);
        for (int b = 0; b < count / BLOCK; b++) {
            encodeBlock(src, srcPos + b * BLOCK, dst, dstPos + b * BYTES);
        }
    }

    private void encodeBlock(float[] src, int at, byte[] dst, int dstPos) {
        float d = Math.abs(Levels.extreme(src, at, BLOCK)) / LEVELS;
        float inverse = Levels.inverse(d);
        putHalf(d, dst, dstPos);
        for (int i = 0; i < BLOCK; i++) {
            dst[dstPos + 2 + i] = (byte) round(src[at + i] * inverse);
        }
    }

    /** C's roundf: halves away from zero. In double, since 0.49999997f + 0.5f is 1 in float. */
    private static int round(float value) {
        // A subnormal d has an infinite inverse; ggml's cast is undefined there, the limit is kept here.
        int magnitude = (int) Math.min(LEVELS, Math.floor((double) Math.abs(value) + 0.5));
        return value < 0 ? -magnitude : magnitude;
    }
}
