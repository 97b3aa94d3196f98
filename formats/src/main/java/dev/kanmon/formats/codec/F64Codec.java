package dev.kanmon.formats.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** IEEE 754 binary64; decoding rounds to the nearest float, encoding is exact. */
enum F64Codec implements TensorEncoder {
    INSTANCE;

    private static final ValueLayout.OfDouble LAYOUT =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public void decode(MemorySegment data, long firstElement, int count, float[] dst, int dstPos) {
        var chunk = new double[Math.min(count, CHUNK)];
        for (int done = 0; done < count; done += chunk.length) {
            int n = Math.min(chunk.length, count - done);
            MemorySegment.copy(data, LAYOUT, (firstElement + done) * Double.BYTES, chunk, 0, n);
            for (int i = 0; i < n; i++) {
                dst[dstPos + done + i] = (float) chunk[i];
            }
        }
    }

    @Override
    public void encode(float[] src, int srcPos, int count, byte[] dst, int dstPos) {
        var out = ByteBuffer.wrap(dst).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            out.putDouble(dstPos + i * Double.BYTES, src[srcPos + i]);
        }
    }
}
