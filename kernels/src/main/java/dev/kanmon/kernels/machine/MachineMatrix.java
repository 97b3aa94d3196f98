package dev.kanmon.kernels.machine;

import dev.kanmon.kernels.PackedMatrix;

/** A weight in panels of 64 outputs, outside the heap. */
abstract class MachineMatrix implements PackedMatrix {}
