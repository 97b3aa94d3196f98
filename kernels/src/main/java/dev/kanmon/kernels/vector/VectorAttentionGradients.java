package dev.kanmon.kernels.vector;

import dev.kanmon.kernels.AttentionGradients;
import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.common.AttentionGradientChecks;
import dev.kanmon.kernels.common.Checks;
import java.lang.foreign.MemorySegment;

/** Attention for training with the Vector API, on operands of either memory. */
public final class VectorAttentionGradients implements AttentionGradients {
    private final Checks memory;

    /** For operands in this kind of memory. */
    public VectorAttentionGradients(Checks memory) {
        this.memory = memory;
    }

    @Override
    public int scratch(AttentionShape shape, int length) {
        AttentionGradientChecks.scratch(shape, length);
        return new GradientLayout(shape, length).floats;
    }

    @Override
    public void forward(
            AttentionShape shape,
            int length,
            int fromHead,
            int toHead,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            int ldqkv,
            MemorySegment keyMask,
            Dropout dropout,
            MemorySegment out,
            int ldo,
            float[] scratch) {
        AttentionGradientChecks.forward(
                memory,
                shape,
                length,
                fromHead,
                toHead,
                q,
                k,
                v,
                ldqkv,
                keyMask,
                out,
                ldo,
                scratch,
                scratch(shape, length));
        if (length == 0 || shape.headDim() == 0) {
            return;
        }
        var pass = new AttentionPass(shape, new GradientLayout(shape, length), keyMask, dropout, scratch);
        for (int head = fromHead; head < toHead; head++) {
            pass.forward(head, q, k, v, ldqkv, out, ldo);
        }
    }

    @Override
    public void backward(
            AttentionShape shape,
            int length,
            int fromHead,
            int toHead,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            int ldqkv,
            MemorySegment keyMask,
            Dropout dropout,
            MemorySegment dOut,
            int ldo,
            MemorySegment dq,
            MemorySegment dk,
            MemorySegment dv,
            PositionGradients positions,
            float[] scratch) {
        AttentionGradientChecks.backward(
                memory,
                shape,
                length,
                fromHead,
                toHead,
                q,
                k,
                v,
                ldqkv,
                keyMask,
                dOut,
                ldo,
                dq,
                dk,
                dv,
                positions,
                scratch,
                scratch(shape, length));
        if (length == 0 || shape.headDim() == 0) {
            return;
        }
        var pass = new AttentionPass(shape, new GradientLayout(shape, length), keyMask, dropout, scratch);
        pass.clearMargins();
        for (int head = fromHead; head < toHead; head++) {
            pass.backward(head, head + 1 == toHead, q, k, v, ldqkv, dOut, ldo, dq, dk, dv, positions);
        }
    }
}
