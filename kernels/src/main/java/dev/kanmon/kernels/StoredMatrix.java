package dev.kanmon.kernels;

import dev.kanmon.kernels.common.PanelLayout;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A weight (n, k) as bytes in an order that every sibling understands: made once, written to a file and mapped again.
 * {@link Kernels#pack(StoredMatrix, Pieces)} computes on them as they lie, or brings them into its own order.
 *
 * <p>The order is {@value #LAYOUT}. Outputs stand in panels of 64, the last one filled up with outputs of zeros. A panel
 * is a row of steps, and a step is four bytes of each of its outputs side by side: four INT8, two BF16 or one F32 of
 * neighbouring inputs, the last step filled up with zeros. So the four bytes from input i of output j on, i being the
 * first of its step, are number {@code (j / 64 · steps + i / inputs of a step) · 64 + j mod 64}. INT8 has behind the last
 * panel an f32 for each output, filled up likewise: its scale; and behind these an i32 for each: the sum of its bytes.
 * Numbers are little-endian.
 *
 * @param type how the elements are kept
 * @param n outputs, at least 0
 * @param k inputs, at least 0
 * @param bytes not copied: must stay valid and as they are while a matrix made of them is used. What they say is not
 *     checked; whatever it is, it gives numbers and does no other harm
 */
public record StoredMatrix(WeightType type, int n, int k, MemorySegment bytes) {

    /** Name of the order; another order will have another name. */
    public static final String LAYOUT = "panels-64x4";

    /** Where the bytes should begin, so that they need not be copied: at a multiple of as many bytes. */
    public static final int ALIGNMENT = 64;

    /**
     * Checks sizes.
     *
     * @throws IllegalArgumentException if a size is negative or too large, or there are more or fewer bytes than
     *     {@link #byteSize}
     */
    public StoredMatrix {
        Objects.requireNonNull(bytes, "bytes");
        long expected = byteSize(type, n, k);
        if (bytes.byteSize() != expected) {
            throw new IllegalArgumentException("stored matrix: found " + bytes.byteSize() + " bytes, expected "
                    + expected + " for " + type + " " + n + " x " + k);
        }
    }

    /**
     * Bytes of a weight in this order.
     *
     * @throws IllegalArgumentException if a size is negative or too large
     */
    public static long byteSize(WeightType type, int n, int k) {
        return PanelLayout.byteSize(type, n, k);
    }

    /**
     * Brings a weight into this order.
     *
     * @param rows as {@link Kernels#pack(WeightType, int, int, RowSource, Pieces)} has them
     * @param pieces the threads to do it on; the result does not depend on them
     * @param to {@link #byteSize} bytes, overwritten; they become those of the result
     * @throws IllegalArgumentException if a size is not as said, or if {@code type} is INT8 and a weight is NaN or infinite
     */
    public static StoredMatrix of(WeightType type, int n, int k, RowSource rows, Pieces pieces, MemorySegment to) {
        StoredMatrix stored = new StoredMatrix(type, n, k, to);
        PanelLayout.pack(type, n, k, rows, pieces, to);
        return stored;
    }

    /**
     * Writes rows of the weight, after rounding to {@link #type}: a {@link RowSource}.
     *
     * @throws IndexOutOfBoundsException if there are no such rows, or {@code dst} has no room for them
     */
    public void read(int firstRow, int rowCount, float[] dst, int dstPos) {
        Objects.checkFromIndexSize(firstRow, rowCount, n);
        Objects.checkFromIndexSize((long) dstPos, (long) rowCount * k, dst.length);
        PanelLayout.read(this, firstRow, rowCount, dst, dstPos, true);
    }
}
