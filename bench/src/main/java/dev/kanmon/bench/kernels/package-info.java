/**
 * Benches of the kernels. {@code Roof} measures what the core can do at all, {@code GemmPeers} matrix products next to
 * ONNX Runtime's; {@code GemmBench}, {@code AttentionBench}, {@code TrainingAttentionBench}, {@code RowBench} and
 * {@code GradientBench} are JMH's, of our own siblings, and {@code KernelReport} runs a selection of them.
 */
package dev.kanmon.bench.kernels;
