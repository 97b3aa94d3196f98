/**
 * Makes a guard: a student learns from labelled exchanges and from a teacher's probabilities ({@link
 * dev.kanmon.train.Distiller}).
 *
 * <p>What holds for the whole package. No method takes or returns null. The same rows, options, threads and kernels give
 * the same weights to the last bit, whether or not a run was killed in between and went on from its checkpoint.
 */
package dev.kanmon.train;
