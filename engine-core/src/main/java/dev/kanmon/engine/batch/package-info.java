/**
 * From texts to what the encoder takes: windows of a long text, sequences of tokens, ragged batches.
 *
 * {@snippet class="dev.kanmon.ModelExample" region="batch"}
 */
package dev.kanmon.engine.batch;
