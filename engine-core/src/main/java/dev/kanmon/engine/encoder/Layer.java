package dev.kanmon.engine.encoder;

import dev.kanmon.engine.batch.TokenBatch;
import java.lang.foreign.MemorySegment;

/**
 * A layer in two halves, so that everything but attention runs on a block of rows without waiting for the others: what
 * makes queries, keys and values out of the hidden states, and what comes behind attention. Immutable.
 */
public sealed interface Layer permits PostNormLayer, PreNormLayer {

    /** The attention between the halves. */
    SelfAttention attention();

    /** The first half: reads {@code x}, the hidden states of {@code block}, and fills its rows of {@code qkv}. */
    void project(Pass.Block block, TokenBatch batch, MemorySegment x, MemorySegment qkv);

    /** The second half: from the rows' part of {@code context} and their hidden states {@code x} to the new ones. */
    void finish(Pass.Block block, MemorySegment context, MemorySegment x);
}
