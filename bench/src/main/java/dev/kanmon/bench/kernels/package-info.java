/**
 * Benches of the kernels. {@code PeakBench} measures the roof, {@code GemmBench}, {@code AttentionBench} and
 * {@code RowBench} what the siblings reach, {@code KernelReport} runs a selection and prints shares of the roof.
 */
package dev.kanmon.bench.kernels;
