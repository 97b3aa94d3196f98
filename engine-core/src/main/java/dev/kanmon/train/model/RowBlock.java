package dev.kanmon.train.model;

import java.lang.foreign.MemorySegment;

/**
 * Rows that one worker carries through a layer.
 *
 * @param index of the block among those of a pass; sums over its rows go where no other block's go
 * @param from first row
 * @param rows how many
 * @param worker whose own buffers to use
 */
record RowBlock(int index, int from, int rows, int worker) {

    /** This block's rows of a matrix. */
    MemorySegment of(MemorySegment matrix, int columns) {
        return Matrices.from(matrix, from, columns);
    }

    long count(int columns) {
        return (long) rows * columns;
    }
}
