package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/** ggml's Q4_1: F16 scale {@code d} and minimum {@code m}, levels as in Q4_0; an element is {@code d · q + m}. Encoding is gguf-py's, bit for bit. */
final class Q41Codec extends BlockCodec implements TensorEncoder {
    static final Q41Codec INSTANCE = new Q41Codec();

    private static final int BLOCK = 32;
    private static final int BYTES = 20;
    private static final int MOST = 15;

    private Q41Codec() {
        super(DType.Q4_1);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            float d = half(src, b * BYTES);
            float m = half(src, b * BYTES + 2);
            int q = b * BYTES + 4;
            int y = dstPos + b * BLOCK;
            for (int i = 0; i < 16; i++) {
                dst[y + i] = d * (src[q + i] & 0xF) + m;
                dst[y + i + 16] = d * (src[q + i] >> 4 & 0xF) + m;
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
        for (int i = 0; i < 16; i++) {
            int low = Levels.above(m, src[at + i], inverse, MOST);
            int high = Levels.above(m, src[at + i + 16], inverse, MOST);
            dst[dstPos + 4 + i] = (byte) (low | high << 4);
        }
    }
}
