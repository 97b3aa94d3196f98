package dev.kanmon.engine;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.Operands;
import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.PackedPositions;
import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.RelativePositions.Bias;
import dev.kanmon.kernels.RelativePositions.Disentangled;
import dev.kanmon.kernels.RowSource;
import dev.kanmon.kernels.StoredMatrix;
import dev.kanmon.kernels.WeightType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Kernels that compute on native memory, as machine code does, and refuse any other: the scalar ones, on copies. One
 * operation at a time, since a copy is written back as a whole.
 */
final class NativeKernels implements Kernels {

    private final Kernels scalar = KernelChoice.of("scalar").kernels();

    /** These kernels as the choice of a model. */
    static KernelChoice choice() {
        return new KernelChoice(new NativeKernels(), List.of());
    }

    @Override
    public String name() {
        return "native";
    }

    @Override
    public String description() {
        return "scalar kernels on copies of native memory";
    }

    @Override
    public MemorySegment allocate(long floats) {
        return Arena.ofAuto().allocate(Math.max(1, floats) * Float.BYTES, 64).asSlice(0, floats * Float.BYTES);
    }

    @Override
    public PackedMatrix pack(WeightType type, int n, int k, RowSource rows, Pieces pieces) {
        return scalar.pack(type, n, k, rows, pieces);
    }

    @Override
    public PackedMatrix pack(StoredMatrix stored, Pieces pieces) {
        return scalar.pack(stored, pieces);
    }

    @Override
    public PackedPositions pack(Disentangled terms, int heads, int headDim, Operands operands) {
        Copies copies = new Copies();
        return scalar.pack(
                new Disentangled(
                        copies.of(terms.keys()),
                        copies.of(terms.queries()),
                        terms.stride(),
                        terms.rows(),
                        terms.buckets()),
                heads,
                headDim,
                operands);
    }

    @Override
    public long gemmScratch(int m, PackedMatrix b) {
        return scalar.gemmScratch(m, b);
    }

    @Override
    public long attentionScratch(AttentionShape shape, int length) {
        return scalar.attentionScratch(shape, length);
    }

    @Override
    public synchronized void gemm(
            int m,
            MemorySegment a,
            int lda,
            PackedMatrix b,
            int fromN,
            int toN,
            MemorySegment bias,
            Activation act,
            MemorySegment c,
            int ldc,
            MemorySegment scratch) {
        Copies copies = new Copies();
        scalar.gemm(m, copies.of(a), lda, b, fromN, toN, copies.of(bias), act, copies.of(c), ldc, copies.of(scratch));
        copies.writeBack(c);
    }

    @Override
    public synchronized void residualLayerNorm(
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
        Copies copies = new Copies();
        scalar.residualLayerNorm(
                rows,
                n,
                copies.of(x),
                ldx,
                copies.of(bias),
                copies.of(residual),
                ldr,
                copies.of(gamma),
                copies.of(beta),
                eps,
                copies.of(out),
                ldo);
        copies.writeBack(x);
        copies.writeBack(out);
    }

    @Override
    public synchronized void residualRmsNorm(
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
        Copies copies = new Copies();
        scalar.residualRmsNorm(
                rows, n, copies.of(x), ldx, copies.of(residual), ldr, copies.of(gamma), eps, copies.of(out), ldo);
        copies.writeBack(x);
        copies.writeBack(out);
    }

    @Override
    public synchronized void add(
            int rows, int n, MemorySegment x, int ldx, MemorySegment bias, MemorySegment y, int ldy) {
        Copies copies = new Copies();
        scalar.add(rows, n, copies.of(x), ldx, copies.of(bias), copies.of(y), ldy);
        copies.writeBack(x);
    }

    @Override
    public synchronized void rotate(
            int rows,
            int heads,
            int headDim,
            int rotated,
            MemorySegment x,
            int ldx,
            MemorySegment cos,
            MemorySegment sin,
            int fromPosition) {
        Copies copies = new Copies();
        scalar.rotate(rows, heads, headDim, rotated, copies.of(x), ldx, copies.of(cos), copies.of(sin), fromPosition);
        copies.writeBack(x);
    }

    @Override
    public synchronized void gate(int rows, int n, MemorySegment x, int ldx, Activation act) {
        Copies copies = new Copies();
        scalar.gate(rows, n, copies.of(x), ldx, act);
        copies.writeBack(x);
    }

    @Override
    public synchronized void attention(
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
        Copies copies = new Copies();
        scalar.attention(
                copies.of(shape),
                length,
                fromHead,
                toHead,
                copies.of(q),
                copies.of(k),
                copies.of(v),
                ldqkv,
                copies.of(keyMask),
                copies.of(out),
                ldo,
                copies.of(scratch));
        copies.writeBack(out);
    }

    @Override
    public synchronized void activate(int rows, int n, MemorySegment x, int ldx, MemorySegment bias, Activation act) {
        Copies copies = new Copies();
        scalar.activate(rows, n, copies.of(x), ldx, copies.of(bias), act);
        copies.writeBack(x);
    }

    /** The operands of one operation in arrays; one that is given twice is copied once. */
    private static final class Copies {
        private final Map<MemorySegment, MemorySegment> heap = new IdentityHashMap<>();

        MemorySegment of(MemorySegment segment) {
            if (segment == null) {
                return null;
            }
            if (!segment.isNative() || segment.address() % Float.BYTES != 0) {
                throw new IllegalArgumentException("found " + segment + ", expected memory of these kernels");
            }
            return heap.computeIfAbsent(segment, s -> MemorySegment.ofArray(s.toArray(ValueLayout.JAVA_FLOAT)));
        }

        AttentionShape of(AttentionShape shape) {
            return shape.positions() instanceof Bias bias
                    ? shape.withPositions(new Bias(of(bias.bias()), bias.reach()))
                    : shape;
        }

        void writeBack(MemorySegment segment) {
            MemorySegment.copy(heap.get(segment), 0, segment, 0, segment.byteSize());
        }
    }
}
