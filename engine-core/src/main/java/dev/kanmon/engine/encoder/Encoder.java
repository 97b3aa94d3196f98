package dev.kanmon.engine.encoder;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;

/** A stack of layers that turns tokens into hidden states. Immutable; many passes may run at once. */
public interface Encoder {

    /** Numbers in a hidden state. */
    int hiddenSize();

    /**
     * Encodes a batch.
     *
     * @param observer told of the hidden states after the embeddings and after each layer; null for nobody
     * @return (tokens, hidden size), in the pass's workspace: valid until its next use
     */
    MemorySegment encode(TokenBatch batch, Pass pass, Observer observer);

    /**
     * The longest sequence whose tokens mean the same whatever comes behind them: 0 for an encoder that looks ahead, and
     * the most that a sequence can have where nothing depends on its length.
     */
    int steadyTokens();

    /**
     * Keys and values for {@link #proceed}, of no token yet.
     *
     * @throws IllegalStateException if this encoder looks ahead
     */
    KeyValues keyValues(Kernels kernels);

    /**
     * Encodes what goes on behind tokens that are known: the same bits as {@link #encode} has for these rows.
     *
     * @param batch of {@link TokenBatch#behind}, beginning at the first token that is not known; its sequence no longer
     *     than {@link #steadyTokens}
     * @param known of the tokens before; knows those of the batch afterwards, and no more than before if this throws
     * @return (tokens of the batch, hidden size), in the pass's workspace: valid until its next use
     */
    MemorySegment proceed(TokenBatch batch, KeyValues known, Pass pass);

    /** Looks at hidden states on their way. */
    @FunctionalInterface
    interface Observer {
        /**
         * Called after a layer, on the calling thread.
         *
         * @param layer 0 for what enters the first layer, then the number of layers done
         * @param hidden (tokens, hidden size), valid during the call
         */
        void layerDone(int layer, MemorySegment hidden);
    }
}
