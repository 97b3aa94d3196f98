package dev.kanmon.engine.encoder;

import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * Normalisation by the root of the mean square, with a learned scale.
 *
 * @param gamma scale, (size)
 * @param epsilon added to the mean square
 * @param size numbers in a row
 */
public record RmsNorm(MemorySegment gamma, float epsilon, int size) implements Norm {

    @Override
    public void apply(
            Pass.Block block, MemorySegment x, MemorySegment bias, MemorySegment residual, MemorySegment out) {
        Kernels kernels = block.pass().kernels();
        if (bias != null) {
            throw new IllegalArgumentException("bias: expected none");
        }
        kernels.residualRmsNorm(block.rows(), size, x, size, residual, size, gamma, epsilon, out, size);
    }

    /** Normalises {@code heads} heads that stand side by side in each row, each by itself, in place. */
    void applyToHeads(Pass.Block block, int heads, MemorySegment x, int stride) {
        for (int head = 0; head < heads; head++) {
            MemorySegment columns = Rows.skip(x, (long) head * size);
            block.pass()
                    .kernels()
                    .residualRmsNorm(block.rows(), size, columns, stride, null, 0, gamma, epsilon, columns, stride);
        }
    }
}
