package dev.kanmon.kernels;

/** Delivers rows of a weight matrix (n, k), in the order that Hugging Face stores it: one row for each output. */
@FunctionalInterface
public interface RowSource {
    /**
     * Writes rows {@code firstRow} to {@code firstRow + rowCount - 1}, k floats each and without gaps, to
     * {@code dst} from {@code dstPos} on. Called by one thread at a time, with rows in ascending order, each once.
     *
     * @param dst has room for {@code rowCount * k} floats at {@code dstPos}
     */
    void read(int firstRow, int rowCount, float[] dst, int dstPos);
}
