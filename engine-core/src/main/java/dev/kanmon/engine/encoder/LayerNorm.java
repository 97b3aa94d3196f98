package dev.kanmon.engine.encoder;

import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * Layer normalisation with a learned scale and shift.
 *
 * @param gamma scale, (size)
 * @param beta shift, (size), or null for none
 * @param epsilon added to the variance
 * @param size numbers in a row
 */
public record LayerNorm(MemorySegment gamma, MemorySegment beta, float epsilon, int size) implements Norm {

    @Override
    public void apply(
            Pass.Block block, MemorySegment x, MemorySegment bias, MemorySegment residual, MemorySegment out) {
        apply(block.pass().kernels(), block.rows(), x, bias, residual, out);
    }

    /** The same for {@code rows} rows, outside a block. */
    public void apply(
            Kernels kernels, int rows, MemorySegment x, MemorySegment bias, MemorySegment residual, MemorySegment out) {
        kernels.residualLayerNorm(rows, size, x, size, bias, residual, size, gamma, beta, epsilon, out, size);
    }
}
