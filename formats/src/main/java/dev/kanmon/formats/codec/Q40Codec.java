package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's Q4_0: an F16 scale {@code d}, then 16 bytes with the levels {@code q} of elements 0 to 15 in their lower
 * halves and of 16 to 31 in the upper; an element is {@code d · (q - 8)}. Encoding is that of gguf-py's {@code
 * Q4_0.quantize_blocks}, bit for bit: the value of largest magnitude becomes the level 0, whatever its sign. The
 * same in C: <a
 * href="https://github.com/ggml-org/ggml/blob/d99724f2b141fed9e1a9f402213506c081433465/src/ggml-quants.c#L113">{@code
 * quantize_row_q4_0_ref}</a>.
 */
final class Q40Codec extends BlockCodec implements TensorEncoder {
    static final Q40Codec INSTANCE = new Q40Codec();

    private static final int BLOCK = 32;
    private static final int BYTES = 18;
    private static final int ZERO = 8;

    private Q40Codec() {
        super(DType.Q4_0);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            float d = half(src, b * BYTES);
            int q = b * BYTES + 2;
            int y = dstPos + b * BLOCK;
            for (int i = 0; i < 16; i++) {
                dst[y + i] = d * ((src[q + i] & 0xF) - ZERO);
                dst[y + i + 16] = d * ((src[q + i] >> 4 & 0xF) - ZERO);
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
        float d = Levels.extreme(src, at, BLOCK) / -ZERO;
        float inverse = Levels.inverse(d);
        putHalf(d, dst, dstPos);
        for (int i = 0; i < 16; i++) {
            int low = Levels.around(ZERO, src[at + i], inverse);
            int high = Levels.around(ZERO, src[at + i + 16], inverse);
            dst[dstPos + 2 + i] = (byte) (low | high << 4);
        }
    }
}
