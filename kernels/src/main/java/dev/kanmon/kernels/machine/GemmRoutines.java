package dev.kanmon.kernels.machine;

/** The routines of {@link MachineGemm}. */
public interface GemmRoutines {}
