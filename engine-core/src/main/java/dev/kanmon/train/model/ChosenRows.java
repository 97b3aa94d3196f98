package dev.kanmon.train.model;

import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * The rows that the head looks at, one of each sequence, laid one below the other: behind its attention, the last layer
 * need not be computed for any others, and the gradient is zero there.
 */
final class ChosenRows {

    private final Buffer context;
    private final Buffer hidden;
    private final Buffer out;
    private final Buffer gradient;
    private final Buffer aside;
    private int[] rows;

    ChosenRows(Kernels kernels) {
        context = new Buffer(kernels);
        hidden = new Buffer(kernels);
        out = new Buffer(kernels);
        gradient = new Buffer(kernels);
        aside = new Buffer(kernels);
    }

    /** Begins a pass whose head looks at these rows of the batch. */
    void choose(int[] chosen) {
        rows = chosen;
    }

    /** Copies them from what is (tokens, columns). */
    private MemorySegment gather(MemorySegment all, int columns, Buffer to) {
        MemorySegment few = to.floats((long) rows.length * columns);
        for (int i = 0; i < rows.length; i++) {
            Matrices.copy(Matrices.from(all, rows[i], columns), Matrices.from(few, i, columns), columns);
        }
        return few;
    }

    /** Their part of attention's context. */
    MemorySegment context(MemorySegment all, int columns) {
        return gather(all, columns, context);
    }

    /** Their part of the last layer's input. */
    MemorySegment hidden(MemorySegment all, int columns) {
        return gather(all, columns, hidden);
    }

    /** What {@link #context(MemorySegment, int)} gathered. */
    MemorySegment context() {
        return context.get();
    }

    /** Where the last hidden states of these rows go. */
    MemorySegment out(int columns) {
        return out.floats((long) rows.length * columns);
    }

    /** The gradient of the same. */
    MemorySegment gradient(int columns) {
        return gradient.floats((long) rows.length * columns);
    }

    /** A copy of {@code few}, which lies where the rows of all will. */
    MemorySegment aside(MemorySegment few, int columns) {
        MemorySegment copy = aside.floats((long) rows.length * columns);
        Matrices.copy(few, copy, (long) rows.length * columns);
        return copy;
    }

    /** Copies {@code few} to their rows of {@code all}, (tokens, columns), and zeros to the others. */
    void scatter(MemorySegment few, MemorySegment all, int tokens, int columns) {
        Matrices.clear(all, (long) tokens * columns);
        for (int i = 0; i < rows.length; i++) {
            Matrices.copy(Matrices.from(few, i, columns), Matrices.from(all, rows[i], columns), columns);
        }
    }
}
