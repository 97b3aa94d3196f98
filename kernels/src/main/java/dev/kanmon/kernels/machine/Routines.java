package dev.kanmon.kernels.machine;

/**
 * Makes the machine code of one kind of CPU: what {@link MachineKernels} needs, without a word about how. Routines are
 * made when they are first asked for and kept. Safe for use by several threads.
 */
public interface Routines {
    /** One line for people: the kind of CPU and the instructions in use. */
    String description();

    /** Products of matrices. */
    GemmRoutines gemm();

    /** What goes row by row: norms, sums, activations, rotations. */
    RowRoutines rows();

    /** Attention. */
    AttentionRoutines attention();
}
