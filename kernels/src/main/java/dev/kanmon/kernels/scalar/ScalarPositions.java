package dev.kanmon.kernels.scalar;

import dev.kanmon.kernels.Operands;
import dev.kanmon.kernels.PackedPositions;
import dev.kanmon.kernels.RelativePositions;
import dev.kanmon.kernels.common.Heap;
import java.lang.foreign.MemorySegment;

/** Tables in the order that they came in: plain loops gain nothing from another. */
record ScalarPositions(RelativePositions.Disentangled terms, int heads, int headDim, Operands operands)
        implements PackedPositions {

    /** Copies the columns of the heads. */
    static ScalarPositions pack(RelativePositions.Disentangled terms, int heads, int headDim, Operands operands) {
        int width = heads * headDim;
        var copies = new RelativePositions.Disentangled(
                copy(terms.keys(), terms, width),
                copy(terms.queries(), terms, width),
                width,
                terms.rows(),
                terms.buckets());
        return new ScalarPositions(copies, heads, headDim, operands);
    }

    private static MemorySegment copy(MemorySegment table, RelativePositions.Disentangled terms, int width) {
        if (table == null) {
            return null;
        }
        var copy = Heap.allocate((long) terms.rows() * width);
        long bytes = (long) width * Float.BYTES;
        for (int row = 0; row < terms.rows() && bytes > 0; row++) {
            MemorySegment.copy(table, (long) row * terms.stride() * Float.BYTES, copy, row * bytes, bytes);
        }
        return copy;
    }

    @Override
    public int reach() {
        return terms.reach();
    }

    @Override
    public long bytes() {
        return bytes(terms.keys()) + bytes(terms.queries());
    }

    private static long bytes(MemorySegment table) {
        return table == null ? 0 : table.byteSize();
    }
}
