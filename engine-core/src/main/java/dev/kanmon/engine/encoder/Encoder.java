package dev.kanmon.engine.encoder;

import dev.kanmon.engine.batch.TokenBatch;
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
