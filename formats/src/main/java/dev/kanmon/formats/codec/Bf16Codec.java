package dev.kanmon.formats.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The upper half of a binary32; decoding is exact, encoding rounds to nearest, ties to even. */
enum Bf16Codec implements TensorEncoder {
    INSTANCE;

    private static final ValueLayout.OfShort LAYOUT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public void decode(MemorySegment data, long firstElement, int count, float[] dst, int dstPos) {
        var chunk = new short[Math.min(count, CHUNK)];
        for (int done = 0; done < count; done += chunk.length) {
            int n = Math.min(chunk.length, count - done);
            MemorySegment.copy(data, LAYOUT, (firstElement + done) * Short.BYTES, chunk, 0, n);
            convert(chunk, n, dst, dstPos + done);
        }
    }

    private static void convert(short[] src, int n, float[] dst, int dstPos) {
        for (int i = 0; i < n; i++) {
            dst[dstPos + i] = Float.intBitsToFloat(src[i] << 16);
        }
    }

    @Override
    public void encode(float[] src, int srcPos, int count, byte[] dst, int dstPos) {
        for (int i = 0; i < count; i++) {
            int bits = toBits(src[srcPos + i]);
            dst[dstPos + 2 * i] = (byte) bits;
            dst[dstPos + 2 * i + 1] = (byte) (bits >> 8);
        }
    }

    private static int toBits(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            // Made quiet, so that a payload in the lower half alone does not become an infinity.
            return bits >>> 16 | 0x40;
        }
        // Half a unit less one, plus the lowest bit that stays: a tie goes to even. Overflow gives infinity.
        return bits + 0x7FFF + (bits >>> 16 & 1) >>> 16;
    }
}
