/**
 * Memory of the machine kernels: pages of code that are never writable and executable at the same time, blocks of
 * data outside the heap, and the one downcall that runs code.
 *
 * <p>Everything here asks for native access first and tries nothing without it, so that no warning of the JVM appears.
 * Memory belongs to an {@link java.lang.foreign.Arena} or to the garbage collector. Any thread may call any method.
 */
package dev.kanmon.kernels.machine.memory;
