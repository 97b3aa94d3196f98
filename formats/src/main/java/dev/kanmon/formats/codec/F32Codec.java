package dev.kanmon.formats.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** IEEE 754 binary32: copied, bits unchanged. */
enum F32Codec implements TensorEncoder {
    INSTANCE;

    private static final ValueLayout.OfFloat LAYOUT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public void decode(MemorySegment data, long firstElement, int count, float[] dst, int dstPos) {
        MemorySegment.copy(data, LAYOUT, firstElement * Float.BYTES, dst, dstPos, count);
    }

    @Override
    public void encode(float[] src, int srcPos, int count, byte[] dst, int dstPos) {
        ByteBuffer.wrap(dst, dstPos, count * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .put(src, srcPos, count);
    }
}
