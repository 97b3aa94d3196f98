package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/** ggml's Q5_1: F16 scale {@code d} and minimum {@code m}, levels as in Q5_0; an element is {@code d · q + m}. Encoding is gguf-py's, bit for bit. */
final class Q51Codec extends BlockCodec implements TensorEncoder {
    static final Q51Codec INSTANCE = new Q51Codec();

    private static final int BLOCK = 32;
    private static final int BYTES = 24;
    private static final int MOST = 31;

    private Q51Codec() {
        super(DType.Q5_1);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            float d = half(src, b * BYTES);
            float m = half(src, b * BYTES + 2);
            int fifth = i32(src, b * BYTES + 4);
            int q = b * BYTES + 8;
            int y = dstPos + b * BLOCK;
            for (int i = 0; i < 16; i++) {
                dst[y + i] = d * (src[q + i] & 0xF | (fifth >> i & 1) << 4) + m;
                dst[y + i + 16] = d * (src[q + i] >> 4 & 0xF | (fifth >> i + 16 & 1) << 4) + m;
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
        float m = Levels.least(src, at, BLOCK);
        float d = (Levels.most(src, at, BLOCK) - m) / MOST;
        float inverse = Levels.inverse(d);
        putHalf(d, dst, dstPos);
        putHalf(m, dst, dstPos + 2);
        int fifth = 0;
        for (int i = 0; i < 16; i++) {
            int low = Levels.above(m, src[at + i], inverse, MOST);
            int high = Levels.above(m, src[at + i + 16], inverse, MOST);
            dst[dstPos + 8 + i] = (byte) (low & 0xF | high << 4);
            fifth |= low >> 4 << i | high >> 4 << i + 16;
        }
        putI32(fifth, dst, dstPos + 4);
    }
}
