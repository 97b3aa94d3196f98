/**
 * The sibling whose code is assembled at run time. {@link dev.kanmon.kernels.machine.MachineKernels} checks arguments,
 * fills parameter blocks and calls routines; {@code memory} holds code and data outside the heap; {@code x86} writes the
 * code. Another kind of CPU is another {@link dev.kanmon.kernels.machine.Routines}.
 */
package dev.kanmon.kernels.machine;
