/**
 * What a model's configuration says: a sealed {@link dev.kanmon.engine.config.EncoderConfig} with one record for
 * each family, read from {@code config.json} or a GGUF file's metadata.
 *
 * {@snippet class="dev.kanmon.ModelExample" region="config"}
 */
package dev.kanmon.engine.config;
