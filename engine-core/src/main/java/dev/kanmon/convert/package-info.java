/**
 * The same model in another file: a Hugging Face directory as one GGUF file, or back.
 *
 * {@snippet class="dev.kanmon.ModelExample" region="convert"}
 */
package dev.kanmon.convert;
