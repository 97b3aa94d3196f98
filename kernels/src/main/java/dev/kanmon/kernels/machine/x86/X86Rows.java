package dev.kanmon.kernels.machine.x86;

import dev.kanmon.kernels.machine.RowRoutines;

/**
 * Makes the routines of {@link RowRoutines} for x86-64.
 *
 * @param level what the CPU can do
 */
record X86Rows(Level level) implements RowRoutines {}
