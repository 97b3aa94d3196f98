package dev.kanmon.kernels.machine.x86;

import dev.kanmon.kernels.machine.GemmRoutines;

/**
 * Makes the routines of {@link GemmRoutines} for x86-64.
 *
 * @param level what the CPU can do
 */
record X86Gemm(Level level) implements GemmRoutines {}
