package dev.kanmon.kernels.common;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The floats that an operand covers: rows of {@code columns} at a distance of {@code stride}.
 *
 * @param array what {@code start} is counted in; null for memory outside the heap, counted from address 0
 * @param start the first float
 */
record Operand(String name, Object array, long start, long rows, long columns, long stride) {

    /** @throws IllegalArgumentException if the segment is of another kind of memory, misaligned or too small */
    static Operand of(
            Checks kind, String operation, String name, MemorySegment segment, long rows, long columns, long stride) {
        Objects.requireNonNull(segment, name);
        Object array = segment.heapBase().orElse(null);
        boolean expected =
                switch (kind) {
                    // a read-only segment hides its array
                    case HEAP -> array instanceof float[];
                    // the address would be used whatever became of the memory
                    case NATIVE ->
                        segment.isNative()
                                && !segment.isReadOnly()
                                && segment.scope().isAlive()
                                && segment.isAccessibleBy(Thread.currentThread());
                };
        if (!expected || segment.address() % Float.BYTES != 0) {
            throw new IllegalArgumentException(operation + ": " + name + " is " + segment + ", expected a "
                    + (kind == Checks.NATIVE ? "native, writable " : "")
                    + "segment of these kernels' allocate, or a slice of one at a multiple of 4 bytes");
        }
        var operand = new Operand(name, array, segment.address() / Float.BYTES, rows, columns, stride);
        // factors are ints or smaller than 2^32 times an int: the sum stays below 2^63
        long needed = operand.isEmpty() ? 0 : operand.end() - operand.start();
        long held = segment.byteSize() / Float.BYTES;
        if (held < needed) {
            throw new IllegalArgumentException(operation + ": " + name + " holds " + held + " floats, expected "
                    + needed + " or more for " + rows + " x " + columns + " with row stride " + stride);
        }
        return operand;
    }

    boolean isEmpty() {
        return rows == 0 || columns == 0;
    }

    long end() {
        return start + (rows - 1) * stride + columns;
    }

    /** @throws IllegalArgumentException if an element belongs to both, unless they begin and go on alike */
    static void sameOrApart(String operation, Operand p, Operand q) {
        if (p.start() != q.start() || p.array() != q.array() || p.stride() != q.stride()) {
            apart(operation, p, q);
        }
    }

    /** @throws IllegalArgumentException if an element belongs to both */
    static void apart(String operation, Operand p, Operand q) {
        if (p.array() != q.array() || p.isEmpty() || q.isEmpty() || p.end() <= q.start() || q.end() <= p.start()) {
            return;
        }
        if (p.stride() == q.stride() && p.stride() > 0) {
            // column ranges side by side in one wider matrix
            long shift = Math.floorMod(q.start() - p.start(), p.stride());
            if (shift >= p.columns() && shift + q.columns() <= p.stride()) {
                return;
            }
        }
        throw new IllegalArgumentException(
                operation + ": " + p.name() + " and " + q.name() + " overlap, expected them apart");
    }
}
