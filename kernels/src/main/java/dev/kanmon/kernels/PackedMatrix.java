package dev.kanmon.kernels;

/**
 * A weight matrix (n, k) in the order and type that one sibling computes on; made by {@link Kernels#pack} and of use
 * only to the sibling that made it. Immutable, safe to share between threads, held by the garbage collector.
 */
public interface PackedMatrix {
    /** How the elements are kept. */
    WeightType type();

    /** Number of outputs: rows of the Hugging Face weight, columns of the product. */
    int n();

    /** Number of inputs: columns of the Hugging Face weight, the length that is summed over. */
    int k();

    /** Bytes of memory held, with padding and scales. */
    long bytes();

    /** Outputs that are computed together: limits of a column range are multiples of this, or {@link #n()}. */
    int panel();

    /**
     * Row {@code row} of the Hugging Face weight as the kernels see it, that is, after rounding to {@link #type()};
     * a new array of k floats. For tests and for reading a weight back, not for speed.
     *
     * @throws IllegalArgumentException if {@code row} is not in [0, n)
     */
    float[] row(int row);
}
