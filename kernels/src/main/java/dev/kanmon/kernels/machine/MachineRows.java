package dev.kanmon.kernels.machine;

import dev.kanmon.kernels.Activation;
import java.lang.foreign.MemorySegment;

/** What goes row by row: arguments are checked. */
final class MachineRows {
    MachineRows(RowRoutines routines) {}

    void residualLayerNorm(
            int rows,
            int n,
            MemorySegment x,
            int ldx,
            MemorySegment bias,
            MemorySegment residual,
            int ldr,
            MemorySegment gamma,
            MemorySegment beta,
            float eps,
            MemorySegment out,
            int ldo) {
        throw new UnsupportedOperationException("residualLayerNorm");
    }

    void residualRmsNorm(
            int rows,
            int n,
            MemorySegment x,
            int ldx,
            MemorySegment residual,
            int ldr,
            MemorySegment gamma,
            float eps,
            MemorySegment out,
            int ldo) {
        throw new UnsupportedOperationException("residualRmsNorm");
    }

    void add(int rows, int n, MemorySegment x, int ldx, MemorySegment bias, MemorySegment y, int ldy) {
        throw new UnsupportedOperationException("add");
    }

    void rotate(
            int rows,
            int heads,
            int headDim,
            int rotated,
            MemorySegment x,
            int ldx,
            MemorySegment cos,
            MemorySegment sin,
            int fromPosition) {
        throw new UnsupportedOperationException("rotate");
    }

    void gate(int rows, int n, MemorySegment x, int ldx, Activation act) {
        throw new UnsupportedOperationException("gate");
    }

    void activate(int rows, int n, MemorySegment x, int ldx, MemorySegment bias, Activation act) {
        throw new UnsupportedOperationException("activate");
    }
}
