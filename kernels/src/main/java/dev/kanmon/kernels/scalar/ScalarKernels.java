package dev.kanmon.kernels.scalar;

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

/** Every operation as plain loops over arrays: the definition, and the oracle of the tests. */
public final class ScalarKernels implements Kernels {
    private ScalarKernels() {}

    /** The scalar kernels; they hold no state. */
    public static Kernels create() {
        return new ScalarKernels();
    }

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public String description() {
        return "plain Java loops";
    }

    @Override
    public MemorySegment allocate(long floats) {
        return Heap.allocate(floats);
    }

    @Override
    public PackedMatrix pack(WeightType type, int n, int k, RowSource rows, Pieces pieces) {
        Checks.pack(type, n, k, rows, pieces);
        return ScalarMatrix.pack(type, n, k, rows, pieces);
    }

    @Override
    public PackedMatrix pack(StoredMatrix stored, Pieces pieces) {
        Checks.pack(stored.type(), stored.n(), stored.k(), stored, pieces);
        return ScalarMatrix.pack(stored, pieces);
    }

    @Override
    public long gemmScratch(int m, PackedMatrix b) {
        Checks.size("gemmScratch", "m", m);
        own(b);
        return 0;
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
        Checks.HEAP.gemm(m, a, lda, b, fromN, toN, bias, c, ldc, scratch, 0);
        var aArray = Heap.array(a);
        var cArray = Heap.array(c);
        var biasArray = bias == null ? null : Heap.array(bias);
        // an array of its own lets C2 vectorise the sums, see ScalarMatrix
        var sums = new float[toN];
        for (int row = 0; row < m; row++) {
            weights.multiply(aArray, Heap.offset(a) + row * lda, fromN, toN, biasArray, Heap.offset(bias), sums);
            int cRow = Heap.offset(c) + row * ldc;
            System.arraycopy(sums, fromN, cArray, cRow + fromN, toN - fromN);
            activateRow(cArray, cRow + fromN, toN - fromN, act);
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
        var y = Heap.array(x);
        var z = Heap.array(out);
        var g = Heap.array(gamma);
        for (int row = 0; row < rows; row++) {
            int at = Heap.offset(x) + row * ldx;
            int to = Heap.offset(out) + row * ldo;
            addRow(y, at, bias, 0, n);
            addRow(y, at, residual, row * ldr, n);
            double sum = 0;
            for (int j = 0; j < n; j++) {
                sum += y[at + j];
            }
            double mean = sum / n;
            double squares = 0;
            for (int j = 0; j < n; j++) {
                double d = y[at + j] - mean;
                squares += d * d;
            }
            double inverse = 1 / Math.sqrt(squares / n + eps);
            for (int j = 0; j < n; j++) {
                double shift = beta == null ? 0 : Heap.array(beta)[Heap.offset(beta) + j];
                z[to + j] = (float) ((y[at + j] - mean) * inverse * g[Heap.offset(gamma) + j] + shift);
            }
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
            int to = Heap.offset(out) + row * ldo;
            addRow(y, at, residual, row * ldr, n);
            double squares = 0;
            for (int j = 0; j < n; j++) {
                squares += (double) y[at + j] * y[at + j];
            }
            double inverse = 1 / Math.sqrt(squares / n + eps);
            for (int j = 0; j < n; j++) {
                z[to + j] = (float) (y[at + j] * inverse * g[Heap.offset(gamma) + j]);
            }
        }
    }

    @Override
    public void add(int rows, int n, MemorySegment x, int ldx, MemorySegment bias, MemorySegment y, int ldy) {
        Checks.HEAP.add(rows, n, x, ldx, bias, y, ldy);
        for (int row = 0; row < rows; row++) {
            int at = Heap.offset(x) + row * ldx;
            addRow(Heap.array(x), at, bias, 0, n);
            addRow(Heap.array(x), at, y, row * ldy, n);
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
        var y = Heap.array(x);
        int half = rotated / 2;
        for (int row = 0; row < rows; row++) {
            int angles = (fromPosition + row) * half;
            for (int head = 0; head < heads; head++) {
                int at = Heap.offset(x) + row * ldx + head * headDim;
                for (int j = 0; j < half; j++) {
                    float c = Heap.array(cos)[Heap.offset(cos) + angles + j];
                    float s = Heap.array(sin)[Heap.offset(sin) + angles + j];
                    float left = y[at + j];
                    float right = y[at + j + half];
                    y[at + j] = left * c - right * s;
                    y[at + j + half] = right * c + left * s;
                }
            }
        }
    }

    @Override
    public void gate(int rows, int n, MemorySegment x, int ldx, Activation act) {
        Checks.HEAP.gate(rows, n, x, ldx, act);
        var y = Heap.array(x);
        for (int row = 0; row < rows; row++) {
            int at = Heap.offset(x) + row * ldx;
            for (int j = at; j < at + n; j++) {
                y[j] = ScalarMath.activate(y[j], act) * y[j + n];
            }
        }
    }

    @Override
    public PackedPositions pack(RelativePositions.Disentangled terms, int heads, int headDim, Operands operands) {
        Objects.requireNonNull(operands, "operands");
        Checks.HEAP.positions(terms, heads, headDim);
        return ScalarPositions.pack(terms, heads, headDim, operands);
    }

    @Override
    public long attentionScratch(AttentionShape shape, int length) {
        Checks.size("attentionScratch", "length", length);
        requireOwn(shape.positions());
        return 0;
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
                shape, length, queries, fromHead, toHead, q, ldq, k, v, ldkv, keyMask, out, ldo, scratch, 0);
        requireOwn(shape.positions());
        var attention = new ScalarAttention(shape, length, keyMask);
        for (int head = fromHead; head < toHead; head++) {
            attention.head(head, queries, q, ldq, k, v, ldkv, out, ldo);
        }
    }

    @Override
    public void activate(int rows, int n, MemorySegment x, int ldx, MemorySegment bias, Activation act) {
        Objects.requireNonNull(act, "act");
        Checks.HEAP.activate(rows, n, x, ldx, bias);
        for (int row = 0; row < rows; row++) {
            int at = Heap.offset(x) + row * ldx;
            addRow(Heap.array(x), at, bias, 0, n);
            activateRow(Heap.array(x), at, n, act);
        }
    }

    private static void activateRow(float[] x, int at, int n, Activation act) {
        if (act != Activation.NONE) {
            for (int j = at; j < at + n; j++) {
                x[j] = ScalarMath.activate(x[j], act);
            }
        }
    }

    /** {@code y += x[from …]}; nothing where x is null. */
    private static void addRow(float[] y, int at, MemorySegment x, int from, int n) {
        if (x != null) {
            ScalarMath.add(y, at, Heap.array(x), Heap.offset(x) + from, n);
        }
    }

    private ScalarMatrix own(PackedMatrix b) {
        if (b instanceof ScalarMatrix matrix) {
            return matrix;
        }
        throw Checks.foreign(b, name());
    }

    private void requireOwn(RelativePositions positions) {
        if (positions instanceof PackedPositions packed && !(packed instanceof ScalarPositions)) {
            throw Checks.foreign(packed, name());
        }
    }
}
