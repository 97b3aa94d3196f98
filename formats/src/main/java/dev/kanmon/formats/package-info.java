/**
 * Files of weights: safetensors, sharded or not, and GGUF; read, checked, written.
 *
 * <p>A file maps names to tensors. Opening one checks all that it says about itself against its size, so that
 * no later read can leave it; elements are then decoded to floats on demand.
 *
 * {@snippet class="dev.kanmon.formats.FormatsSnippets" region="read"}
 *
 * <p>Sizes and offsets are bytes, little-endian as the formats are; shapes are row-major in Hugging Face order
 * also for GGUF. Faults of a file are {@link dev.kanmon.formats.ModelFormatException}s, whose message says where,
 * what was found and what was expected. No method takes or returns null.
 */
package dev.kanmon.formats;
