/**
 * The same model in another file: a Hugging Face directory as one GGUF file, or back.
 *
 * {@snippet file="ModelExample.java" region="convert"}
 */
package dev.kanmon.convert;
