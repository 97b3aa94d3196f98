/**
 * The vector sibling: arrays and the Vector API, at the species that the CPU prefers. The only package that imports
 * {@code jdk.incubator.vector}; its classes are to be loaded only where that module is readable.
 *
 * <p>How the code is shaped by C2 (JDK 25). A method that returns a Vector and is not inlined boxes it and costs
 * 45 times: no such helpers, loops are written out. {@code FloatVector.min} and {@code max} carry Java's rules on NaN
 * and -0 and are slow: compare and blend instead. Accumulators are locals, inner loops plain int loops with step 1
 * over k or {@code LENGTH} over columns.
 */
package dev.kanmon.kernels.vector;
