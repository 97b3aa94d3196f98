package dev.kanmon.train.model;

import java.lang.foreign.MemorySegment;

/** Row arithmetic on f32 segments. */
final class Matrices {

    private Matrices() {}

    /** The part of {@code matrix} that starts at row {@code row}, for rows of {@code columns} numbers. */
    static MemorySegment from(MemorySegment matrix, long row, int columns) {
        return matrix.asSlice(row * columns * Float.BYTES);
    }

    /** The part of {@code matrix} that starts {@code floats} numbers after its start. */
    static MemorySegment skip(MemorySegment matrix, long floats) {
        return matrix.asSlice(floats * Float.BYTES);
    }

    /** {@code count} numbers of {@code matrix} from {@code floats} on. */
    static MemorySegment part(MemorySegment matrix, long floats, long count) {
        return matrix.asSlice(floats * Float.BYTES, count * Float.BYTES);
    }

    /** Copies {@code count} numbers, both from the start. */
    static void copy(MemorySegment from, MemorySegment to, long count) {
        MemorySegment.copy(from, 0, to, 0, count * Float.BYTES);
    }

    /** Sets the first {@code count} numbers to zero. */
    static void clear(MemorySegment matrix, long count) {
        matrix.asSlice(0, count * Float.BYTES).fill((byte) 0);
    }
}
