package dev.kanmon.formats;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Tensors whose elements lie in another order than the row-major one. */
final class Strides {
    private Strides() {}

    /** Whether elements lie one after another in row-major order; strides of dimensions of size 1 say nothing. */
    static boolean rowMajor(long[] shape, long[] strides) {
        long expected = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            if (shape[i] != 1 && strides[i] != expected) {
                return false;
            }
            expected *= shape[i];
        }
        return true;
    }

    /** Whether elements lie one after another in row-major order of the dimensions in some other order. */
    static boolean transposed(long[] shape, long[] strides) {
        var order = IntStream.range(0, shape.length)
                .filter(i -> shape[i] != 1)
                .boxed()
                .sorted(Comparator.comparingLong(i -> strides[i]))
                .toList();
        long expected = 1;
        for (int i : order) {
            if (strides[i] != expected) {
                return false;
            }
            expected *= shape[i];
        }
        return true;
    }

    /**
     * The elements in row-major order.
     *
     * @param bytes the elements of a tensor of at least one element, as {@link #transposed} accepts it
     * @param size bytes of an element: 1, 2, 4 or 8
     * @return a copy
     */
    static MemorySegment toRowMajor(MemorySegment bytes, int size, long[] shape, long[] strides) {
        var out = TensorTable.allocate(bytes.byteSize());
        int rank = shape.length;
        long columns = shape[rank - 1];
        long step = strides[rank - 1] * size;
        var index = new long[rank];
        long row = 0;
        for (long to = 0; to < out.byteSize(); to += columns * size) {
            copyRow(bytes, row * size, step, out, to, columns, size);
            // The next row: count the other dimensions up, the last of them fastest.
            for (int i = rank - 2; i >= 0; i--) {
                row += strides[i];
                if (++index[i] < shape[i]) {
                    break;
                }
                row -= shape[i] * strides[i];
                index[i] = 0;
            }
        }
        return out;
    }

    private static void copyRow(
            MemorySegment in, long from, long step, MemorySegment out, long to, long columns, int size) {
        switch (size) {
            case 1 -> {
                for (long c = 0; c < columns; c++) {
                    out.set(ValueLayout.JAVA_BYTE, to + c, in.get(ValueLayout.JAVA_BYTE, from + c * step));
                }
            }
            case 2 -> {
                for (long c = 0; c < columns; c++) {
                    short element = in.get(ValueLayout.JAVA_SHORT_UNALIGNED, from + c * step);
                    out.set(ValueLayout.JAVA_SHORT_UNALIGNED, to + 2 * c, element);
                }
            }
            case 4 -> {
                for (long c = 0; c < columns; c++) {
                    int element = in.get(ValueLayout.JAVA_INT_UNALIGNED, from + c * step);
                    out.set(ValueLayout.JAVA_INT_UNALIGNED, to + 4 * c, element);
                }
            }
            case 8 -> {
                for (long c = 0; c < columns; c++) {
                    long element = in.get(ValueLayout.JAVA_LONG_UNALIGNED, from + c * step);
                    out.set(ValueLayout.JAVA_LONG_UNALIGNED, to + 8 * c, element);
                }
            }
            default -> throw new IllegalArgumentException("elements of " + size + " bytes, expected 1, 2, 4 or 8");
        }
    }
}
