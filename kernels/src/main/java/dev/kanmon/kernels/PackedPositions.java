package dev.kanmon.kernels;

/**
 * {@link RelativePositions.Disentangled} in the order that one sibling computes on; made by
 * {@link Kernels#pack(RelativePositions.Disentangled, int, int, Operands)} and of use only to the sibling that made it.
 * Immutable, safe to share between threads, held by the garbage collector.
 */
public non-sealed interface PackedPositions extends RelativePositions {
    /** Query heads that there are columns for. */
    int heads();

    /** Columns of a head. */
    int headDim();

    /** For which operands of attention. */
    Operands operands();

    /** Bytes of memory held, with padding. */
    long bytes();
}
