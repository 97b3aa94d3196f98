package dev.kanmon.kernels.vector;

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
import dev.kanmon.kernels.common.Heap;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** The operations with the Vector API, on arrays. */
public final class VectorKernels implements Kernels {
    private VectorKernels() {}

    /**
     * Why these kernels are of no use in this JVM, or null if they are. The Vector API without C2 is a hundred times
     * slower than plain loops. To be asked only where its module is readable.
     */
    public static String unavailable() {
        // the JVM's own words for -Xint and for -XX:TieredStopAtLevel=1
        String mode = System.getProperty("java.vm.info", "");
        if (mode.contains("interpreted") || mode.contains("emulated-client")) {
            return "the Vector API is slow without the C2 compiler and this JVM runs in " + mode
                    + ", start java without -Xint and -XX:TieredStopAtLevel";
        }
        return Lanes.PROBLEM;
    }

    /** The vector kernels; they hold no state. */
    public static Kernels create() {
        return new VectorKernels();
    }

    @Override
    public String name() {
        return "vector";
    }

    @Override
    public String description() {
        return "Vector API, " + Lanes.SPECIES.vectorBitSize() + "-bit, " + Lanes.LENGTH + " f32 lanes";
    }

    @Override
    public MemorySegment allocate(long floats) {
        return Heap.allocate(floats);
    }

    @Override
    public PackedMatrix pack(WeightType type, int n, int k, RowSource rows, Pieces pieces) {
        Checks.pack(type, n, k, rows, pieces);
        return VectorMatrix.pack(type, n, k, rows, pieces);
    }

    @Override
    public PackedMatrix pack(StoredMatrix stored, Pieces pieces) {
        Checks.pack(stored.type(), stored.n(), stored.k(), stored, pieces);
        return VectorMatrix.pack(stored, pieces);
    }

    @Override
    public long gemmScratch(int m, PackedMatrix b) {
        Checks.size("gemmScratch", "m", m);
        return switch (own(b)) {
            case VectorMatrix.Floats floats -> FloatGemm.scratch(floats);
            case VectorMatrix.Int8 int8 -> Int8Gemm.scratch(m, int8.k());
        };
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
        Checks.HEAP.gemm(m, a, lda, b, fromN, toN, bias, c, ldc, scratch, gemmScratch(m, b));
        var aArray = Heap.array(a);
        int aAt = Heap.offset(a);
        var biasArray = bias == null ? null : Heap.array(bias);
        int biasAt = Heap.offset(bias);
        var cArray = Heap.array(c);
        int cAt = Heap.offset(c);
        var work = Heap.array(scratch);
        int workAt = Heap.offset(scratch);
        switch (weights) {
            case VectorMatrix.Floats w ->
                FloatGemm.run(
                        m, aArray, aAt, lda, w, fromN, toN, biasArray, biasAt, act, cArray, cAt, ldc, work, workAt);
            case VectorMatrix.Int8 w ->
                Int8Gemm.run(
                        m, aArray, aAt, lda, w, fromN, toN, biasArray, biasAt, act, cArray, cAt, ldc, work, workAt);
        }
    }

    @Override
    public void residualLayerNorm(
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
        Checks.HEAP.layerNorm(rows, n, x, ldx, bias, residual, ldr, gamma, beta, eps, out, ldo);
        if (n == 0) {
            return;
        }
        var y = Heap.array(x);
        var z = Heap.array(out);
        var g = Heap.array(gamma);
        var shift = beta == null ? new float[n] : Heap.array(beta);
        int shiftAt = beta == null ? 0 : Heap.offset(beta);
        for (int row = 0; row < rows; row++) {
            int at = Heap.offset(x) + row * ldx;
            float sum;
            if (bias != null && residual != null) {
                int from = Heap.offset(residual) + row * ldr;
                sum = VectorNorm.addAndSum(y, at, Heap.array(bias), Heap.offset(bias), Heap.array(residual), from, n);
            } else {
                addRow(y, at, bias, residual, row * ldr, n);
                sum = VectorNorm.sum(y, at, n);
            }
            VectorNorm.row(y, at, n, sum, g, Heap.offset(gamma), shift, shiftAt, eps, z, Heap.offset(out) + row * ldo);
        }
    }

    private static void addRow(float[] y, int at, MemorySegment bias, MemorySegment residual, int from, int n) {
        var b = Heap.array(bias);
        var r = Heap.array(residual);
        if (bias != null && residual != null) {
            VectorRows.add(y, at, b, Heap.offset(bias), r, Heap.offset(residual) + from, n);
        } else if (bias != null) {
            VectorRows.add(y, at, b, Heap.offset(bias), n);
        } else if (residual != null) {
            VectorRows.add(y, at, r, Heap.offset(residual) + from, n);
        }
    }

