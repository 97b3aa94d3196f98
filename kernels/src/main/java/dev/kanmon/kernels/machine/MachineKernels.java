package dev.kanmon.kernels.machine;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.Operands;
import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.PackedPositions;
import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.RelativePositions;
import dev.kanmon.kernels.RowSource;
import dev.kanmon.kernels.StoredMatrix;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.kernels.common.Checks;
import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import dev.kanmon.kernels.machine.memory.NativeMemory;
import dev.kanmon.kernels.machine.x86.X86Routines;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The operations as machine code that was assembled for this CPU, on memory outside the heap. Every size is checked here
 * before a call: code that runs past its data ends the JVM.
 */
public final class MachineKernels implements Kernels {
    /** Found out once; what is refused is tried again when asked again. */
    private static Routines routinesHere;

    private final Routines routines;
    private final MachineGemm gemm;
    private final MachineRows rows;
    private final MachineAttention attention;

    private MachineKernels(Routines routines) {
        this.routines = routines;
        gemm = new MachineGemm(routines.gemm(), routines.rows());
        rows = new MachineRows(routines.rows());
        attention = new MachineAttention(routines.attention());
    }

    /**
     * Why there is no machine code for this JVM, in a sentence with the cure where there is one; null where it works.
     * Without native access nothing is tried.
     */
    public static String unavailable() {
        try {
            here();
            return null;
        } catch (Refused e) {
            return e.getMessage();
        }
    }

    /**
     * The kernels for this CPU and system; all share their code.
     *
     * @throws IllegalStateException if they are {@linkplain #unavailable() unavailable}
     */
    public static Kernels create() {
        try {
            return of(here());
        } catch (Refused e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    /** The one place that knows the kinds of CPU. */
    private static Routines here() throws Refused {
        synchronized (MachineKernels.class) {
            if (routinesHere == null) {
                String architecture = System.getProperty("os.arch");
                routinesHere = switch (architecture) {
                    case "amd64", "x86_64" -> X86Routines.here();
                    default ->
                        throw new Refused("machine code is made for x86-64 only, this JVM runs on " + architecture);
                };
            }
            return routinesHere;
        }
    }

    /** The kernels made of these routines. */
    public static Kernels of(Routines routines) {
        return new MachineKernels(routines);
    }

    @Override
    public String name() {
        return "machine";
    }

    @Override
    public String description() {
        return routines.description();
    }

    @Override
    public boolean isFastAtOnce() {
        return true;
    }

    @Override
    public MemorySegment allocate(long floats) {
        if (floats < 0 || floats > Long.MAX_VALUE / Float.BYTES) {
            throw new IllegalArgumentException("allocate: " + floats + " floats, expected 0 or more");
        }
        return NativeMemory.allocate(floats * Float.BYTES);
    }

    @Override
    public PackedMatrix pack(WeightType type, int n, int k, RowSource rowsOfWeight, Pieces pieces) {
        Checks.pack(type, n, k, rowsOfWeight, pieces);
        return gemm.pack(type, n, k, rowsOfWeight, pieces);
    }

    @Override
    public PackedMatrix pack(StoredMatrix stored, Pieces pieces) {
        Checks.pack(stored.type(), stored.n(), stored.k(), stored, pieces);
        return gemm.pack(stored);
    }

    @Override
    public long gemmScratch(int m, PackedMatrix b) {
        Checks.size("gemmScratch", "m", m);
        return gemm.scratch(m, own(b));
    }

    @Override
    public void gemm(
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
        var weights = own(b);
        Objects.requireNonNull(act, "act");
        Checks.NATIVE.gemm(m, a, lda, b, fromN, toN, bias, c, ldc, scratch, gemm.scratch(m, weights));
        gemm.gemm(m, a, lda, weights, fromN, toN, bias, act, c, ldc, scratch);
    }

    @Override
    public void residualLayerNorm(
            int rowCount,
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
        Checks.NATIVE.layerNorm(rowCount, n, x, ldx, bias, residual, ldr, gamma, beta, eps, out, ldo);
        rows.residualLayerNorm(rowCount, n, x, ldx, bias, residual, ldr, gamma, beta, eps, out, ldo);
    }

    @Override
    public void residualRmsNorm(
            int rowCount,
            int n,
            MemorySegment x,
            int ldx,
            MemorySegment residual,
            int ldr,
            MemorySegment gamma,
            float eps,
            MemorySegment out,
            int ldo) {
        Checks.NATIVE.norm("residualRmsNorm", rowCount, n, x, ldx, residual, ldr, gamma, eps, out, ldo);
        rows.residualRmsNorm(rowCount, n, x, ldx, residual, ldr, gamma, eps, out, ldo);
    }

    @Override
    public void add(int rowCount, int n, MemorySegment x, int ldx, MemorySegment bias, MemorySegment y, int ldy) {
        Checks.NATIVE.add(rowCount, n, x, ldx, bias, y, ldy);
        rows.add(rowCount, n, x, ldx, bias, y, ldy);
    }

    @Override
    public void rotate(
            int rowCount,
            int heads,
            int headDim,
            int rotated,
            MemorySegment x,
            int ldx,
            MemorySegment cos,
            MemorySegment sin,
            int fromPosition) {
        Checks.NATIVE.rotate(rowCount, heads, headDim, rotated, x, ldx, cos, sin, fromPosition);
        rows.rotate(rowCount, heads, headDim, rotated, x, ldx, cos, sin, fromPosition);
    }

    @Override
    public void gate(int rowCount, int n, MemorySegment x, int ldx, Activation act) {
        Checks.NATIVE.gate(rowCount, n, x, ldx, act);
        rows.gate(rowCount, n, x, ldx, act);
    }

    @Override
    public PackedPositions pack(RelativePositions.Disentangled terms, int heads, int headDim, Operands operands) {
        Objects.requireNonNull(operands, "operands");
        Checks.NATIVE.positions(terms, heads, headDim);
        return attention.pack(terms, heads, headDim, operands);
    }

    @Override
    public long attentionScratch(AttentionShape shape, int length) {
        Checks.size("attentionScratch", "length", length);
        return attention.scratch(shape, length);
    }

    @Override
    public void attention(
            AttentionShape shape,
            int length,
            int queries,
            int fromHead,
            int toHead,
            MemorySegment q,
            int ldq,
            MemorySegment k,
            MemorySegment v,
            int ldkv,
            MemorySegment keyMask,
            MemorySegment out,
            int ldo,
            MemorySegment scratch) {
        Checks.NATIVE.attention(
                shape,
                length,
                queries,
                fromHead,
                toHead,
                q,
                ldq,
                k,
                v,
                ldkv,
                keyMask,
                out,
                ldo,
                scratch,
                attention.scratch(shape, length));
        attention.attention(shape, length, queries, fromHead, toHead, q, ldq, k, v, ldkv, keyMask, out, ldo, scratch);
    }

    @Override
    public void activate(int rowCount, int n, MemorySegment x, int ldx, MemorySegment bias, Activation act) {
        Objects.requireNonNull(act, "act");
        Checks.NATIVE.activate(rowCount, n, x, ldx, bias);
        rows.activate(rowCount, n, x, ldx, bias, act);
    }

    private MachineMatrix own(PackedMatrix b) {
        if (b instanceof MachineMatrix matrix) {
            return matrix;
        }
        throw Checks.foreign(b, name());
    }
}
