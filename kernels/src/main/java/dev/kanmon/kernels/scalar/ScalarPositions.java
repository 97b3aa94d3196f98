package dev.kanmon.kernels.scalar;

import dev.kanmon.kernels.Operands;
import dev.kanmon.kernels.PackedPositions;
import dev.kanmon.kernels.RelativePositions;

/** Tables as they came: plain loops gain nothing from another order. */
record ScalarPositions(RelativePositions.Disentangled terms, int heads, int headDim, Operands operands)
        implements PackedPositions {
    @Override
    public int reach() {
        return terms.reach();
    }

    @Override
    public long bytes() {
        return 0;
    }
}
