/** An assembler for x86-64 and the code that the kernels are made of. */
package dev.kanmon.kernels.machine.x86;
