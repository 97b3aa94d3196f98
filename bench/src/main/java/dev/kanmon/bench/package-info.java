/**
 * Benches of whole models, of what a person waits for, and of the tokenizer; {@code Bench}, started by {@code bench/run},
 * has them by name. What they find is kept as {@code Measure}s in {@code Results}; {@code Requirement} says what the
 * figures must show, {@code Page} writes all of it down. {@code peers} times encoders next to ONNX Runtime and OpenVINO,
 * {@code kernels} single operations, {@code start} the first verdict and the command line, {@code threads} regions and
 * callers, {@code load} the loading of large models.
 */
package dev.kanmon.bench;
