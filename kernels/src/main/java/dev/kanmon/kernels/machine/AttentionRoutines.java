package dev.kanmon.kernels.machine;

/** The routines of {@link MachineAttention}. */
public interface AttentionRoutines {}
