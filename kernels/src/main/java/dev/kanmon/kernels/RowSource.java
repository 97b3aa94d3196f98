package dev.kanmon.kernels;

/** Delivers rows of a weight matrix (n, k), in the order that Hugging Face stores it: one row for each output. */
@FunctionalInterface
public interface RowSource {
    /**
     * Writes rows {@code firstRow} to {@code firstRow + rowCount - 1}, k floats each and without gaps, to
     * {@code dst} from {@code dstPos} on. Each row is asked for once; rows ascend as far as one thread asks for them.
     *
     * @param dst has room for {@code rowCount * k} floats at {@code dstPos}
     */
    void read(int firstRow, int rowCount, float[] dst, int dstPos);
}
