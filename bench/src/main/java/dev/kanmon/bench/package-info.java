/**
 * Benches of whole models and of the tokenizer. {@code Peers} times an encoder against ONNX Runtime Java in the same
 * JVM, {@code GuardBench} and {@code GuardTextBench} what a forward pass and a verdict take, {@code TokenizerBench} our
 * tokenizer against the binding of Hugging Face's. {@code Report}, started by {@code bench/run}, runs a selection of all
 * and prints tables.
 */
package dev.kanmon.bench;
