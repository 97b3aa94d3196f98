package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's Q5_0: F16 scale {@code d}, 32 bits with the fifth bit of each level, then the lower four as in Q4_0; an
 * element is {@code d · (q - 16)}. Encoding is gguf-py's, bit for bit.
 */
final class Q50Codec extends BlockCodec implements TensorEncoder {
    static final Q50Codec INSTANCE = new Q50Codec();

    private static final int BLOCK = 32;
    private static final int BYTES = 22;
    private static final int ZERO = 16;

    private Q50Codec() {
        super(DType.Q5_0);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            float d = half(src, b * BYTES);
            int fifth = i32(src, b * BYTES + 2);
            int q = b * BYTES + 6;
            int y = dstPos + b * BLOCK;
            for (int i = 0; i < 16; i++) {
                dst[y + i] = d * ((src[q + i] & 0xF | (fifth >> i & 1) << 4) - ZERO);
                dst[y + i + 16] = d * ((src[q + i] >> 4 & 0xF | (fifth >> i + 16 & 1) << 4) - ZERO);
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
        int fifth = 0;
        for (int i = 0; i < 16; i++) {
            int low = Levels.around(ZERO, src[at + i], inverse);
            int high = Levels.around(ZERO, src[at + i + 16], inverse);
            dst[dstPos + 6 + i] = (byte) (low & 0xF | high << 4);
            fifth |= low >> 4 << i | high >> 4 << i + 16;
        }
        putI32(fifth, dst, dstPos + 2);
    }
}
