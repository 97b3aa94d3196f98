/**
 * Text generation by llama.cpp: {@link dev.kanmon.llama.LlamaProvider} opens a GGUF file.
 *
 * <p>The native library is the one in {@code de.kherud:llama}. Its functions are called through the Foreign Function &amp;
 * Memory API rather than through that jar's Java classes: those end the JVM when they are asked for probabilities, never
 * free a model, and write to standard output. Linux (x86-64, aarch64) and macOS; the Windows library in the jar exports
 * nothing but functions for those classes.
 *
 * <p>Calls need native access: {@code --enable-native-access=dev.kanmon.llama}, or {@code ALL-UNNAMED} on the class path.
 *
 * <p>A file is trusted: llama.cpp ends the process on some damaged ones that pass the checks made here.
 */
package dev.kanmon.llama;
