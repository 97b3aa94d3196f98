package dev.kanmon.kernels.machine;

import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.PackedPositions;
import dev.kanmon.kernels.RelativePositions;
import java.lang.foreign.MemorySegment;

/** Attention: arguments are checked. */
final class MachineAttention {
    MachineAttention(AttentionRoutines routines) {}

    PackedPositions pack(RelativePositions.Disentangled terms, int heads, int headDim) {
        throw new UnsupportedOperationException("pack");
    }

    long scratch(AttentionShape shape, int length) {
        throw new UnsupportedOperationException("attentionScratch");
    }

    void attention(
            AttentionShape shape,
            int length,
            int fromHead,
            int toHead,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            int ldqkv,
            MemorySegment keyMask,
            MemorySegment out,
            int ldo,
            MemorySegment scratch) {
        throw new UnsupportedOperationException("attention");
    }
}
