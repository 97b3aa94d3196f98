package dev.kanmon.engine.encoder;

import java.lang.foreign.MemorySegment;

/** Row arithmetic on f32 segments: every matrix of the encoder is row-major. */
final class Rows {

    private Rows() {}

    /** The part of {@code matrix} that starts at row {@code row}, for rows of {@code columns} numbers. */
    static MemorySegment from(MemorySegment matrix, long row, int columns) {
        return matrix.asSlice(row * columns * Float.BYTES);
    }

    /** The part of {@code matrix} that starts {@code floats} numbers after its start. */
    static MemorySegment skip(MemorySegment matrix, long floats) {
        return matrix.asSlice(floats * Float.BYTES);
    }
}
