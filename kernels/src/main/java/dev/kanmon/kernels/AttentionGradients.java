package dev.kanmon.kernels;

import dev.kanmon.kernels.common.Checks;
import dev.kanmon.kernels.common.DropoutHash;
import dev.kanmon.kernels.scalar.ScalarAttentionGradients;
import dev.kanmon.kernels.vector.VectorAttentionGradients;
import java.lang.foreign.MemorySegment;

/**
 * Attention for training: the forward pass with dropout, and its gradients. Shapes, groups, reach, masks and
 * positions are those of {@link Kernels#attention}, the memory that of the kernels given to {@link #of}; positions
 * are plain ones, not packed, since their tables change from step to step. What {@code package-info} says holds here
 * too.
 *
 * <p>With P the weights of the softmax and M the dropout, which is 1 / (1 - p) for a pair that is kept and 0 for others,
 * {@code out = (P ∘ M) · v}, and with {@code dP = (dOut · vᵀ) ∘ M} the gradient of a score is
 * {@code dS = P ∘ (dP - rowsum(P ∘ dP))}.
 */
public interface AttentionGradients {
    /**
     * The fastest implementation for the memory of these kernels: plain loops for the scalar ones, the Vector API for
     * the others where it works in this JVM.
     */
    static AttentionGradients of(Kernels kernels) {
        var memory = kernels.name().equals("machine") ? Checks.NATIVE : Checks.HEAP;
        return kernels.name().equals("scalar") || !KernelChoice.hasVectors()
                ? new ScalarAttentionGradients(memory)
                : new VectorAttentionGradients(memory);
    }

    /**
     * Dropout of the weights of attention (Srivastava et al. 2014, as Vaswani et al. 2017 and BERT's code have it). Which
     * pairs are dropped is a function of the seed, the query head and the places of query and key, the same in all
     * siblings: a sequence, layer and step that are to be dropped independently need seeds of their own.
     *
     * @param p share that is dropped, in [0, 1); counted in steps of 2⁻²⁴
     * @param seed any number
     */
    record Dropout(float p, long seed) {
        public Dropout {
            if (!(p >= 0 && p < 1)) {
                throw new IllegalArgumentException("dropout: p " + p + ", expected one in [0, 1)");
            }
        }

        /** Whether the weight of this pair stays. */
        public boolean keeps(int head, int query, int key) {
            return DropoutHash.keeps(DropoutHash.ofRow(seed, head, query), key, DropoutHash.threshold(p));
        }

        /** What a weight that stays is multiplied by. */
        public float scale() {
            return 1 / (1 - p);
        }
    }

    /**
     * Where the gradients of positions are added. Each has the shape and stride of its table in
     * {@link AttentionShape#positions}; only the columns (of {@code bias}, the rows) of a call's heads are touched. Null
     * where there is no such table, or where its gradient is not wanted.
     *
     * @param keys of {@link RelativePositions.Disentangled#keys}
     * @param queries of {@link RelativePositions.Disentangled#queries}
     * @param bias of {@link RelativePositions.Bias#bias}
     */
    record PositionGradients(MemorySegment keys, MemorySegment queries, MemorySegment bias) {
        /** No gradient of positions. */
        public static final PositionGradients NONE = new PositionGradients(null, null, null);
    }

    /**
     * Length of the scratch that both passes need for one calling thread; an array, whatever the memory of operands.
     *
     * @throws IllegalArgumentException if {@code length} is negative, a head too large for one array, or positions
     *     packed
     */
    int scratch(AttentionShape shape, int length);

    /**
     * {@link Kernels#attention} with dropout, without it the same within the bounds of both.
     *
     * @param keyMask added to the scores of a key, or null for none
     * @param dropout null for none
     * @param out (length, heads · headDim), the columns of the heads overwritten; apart from all that is read
     * @param scratch at least {@link #scratch} floats, overwritten; one for each thread
     * @throws IllegalArgumentException if a size, stride, overlap or segment is not as said, or positions are packed
     * @implSpec The bound is that of {@link Kernels#attention} with {@link Operands#F32}, p being the weights after
     *     dropout, and {@code 4 · ε · Σ p·|v|} more.
     */
    void forward(
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
            float[] scratch);

    /**
     * The gradients of {@link #forward}, given that of its result. Weights are computed again from {@code q} and
     * {@code k}, so that nothing of the forward pass need be kept but its operands.
     *
     * <p>The columns of the call's heads in {@code dq}, of their key heads in {@code dk} and {@code dv} are overwritten, others
     * are not touched. A key head's gradient is the sum over its group, so a group must not be split between calls.
     *
     * @param fromHead a multiple of the group
     * @param toHead a multiple of the group, or the number of all query heads
     * @param dropout as in the forward pass
     * @param dOut gradient of {@code out}
     * @param ldo row stride of {@code dOut}
     * @param dq gradient of {@code q}, of row stride {@code ldqkv} like {@code dk} and {@code dv}; each apart from the
     *     others and from all that is read
     * @param positions added to; {@link PositionGradients#NONE} if none is wanted
     * @param scratch at least {@link #scratch} floats, overwritten; one for each thread
     * @throws IllegalArgumentException if a size, stride, overlap or segment is not as said, positions are packed,
     *     {@code fromHead} is within a group, or {@code positions} has a gradient for a table that there is not
     * @implSpec With δ as {@link Kernels#attention} has it, {@code η = e⁴ᵟ − 1 + (2 · length + 2 · headDim + 64) · ε}
     *     and {@code A = P ∘ (|dP| + rowsum(P ∘ |dP|))}, {@code |dP|} being {@code (|dOut| · |vᵀ|) ∘ M}, an element is
     *     within η times its sum with all factors replaced by their magnitudes and dS by A of the exact value; of {@code dv}, with P as it
     *     is. Rounding where gradients of positions are added to what was there comes on top. The weight of a pair that is
     *     below 2⁻¹²⁶ of the largest of its query may count as zero.
     */
    void backward(
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
            float[] scratch);
}
