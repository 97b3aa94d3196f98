/**
 * The encoder runtime under the guard: token ids in, logits or hidden states out.
 *
 * {@snippet class="dev.kanmon.ModelExample" region="model"}
 *
 * <p>A {@link dev.kanmon.engine.Model} computes ragged batches: sequences of different lengths lie end to end, and
 * no padding is ever computed. Sequences are cut into passes of a couple of thousand tokens, so memory does not
 * grow with the size of a batch.
 */
package dev.kanmon.engine;
