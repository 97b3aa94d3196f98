package dev.kanmon.engine.encoder;

import java.lang.foreign.MemorySegment;

/**
 * Layer normalisation with a learned scale and shift.
 *
 * @param gamma scale, (size)
 * @param beta shift, (size)
 * @param epsilon added to the variance
 * @param size numbers in a row
 */
public record LayerNorm(MemorySegment gamma, MemorySegment beta, float epsilon, int size) {

    /** {@code x = LayerNorm(x + bias + residual)} for the rows of {@code block}; bias and residual may be null. */
    void apply(Pass.Block block, MemorySegment x, MemorySegment bias, MemorySegment residual) {
        block.pass()
                .kernels()
                .residualLayerNorm(block.rows(), size, x, size, bias, residual, size, gamma, beta, epsilon);
    }
}
