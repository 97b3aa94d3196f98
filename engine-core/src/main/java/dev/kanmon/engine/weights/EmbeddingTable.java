package dev.kanmon.engine.weights;

import dev.kanmon.formats.TensorView;

/** Rows that are looked up by number. Immutable. */
public sealed interface EmbeddingTable {

    /** Number of rows. */
    int rows();

    /** Numbers in a row. */
    int columns();

    /**
     * Reads row {@code row} into {@code dst}, which is overwritten.
     *
     * @param dst at least {@link #columns()} long
     * @throws IllegalArgumentException if there is no such row
     */
    void read(int row, float[] dst);

    /** Rows that stay in the mapped file as they are stored, and become f32 when they are read. */
    record InFile(TensorView view, int rows, int columns) implements EmbeddingTable {
        @Override
        public void read(int row, float[] dst) {
            checkRow(view.info().name(), row, rows);
            Floats.read(view, (long) row * columns, columns, dst, 0);
        }
    }

    /** Rows in an array. */
    record InMemory(String name, float[] values, int columns) implements EmbeddingTable {
        @Override
        public int rows() {
            return values.length / columns;
        }

        @Override
        public void read(int row, float[] dst) {
            checkRow(name, row, rows());
            System.arraycopy(values, row * columns, dst, 0, columns);
        }
    }

    private static void checkRow(String name, int row, int rows) {
        if (row < 0 || row >= rows) {
            throw new IllegalArgumentException(
                    "tensor \"" + name + "\": row " + row + " was asked for, it has " + rows);
        }
    }
}
