package dev.kanmon.kernels.machine.x86;

import dev.kanmon.kernels.machine.AttentionRoutines;

/**
 * Makes the routines of {@link AttentionRoutines} for x86-64.
 *
 * @param level what the CPU can do
 */
record X86Attention(Level level) implements AttentionRoutines {}
