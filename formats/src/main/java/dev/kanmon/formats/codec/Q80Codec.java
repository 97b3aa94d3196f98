package dev.kanmon.formats.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * ggml's Q8_0: blocks of 32 elements, an F16 scale {@code d} followed by 32 signed bytes {@code q};
 * an element is {@code d · q}. Encoding is {@code quantize_row_q8_0_ref} of ggml ({@code
 * ggml/src/ggml-quants.c}), bit for bit for finite values.
 */
enum Q80Codec implements TensorCodec {
    INSTANCE;

    private static final int BLOCK = 32;
    private static final int BYTES = 34;
    private static final int BLOCKS_IN_CHUNK = CHUNK / BLOCK;
    private static final float LEVELS = 127;

    @Override
    public void decode(MemorySegment data, long firstElement, int count, float[] dst, int dstPos) {
        long block = firstElement / BLOCK;
        int skip = (int) (firstElement % BLOCK);
        var chunk = new byte[(int) Math.min(BLOCKS_IN_CHUNK, ((long) skip + count + BLOCK - 1) / BLOCK) * BYTES];
        int done = 0;
        while (done < count) {
            int blocks = (int) Math.min(chunk.length / BYTES, ((long) skip + count - done + BLOCK - 1) / BLOCK);
            MemorySegment.copy(data, ValueLayout.JAVA_BYTE, block * BYTES, chunk, 0, blocks * BYTES);
            for (int b = 0; b < blocks; b++) {
                int n = Math.min(BLOCK - skip, count - done);
                decodeBlock(chunk, b * BYTES, skip, n, dst, dstPos + done);
                done += n;
                skip = 0;
            }
            block += blocks;
        }
    }

    private static void decodeBlock(byte[] src, int at, int skip, int n, float[] dst, int dstPos) {
        float d = Float.float16ToFloat((short) (src[at] & 0xFF | src[at + 1] << 8));
        int q = at + 2 + skip;
        for (int i = 0; i < n; i++) {
            dst[dstPos + i] = d * src[q + i];
        }
    }

    @Override
    public void encode(float[] src, int srcPos, int count, byte[] dst, int dstPos) {
        for (int b = 0; b < count / BLOCK; b++) {
            encodeBlock(src, srcPos + b * BLOCK, dst, dstPos + b * BYTES);
        }
    }

    private static void encodeBlock(float[] src, int at, byte[] dst, int dstPos) {
        float largest = 0;
        for (int i = 0; i < BLOCK; i++) {
            float magnitude = Math.abs(src[at + i]);
            if (!(magnitude <= Float.MAX_VALUE)) {
                throw new IllegalArgumentException("the value " + src[at + i] + " cannot be stored as Q8_0");
            }
            largest = Math.max(largest, magnitude);
        }
        float d = largest / LEVELS;
        float inverse = d == 0 ? 0 : 1 / d;
        short scale = Float.floatToFloat16(d);
        dst[dstPos] = (byte) scale;
        dst[dstPos + 1] = (byte) (scale >> 8);
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
