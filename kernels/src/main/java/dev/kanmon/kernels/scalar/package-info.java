/**
 * The scalar sibling: each operation written as its formula. It defines what the others compute, runs on any JVM
 * without a flag, and is the fastest to start, since plain loops are quick before C2 has seen them.
 */
package dev.kanmon.kernels.scalar;
