package dev.kanmon.engine.weights;

import dev.kanmon.formats.TensorView;
import java.lang.foreign.MemorySegment;

/** Rows that are looked up by number. Immutable. */
public sealed interface EmbeddingTable {

    /** Number of rows. */
    int rows();

    /** Numbers in a row. */
    int columns();

    /**
     * Copies rows that stand in a row of the table, too, as f32.
     *
     * @param first the first
     * @param count how many
     * @param to overwritten from its beginning on
     * @throws IllegalArgumentException if there are no such rows
     */
    void copy(int first, int count, MemorySegment to);

    /**
     * The same rows where they lie, if they lie in the kernels' memory already; else a copy of them.
     *
     * @param spare room for the copy
     * @return at least {@code count} rows; not to be written to
     */
    default MemorySegment rows(int first, int count, MemorySegment spare) {
        copy(first, count, spare);
        return spare;
    }

    /** Rows that stay in the mapped file as they are stored, and become f32 when they are read. */
    record InFile(TensorView view, int rows, int columns) implements EmbeddingTable {
        @Override
        public void copy(int first, int count, MemorySegment to) {
            checkRows(view.info().name(), first, count, rows);
            Floats.read(view, (long) first * columns, count * columns, to);
        }
    }

    /**
     * Rows in the kernels' memory.
     *
     * @param values (rows, columns)
     */
    record InMemory(String name, MemorySegment values, int rows, int columns) implements EmbeddingTable {
        @Override
        public void copy(int first, int count, MemorySegment to) {
            checkRows(name, first, count, rows);
            MemorySegment.copy(values, rowBytes(first), to, 0, rowBytes(count));
        }

        @Override
        public MemorySegment rows(int first, int count, MemorySegment spare) {
            checkRows(name, first, count, rows);
            return values.asSlice(rowBytes(first));
        }

        private long rowBytes(int row) {
            return (long) row * columns * Float.BYTES;
        }
    }

    private static void checkRows(String name, int first, int count, int rows) {
        if (first < 0 || count < 0 || count > rows - first) {
            throw new IllegalArgumentException("tensor \"" + name + "\": row "
                    + (first < 0 ? first : (long) first + count - 1) + " was asked for, it has " + rows);
        }
    }
}
