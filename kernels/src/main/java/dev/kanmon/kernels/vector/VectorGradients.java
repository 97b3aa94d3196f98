package dev.kanmon.kernels.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.AdamWStep;
import dev.kanmon.kernels.GradientKernels;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.kernels.common.AdamWFactors;
import dev.kanmon.kernels.common.DropoutHash;
import dev.kanmon.kernels.common.GradientChecks;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The gradients with the Vector API, on copies of parts of the operands that stay in cache, filled up to whole vectors. A
 * copy costs some 0.04 ns an element and operand, and every element goes the same way through the code.
 *
 * @implNote Vectors can be read where they lie, but C2 makes fast code of that only as long as it has seen one class of
 *     segment, and classes of the Vector API show it another one while they are interpreted: on the heap that took ten
 *     times longer.
 */
public final class VectorGradients implements GradientKernels {
    /** Elements that are copied at a time where they do not depend on each other: three copies fit into 32 KB. */
    private static final int PART = 2048;

    /** Elements of a loop at most that runs over memory where it lies, so that it counts in int: a multiple of any lanes. */
    private static final int STREAMED = 1 << 24;

    private VectorGradients() {}

    /** The vector gradients; they hold no state. To be asked for only where {@link VectorKernels} work. */
    public static GradientKernels create() {
        return new VectorGradients();
    }

    @Override
    public String name() {
        return "vector";
    }

    @Override
    public void packRows(
            WeightType type, int n, int k, MemorySegment w, int ldw, MemorySegment to, int fromPanel, int toPanel) {
        GradientChecks.pack("packRows", type, n, k, w, n, k, ldw, to, fromPanel, toPanel);
        VectorPacking.rows(type, n, k, w, ldw, to, fromPanel, toPanel);
    }

    @Override
    public void packColumns(
            WeightType type, int n, int k, MemorySegment w, int ldw, MemorySegment to, int fromPanel, int toPanel) {
        GradientChecks.pack("packColumns", type, n, k, w, k, n, ldw, to, fromPanel, toPanel);
        VectorPacking.columns(type, n, k, w, ldw, to, fromPanel, toPanel);
    }

    @Override
    public void transpose(int rows, int columns, MemorySegment x, int ldx, MemorySegment out, int ldo) {
        GradientChecks.transpose(rows, columns, x, ldx, out, ldo);
        VectorPacking.transpose(rows, columns, x, ldx, out, ldo);
    }

