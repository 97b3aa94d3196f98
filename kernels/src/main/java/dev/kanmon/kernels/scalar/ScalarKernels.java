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
        Checks.gemm(m, a, lda, b, fromN, toN, bias, c, ldc, scratch, 0);
        var aArray = Heap.array(a);
        var cArray = Heap.array(c);
        // an array of its own lets C2 vectorise the sums, see ScalarMatrix
        var sums = new float[toN];
        for (int row = 0; row < m; row++) {
            Arrays.fill(sums, 0);
            weights.multiplyAdd(aArray, Heap.offset(a) + row * lda, fromN, toN, sums);
            int cRow = Heap.offset(c) + row * ldc;
            System.arraycopy(sums, fromN, cArray, cRow + fromN, toN - fromN);
            activateRow(cArray, cRow, fromN, toN, bias, act);
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
            float eps) {
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
        return 0;
    }

    @Override
    public void attention(
            int length,
            int fromHead,
            int toHead,
            int headDim,
            float scale,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            int ldqkv,
            MemorySegment keyMask,
            MemorySegment out,
            int ldo,
            MemorySegment scratch) {
        Checks.attention(length, fromHead, toHead, headDim, q, k, v, ldqkv, keyMask, out, ldo, scratch, 0);
        // keys[d][t], values[t][d] of one head: arrays of their own let C2 vectorise the sums, see ScalarMatrix
        var keys = new float[headDim][length];
        var values = new float[length][headDim];
        var scores = new float[length];
        var sums = new float[headDim];
        var qArray = Heap.array(q);
        for (int head = fromHead; head < toHead; head++) {
            int column = head * headDim;
            for (int t = 0; t < length; t++) {
                int kRow = Heap.offset(k) + t * ldqkv + column;
                for (int d = 0; d < headDim; d++) {
                    keys[d][t] = Heap.array(k)[kRow + d];
                }
                System.arraycopy(Heap.array(v), Heap.offset(v) + t * ldqkv + column, values[t], 0, headDim);
            }
            for (int t = 0; t < length; t++) {
                int qRow = Heap.offset(q) + t * ldqkv + column;
                Arrays.fill(scores, 0);
                for (int d = 0; d < headDim; d++) {
                    multiplyAdd(qArray[qRow + d], keys[d], scores);
                }
                softmax(scores, scale, keyMask);
                Arrays.fill(sums, 0);
                for (int key = 0; key < length; key++) {
                    multiplyAdd(scores[key], values[key], sums);
                }
                System.arraycopy(sums, 0, Heap.array(out), Heap.offset(out) + t * ldo + column, headDim);
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

    /** {@code scores = softmax(scale · scores + mask)}. */
    private static void softmax(float[] scores, float scale, MemorySegment mask) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int j = 0; j < scores.length; j++) {
            scores[j] *= scale;
            if (mask != null) {
                scores[j] += Heap.array(mask)[Heap.offset(mask) + j];
            }
            largest = Math.max(largest, scores[j]);
        }
        double sum = 0;
        for (int j = 0; j < scores.length; j++) {
            double weight = Math.exp((double) scores[j] - largest);
            scores[j] = (float) weight;
            sum += weight;
        }
        for (int j = 0; j < scores.length; j++) {
            scores[j] = (float) (scores[j] / sum);
        }
    }

    private static void multiplyAdd(float factor, float[] b, float[] c) {
        for (int j = 0; j < c.length; j++) {
            c[j] += factor * b[j];
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
