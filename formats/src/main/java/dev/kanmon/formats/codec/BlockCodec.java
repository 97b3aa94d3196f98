package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A type that stores elements in blocks: reads any range, and asks its subclass for whole blocks only.
 *
 * <p>A subclass is one loop over blocks with loops of fixed length inside, over a byte array: no call for an
 * element, nothing allocated. Layouts are those of the {@code block_…} structures of ggml (<a
 * href="https://github.com/ggml-org/ggml/blob/d99724f2b141fed9e1a9f402213506c081433465/src/ggml-common.h#L179">ggml-common.h</a>);
 * the arithmetic has the order of its {@code dequantize_row_…} functions, each operation rounded to float, which
 * decides the last bit (<a
 * href="https://github.com/ggml-org/ggml/blob/d99724f2b141fed9e1a9f402213506c081433465/src/ggml-quants.c#L419">ggml-quants.c</a>).
 */
abstract class BlockCodec implements TensorCodec {
    private final DType type;

    BlockCodec(DType type) {
        this.type = type;
    }

    /**
     * Decodes blocks that lie one after another.
     *
     * @param src has the first block at 0
     * @param dst receives {@code blocks * blockSize} floats from {@code dstPos} on
     */
    abstract void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos);

    @Override
    public final void decode(MemorySegment data, long firstElement, int count, float[] dst, int dstPos) {
        int size = type.blockSize();
        long block = firstElement / size;
        int skip = (int) (firstElement % size);
        int done = 0;
        if (skip > 0) {
            done = Math.min(size - skip, count);
            decodePart(data, block++, skip, done, dst, dstPos);
        }
        int whole = (count - done) / size;
        if (whole > 0) {
            int bytes = type.blockBytes();
            var chunk = new byte[Math.min(whole, CHUNK / size) * bytes];
            while (whole > 0) {
                int blocks = Math.min(whole, CHUNK / size);
                MemorySegment.copy(data, ValueLayout.JAVA_BYTE, block * bytes, chunk, 0, blocks * bytes);
                decodeBlocks(chunk, blocks, dst, dstPos + done);
                block += blocks;
                whole -= blocks;
                done += blocks * size;
            }
        }
        if (done < count) {
            decodePart(data, block, 0, count - done, dst, dstPos + done);
        }
    }

    private void decodePart(MemorySegment data, long block, int skip, int n, float[] dst, int dstPos) {
        var bytes = new byte[type.blockBytes()];
        MemorySegment.copy(data, ValueLayout.JAVA_BYTE, block * bytes.length, bytes, 0, bytes.length);
        var floats = new float[type.blockSize()];
        decodeBlocks(bytes, 1, floats, 0);
        System.arraycopy(floats, skip, dst, dstPos, n);
    }

    static int u16(byte[] src, int at) {
        return src[at] & 0xFF | (src[at + 1] & 0xFF) << 8;
    }

    static int i32(byte[] src, int at) {
        return u16(src, at) | u16(src, at + 2) << 16;
    }

    /** A binary16. */
    static float half(byte[] src, int at) {
        return Float.float16ToFloat((short) u16(src, at));
    }

    /**
     * Stores a scale as a binary16.
     *
     * @return what a reader will find
     * @throws IllegalArgumentException if it is infinite there; the block would be read as infinities and NaN
     */
    final float putHalf(float scale, byte[] dst, int at) {
        short bits = Float.floatToFloat16(scale);
        float stored = Float.float16ToFloat(bits);
        if (!Float.isFinite(stored)) {
            throw new IllegalArgumentException(
                    "a block with the scale " + scale + " cannot be stored as " + type + ", expected at most 65504");
        }
        dst[at] = (byte) bits;
        dst[at + 1] = (byte) (bits >> 8);
        return stored;
    }

    static void putI32(int bits, byte[] dst, int at) {
        for (int i = 0; i < Integer.BYTES; i++) {
            dst[at + i] = (byte) (bits >> 8 * i);
        }
    }

    /** Refuses NaN and infinities, for which a block has no room. */
    final void requireFinite(float[] src, int from, int count) {
        for (int i = from; i < from + count; i++) {
            if (!Float.isFinite(src[i])) {
                throw new IllegalArgumentException(
                        "the value " + src[i] + " cannot be stored as " + type + ", expected finite values");
            }
        }
    }
}
