package dev.kanmon.kernels.machine;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.RowSource;
import dev.kanmon.kernels.StoredMatrix;
import dev.kanmon.kernels.WeightType;
import java.lang.foreign.MemorySegment;

/** Products of matrices: arguments are checked. */
final class MachineGemm {
    MachineGemm(GemmRoutines routines, RowRoutines activations) {}

    PackedMatrix pack(WeightType type, int n, int k, RowSource rows, Pieces pieces) {
        throw new UnsupportedOperationException("pack");
    }

    PackedMatrix pack(StoredMatrix stored, Pieces pieces) {
        throw new UnsupportedOperationException("pack");
    }

    long scratch(int m, MachineMatrix b) {
        throw new UnsupportedOperationException("gemmScratch");
    }

    void gemm(
            int m,
            MemorySegment a,
            int lda,
            MachineMatrix b,
            int fromN,
            int toN,
            MemorySegment bias,
            Activation act,
            MemorySegment c,
            int ldc,
            MemorySegment scratch) {
        throw new UnsupportedOperationException("gemm");
    }
}
