package dev.kanmon.kernels.machine;

/** The routines of {@link MachineRows}. */
public interface RowRoutines {}
