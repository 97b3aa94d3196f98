package dev.kanmon.engine.head;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.encoder.Pass;
import java.lang.foreign.MemorySegment;

/** Turns the hidden states of a batch into one row of logits for each sequence. Immutable. */
public sealed interface ClassificationHead permits PooledHead {

    /** Number of logits. */
    int outputs();

    /**
     * Computes the logits.
     *
     * @param hidden (tokens, hidden size)
     * @return one row for each sequence of {@code batch}
     */
    float[][] logits(TokenBatch batch, Pass pass, MemorySegment hidden);
}