    @Override
    public void residualRmsNorm(
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
        Checks.HEAP.norm("residualRmsNorm", rows, n, x, ldx, residual, ldr, gamma, eps, out, ldo);
        var y = Heap.array(x);
        var z = Heap.array(out);
        var g = Heap.array(gamma);
        for (int row = 0; row < rows; row++) {
            int at = Heap.offset(x) + row * ldx;
            addRow(y, at, null, residual, row * ldr, n);
            VectorNorm.rmsRow(y, at, n, g, Heap.offset(gamma), eps, z, Heap.offset(out) + row * ldo);
        }
    }

    @Override
    public void add(int rows, int n, MemorySegment x, int ldx, MemorySegment bias, MemorySegment y, int ldy) {
        Checks.HEAP.add(rows, n, x, ldx, bias, y, ldy);
        for (int row = 0; row < rows; row++) {
            addRow(Heap.array(x), Heap.offset(x) + row * ldx, bias, y, row * ldy, n);
        }
    }

    @Override
    public void rotate(
            int rows,
            int heads,
            int headDim,
            int rotated,
            MemorySegment x,
            int ldx,
            MemorySegment cos,
            MemorySegment sin,
            int fromPosition) {
        Checks.HEAP.rotate(rows, heads, headDim, rotated, x, ldx, cos, sin, fromPosition);
        int half = rotated / 2;
        for (int row = 0; row < rows; row++) {
            int angles = (fromPosition + row) * half;
            for (int head = 0; head < heads; head++) {
                VectorRows.rotate(
                        half,
                        Heap.array(x),
                        Heap.offset(x) + row * ldx + head * headDim,
                        Heap.array(cos),
                        Heap.offset(cos) + angles,
                        Heap.array(sin),
                        Heap.offset(sin) + angles);
            }
        }
    }

    @Override
    public void gate(int rows, int n, MemorySegment x, int ldx, Activation act) {
        Checks.HEAP.gate(rows, n, x, ldx, act);
        activate(rows, n, x, ldx, null, act);
        for (int row = 0; row < rows; row++) {
            int at = Heap.offset(x) + row * ldx;
            VectorRows.multiply(Heap.array(x), at, Heap.array(x), at + n, n);
        }
    }

    @Override
    public PackedPositions pack(RelativePositions.Disentangled terms, int heads, int headDim, Operands operands) {
        Objects.requireNonNull(operands, "operands");
        Checks.HEAP.positions(terms, heads, headDim);
        return VectorPositions.pack(terms, 0, heads, headDim, operands);
    }

    @Override
    public long attentionScratch(AttentionShape shape, int length) {
        Checks.size("attentionScratch", "length", length);
        return VectorAttention.scratch(shape, length);
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
        Checks.HEAP.attention(
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
                attentionScratch(shape, length));
        var positions =
                switch (shape.positions()) {
                    case RelativePositions.Disentangled plain ->
                        VectorPositions.pack(plain, fromHead, toHead, shape.headDim(), shape.operands());
                    case PackedPositions packed -> VectorPositions.own(packed);
                    case RelativePositions.Bias _ -> null;
                    case null -> null;
                };
        var attention =
                new VectorAttention(shape, positions, length, keyMask, Heap.array(scratch), Heap.offset(scratch));
        for (int head = fromHead; head < toHead; head++) {
            attention.head(
                    head,
                    queries,
                    Heap.array(q),
                    Heap.offset(q),
                    ldq,
                    Heap.array(k),
                    Heap.offset(k),
                    Heap.array(v),
                    Heap.offset(v),
                    ldkv,
                    Heap.array(out),
                    Heap.offset(out),
                    ldo);
        }
    }

    @Override
    public void activate(int rows, int n, MemorySegment x, int ldx, MemorySegment bias, Activation act) {
        Objects.requireNonNull(act, "act");
        Checks.HEAP.activate(rows, n, x, ldx, bias);
        var y = Heap.array(x);
        int full = n / Lanes.LENGTH * Lanes.LENGTH;
        // what is left of a row goes through a padded copy: the values must not depend on the way through the code
        var rest = new float[full == n ? 0 : Lanes.LENGTH];
        for (int row = 0; row < rows; row++) {
            int at = Heap.offset(x) + row * ldx;
            if (bias != null) {
                VectorRows.add(y, at, Heap.array(bias), Heap.offset(bias), n);
            }
            VectorActivation.apply(act, y, at, full);
            if (full < n) {
                System.arraycopy(y, at + full, rest, 0, n - full);
                VectorActivation.apply(act, rest, 0, rest.length);
                System.arraycopy(rest, 0, y, at + full, n - full);
            }
        }
    }

    private VectorMatrix own(PackedMatrix b) {
        if (b instanceof VectorMatrix matrix) {
            return matrix;
        }
        throw Checks.foreign(b, name());
    }
}