    @Override
    public void activateBackward(int rows, int n, MemorySegment x, int ldx, Activation act, MemorySegment dy, int ldy) {
        GradientChecks.activate(rows, n, x, ldx, act, dy, ldy);
        if (act == Activation.NONE) {
            return;
        }
        var left = new float[partOf(n)];
        var gradient = new float[partOf(n)];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < n; j += PART) {
                int some = Math.min(PART, n - j);
                load(x, (long) i * ldx + j, left, some);
                load(dy, (long) i * ldy + j, gradient, some);
                VectorSlopes.apply(act, left, gradient, pad(some));
                store(gradient, dy, (long) i * ldy + j, some);
            }
        }
    }

    @Override
    public void gateBackward(
            int rows,
            int n,
            MemorySegment x,
            int ldx,
            Activation act,
            MemorySegment dy,
            int ldy,
            MemorySegment dx,
            int ldo) {
        GradientChecks.gate(rows, n, x, ldx, act, dy, ldy, dx, ldo);
        var left = new float[partOf(n)];
        var right = new float[partOf(n)];
        var gradient = new float[partOf(n)];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < n; j += PART) {
                int some = Math.min(PART, n - j);
                int padded = pad(some);
                load(x, (long) i * ldx + j, left, some);
                load(x, (long) i * ldx + n + j, right, some);
                load(dy, (long) i * ldy + j, gradient, some);
                VectorRows.multiply(right, 0, gradient, 0, padded);
                VectorSlopes.apply(act, left, right, padded);
                VectorActivation.apply(act, left, 0, padded);
                VectorRows.multiply(left, 0, gradient, 0, padded);
                store(right, dx, (long) i * ldo + j, some);
                store(left, dx, (long) i * ldo + n + j, some);
            }
        }
    }

    @Override
    public void layerNormBackward(
            int rows,
            int n,
            MemorySegment x,
            int ldx,
            MemorySegment gamma,
            float eps,
            MemorySegment dy,
            int ldy,
            MemorySegment dx,
            int ldo,
            MemorySegment dGamma,
            MemorySegment dBeta) {
        GradientChecks.norm("layerNormBackward", rows, n, x, ldx, gamma, eps, dy, ldy, dx, ldo, dGamma, dBeta);
        norm(true, rows, n, x, ldx, gamma, eps, dy, ldy, dx, ldo, dGamma, dBeta);
    }

    @Override
    public void rmsNormBackward(
            int rows,
            int n,
            MemorySegment x,
            int ldx,
            MemorySegment gamma,
            float eps,
            MemorySegment dy,
            int ldy,
            MemorySegment dx,
            int ldo,
            MemorySegment dGamma) {
        GradientChecks.norm("rmsNormBackward", rows, n, x, ldx, gamma, eps, dy, ldy, dx, ldo, dGamma, null);
        norm(false, rows, n, x, ldx, gamma, eps, dy, ldy, dx, ldo, dGamma, null);
    }

    private static void norm(
            boolean centred,
            int rows,
            int n,
            MemorySegment x,
            int ldx,
            MemorySegment gamma,
            float eps,
            MemorySegment dy,
            int ldy,
            MemorySegment dx,
            int ldo,
            MemorySegment dGamma,
            MemorySegment dBeta) {
        if (rows == 0 || n == 0) {
            return;
        }
        var row = new NormGradient(n, eps);
        load(gamma, 0, row.gamma, n);
        // sums that nobody wants are summed all the same: a copy of the loop without them would be no faster
        if (dGamma != null) {
            load(dGamma, 0, row.dGamma, n);
        }
        if (dBeta != null) {
            load(dBeta, 0, row.dBeta, n);
        }
        for (int i = 0; i < rows; i++) {
            load(x, (long) i * ldx, row.x, n);
            load(dy, (long) i * ldy, row.dy, n);
            if (centred) {
                row.layerNorm();
            } else {
                row.rmsNorm();
            }
            store(row.dy, dx, (long) i * ldo, n);
        }
        if (dGamma != null) {
            store(row.dGamma, dGamma, 0, n);
        }
        if (dBeta != null) {
            store(row.dBeta, dBeta, 0, n);
        }
    }

    @Override
    public void addColumnSums(int rows, int n, MemorySegment x, int ldx, MemorySegment sums) {
        GradientChecks.addColumnSums(rows, n, x, ldx, sums);
        var part = new float[partOf(n)];
        var sum = new float[partOf(n)];
        for (int j = 0; j < n; j += PART) {
            int some = Math.min(PART, n - j);
            load(sums, j, sum, some);
            for (int i = 0; i < rows; i++) {
                load(x, (long) i * ldx + j, part, some);
                VectorRows.add(sum, 0, part, 0, some);
            }
            store(sum, sums, j, some);
        }
    }

    @Override
    public void dropout(int rows, int n, MemorySegment x, int ldx, float p, long seed, long firstRow) {
        GradientChecks.dropout(rows, n, x, ldx, p, firstRow);
        if (p == 0) {
            return;
        }
        int threshold = DropoutHash.threshold(p);
        float scale = 1 / (1 - p);
        var part = new float[partOf(n)];
        for (int i = 0; i < rows; i++) {
            int key = DropoutHash.ofRow(seed, firstRow + i);
            for (int j = 0; j < n; j += PART) {
                int some = Math.min(PART, n - j);
                load(x, (long) i * ldx + j, part, some);
                VectorFlat.dropout(part, pad(some), key, j, threshold, scale);
                store(part, x, (long) i * ldx + j, some);
            }
        }
    }

    @Override
    public double sumOfSquares(long count, MemorySegment x) {
        GradientChecks.sumOfSquares(count, x);
        var part = new float[PART];
        double sum = 0;
        for (long i = 0; i < count; i += PART) {
            int some = (int) Math.min(PART, count - i);
            load(x, i, part, some);
            Arrays.fill(part, some, pad(some), 0);
            sum += VectorFlat.sumOfSquares(part, pad(some));
        }
        return sum;
    }

    @Override
    public void adamW(long count, MemorySegment w, MemorySegment g, MemorySegment m, MemorySegment v, AdamWStep step) {
        GradientChecks.adamW(count, w, g, m, v, step);
        var factors = AdamWFactors.of(step);
        long done = 0;
        if (w.isNative()) {
            long whole = count / Lanes.LENGTH * Lanes.LENGTH;
            while (done < whole) {
                int some = (int) Math.min(STREAMED, whole - done);
                VectorFlat.adamW(w, g, m, v, done * Float.BYTES, some, factors);
                done += some;
            }
        }
        adamWOnCopies(done, count, w, g, m, v, factors);
    }

    private static void adamWOnCopies(
            long from,
            long to,
            MemorySegment w,
            MemorySegment g,
            MemorySegment m,
            MemorySegment v,
            AdamWFactors factors) {
        // four copies in 32 KB
        int part = (int) Math.min(PART / 2, to - from);
        var weights = new float[pad(part)];
        var gradients = new float[pad(part)];
        var means = new float[pad(part)];
        var squares = new float[pad(part)];
        for (long i = from; i < to; i += part) {
            int some = (int) Math.min(part, to - i);
            load(w, i, weights, some);
            load(g, i, gradients, some);
            load(m, i, means, some);
            load(v, i, squares, some);
            VectorFlat.adamW(weights, gradients, means, squares, pad(some), factors);
            store(weights, w, i, some);
            store(means, m, i, some);
            store(squares, v, i, some);
        }
    }

    private static int pad(int n) {
        return Math.ceilDiv(n, Lanes.LENGTH) * Lanes.LENGTH;
    }

    /** Floats of a copy of a part of a row of n. */
    private static int partOf(int n) {
        return pad(Math.min(n, PART));
    }

    private static void load(MemorySegment from, long index, float[] to, int n) {
        MemorySegment.copy(from, JAVA_FLOAT, index * Float.BYTES, to, 0, n);
    }

    private static void store(float[] from, MemorySegment to, long index, int n) {
        MemorySegment.copy(from, 0, to, JAVA_FLOAT, index * Float.BYTES, n);
    }
}
