package dev.kanmon.kernels.scalar;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.RowSource;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.kernels.common.Checks;
import dev.kanmon.kernels.common.Heap;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
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
    public PackedMatrix pack(WeightType type, int n, int k, RowSource rows) {
        Checks.pack(type, n, k, rows);
        return ScalarMatrix.pack(type, n, k, rows);
    }

    @Override
    public long gemmScratch(int m, PackedMatrix b) {
        Checks.size("gemmScratch", "m", m);
        own(b);
        return 0;
    }

    @Override
    public void gemm(int m, MemorySegment a, int lda, PackedMatrix b, int fromN, int toN, MemorySegment bias,
            Activation act, MemorySegment c, int ldc, MemorySegment scratch) {
        var weights = own(b);
        Objects.requireNonNull(act, "act");
        Checks.gemm(m, a, lda, b, fromN, toN, bias, c, ldc, scratch, 0);
        var aArray = Heap.array(a);
        var cArray = Heap.array(c);
        for (int row = 0; row < m; row++) {
            int cRow = Heap.offset(c) + row * ldc;
            Arrays.fill(cArray, cRow + fromN, cRow + toN, 0);
            weights.multiplyAdd(aArray, Heap.offset(a) + row * lda, fromN, toN, cArray, cRow);
            activateRow(cArray, cRow, fromN, toN, bias, act);
        }
    }

    @Override
    public void residualLayerNorm(int rows, int n, MemorySegment x, int ldx, MemorySegment bias, MemorySegment residual,
            int ldr, MemorySegment gamma, MemorySegment beta, float eps) {
        Checks.layerNorm(rows, n, x, ldx, bias, residual, ldr, gamma, beta, eps);
        var y = Heap.array(x);
        var g = Heap.array(gamma);
        var b = Heap.array(beta);
        for (int row = 0; row < rows; row++) {
            int at = Heap.offset(x) + row * ldx;
            if (bias != null) {
                add(y, at, Heap.array(bias), Heap.offset(bias), n);
            }
            if (residual != null) {
                add(y, at, Heap.array(residual), Heap.offset(residual) + row * ldr, n);
            }
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
                double normalised = (y[at + j] - mean) * inverse;
                y[at + j] = (float) (normalised * g[Heap.offset(gamma) + j] + b[Heap.offset(beta) + j]);
            }
        }
    }

    @Override
    public long attentionScratch(int length, int headDim) {
        Checks.size("attentionScratch", "length", length);
        Checks.size("attentionScratch", "headDim", headDim);
        // keys of one head transposed, and the scores of one query
        return (long) length * headDim + length;
    }

    @Override
    public void attention(int length, int fromHead, int toHead, int headDim, float scale, MemorySegment q,
            MemorySegment k, MemorySegment v, int ldqkv, MemorySegment keyMask, MemorySegment out, int ldo,
            MemorySegment scratch) {
        Checks.attention(length, fromHead, toHead, headDim, q, k, v, ldqkv, keyMask, out, ldo, scratch,
                attentionScratch(length, headDim));
        var qArray = Heap.array(q);
        var vArray = Heap.array(v);
        var outArray = Heap.array(out);
        var work = Heap.array(scratch);
        int keys = Heap.offset(scratch);
        int scores = keys + length * headDim;
        for (int head = fromHead; head < toHead; head++) {
            int column = head * headDim;
            transpose(Heap.array(k), Heap.offset(k) + column, ldqkv, length, headDim, work, keys);
            for (int query = 0; query < length; query++) {
                int qRow = Heap.offset(q) + query * ldqkv + column;
                Arrays.fill(work, scores, scores + length, 0);
                for (int d = 0; d < headDim; d++) {
                    multiplyAdd(qArray[qRow + d], work, keys + d * length, work, scores, length);
                }
                softmax(work, scores, length, scale, keyMask);
                int outRow = Heap.offset(out) + query * ldo + column;
                Arrays.fill(outArray, outRow, outRow + headDim, 0);
                for (int key = 0; key < length; key++) {
                    int vRow = Heap.offset(v) + key * ldqkv + column;
                    multiplyAdd(work[scores + key], vArray, vRow, outArray, outRow, headDim);
                }
            }
        }
    }

    @Override
    public void activate(int rows, int n, MemorySegment x, int ldx, MemorySegment bias, Activation act) {
        Objects.requireNonNull(act, "act");
        Checks.activate(rows, n, x, ldx, bias);
        for (int row = 0; row < rows; row++) {
            activateRow(Heap.array(x), Heap.offset(x) + row * ldx, 0, n, bias, act);
        }
    }

    private static void activateRow(float[] x, int at, int from, int to, MemorySegment bias, Activation act) {
        if (bias != null) {
            add(x, at + from, Heap.array(bias), Heap.offset(bias) + from, to - from);
        }
        if (act != Activation.NONE) {
            for (int j = at + from; j < at + to; j++) {
                x[j] = ScalarMath.activate(x[j], act);
            }
        }
    }

    /** {@code row = softmax(scale · row + mask)}. */
    private static void softmax(float[] row, int at, int n, float scale, MemorySegment mask) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int j = 0; j < n; j++) {
            float score = scale * row[at + j];
            if (mask != null) {
                score += Heap.array(mask)[Heap.offset(mask) + j];
            }
            row[at + j] = score;
            largest = Math.max(largest, score);
        }
        double sum = 0;
        for (int j = 0; j < n; j++) {
            double weight = Math.exp((double) row[at + j] - largest);
            row[at + j] = (float) weight;
            sum += weight;
        }
        for (int j = 0; j < n; j++) {
            row[at + j] = (float) (row[at + j] / sum);
        }
    }

    private static void transpose(float[] from, int at, int stride, int rows, int columns, float[] to, int toAt) {
        for (int j = 0; j < columns; j++) {
            for (int i = 0; i < rows; i++) {
                to[toAt + j * rows + i] = from[at + i * stride + j];
            }
        }
    }

    private static void multiplyAdd(float factor, float[] b, int bAt, float[] c, int cAt, int n) {
        for (int j = 0; j < n; j++) {
            c[cAt + j] += factor * b[bAt + j];
        }
    }

    private static void add(float[] y, int at, float[] x, int xAt, int n) {
        for (int j = 0; j < n; j++) {
            y[at + j] += x[xAt + j];
        }
    }

    private ScalarMatrix own(PackedMatrix b) {
        if (b instanceof ScalarMatrix matrix) {
            return matrix;
        }
        throw Checks.foreign(b, name());
    }
}
