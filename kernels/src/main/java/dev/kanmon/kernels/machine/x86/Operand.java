package dev.kanmon.kernels.machine.x86;

/** What a vector instruction may read last: a register, or memory. */
public sealed interface Operand permits Vector, Memory {}
