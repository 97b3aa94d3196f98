package dev.kanmon.engine.encoder;

import java.lang.foreign.MemorySegment;

/** Brings each row to a common size. */
public sealed interface Norm permits LayerNorm, RmsNorm {

    /** Numbers in a row. */
    int size();

    /**
     * {@code x = x + bias + residual}, {@code out = norm(x)} for the rows of {@code block}.
     *
     * @param bias null for none
     * @param residual null for none
     * @param out may be {@code x}
     */
    void apply(Pass.Block block, MemorySegment x, MemorySegment bias, MemorySegment residual, MemorySegment out);
}
