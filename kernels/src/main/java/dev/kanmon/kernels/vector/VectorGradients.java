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

/**
 * The gradients with the Vector API. What reads each element once does so where it lies. What computes more with it does
 * so on copies of parts of a row, filled up to whole vectors: outside of the heap that costs 0.04 ns an element and
 * operand, and every element goes the same way through the code, whatever memory it is in.
 */
public final class VectorGradients implements GradientKernels {
    /** Columns that are copied at a time where columns do not depend on each other: three copies stay in 48 KB of cache. */
    private static final int PART = 2048;

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
        for (int panel = fromPanel; panel < toPanel; panel++) {
            VectorPacking.rows(type, n, k, w, ldw, to, panel);
        }
    }

    @Override
    public void packColumns(
            WeightType type, int n, int k, MemorySegment w, int ldw, MemorySegment to, int fromPanel, int toPanel) {
        GradientChecks.pack("packColumns", type, n, k, w, k, n, ldw, to, fromPanel, toPanel);
        for (int panel = fromPanel; panel < toPanel; panel++) {
            VectorPacking.columns(type, n, k, w, ldw, to, panel);
        }
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
        var row = new float[n];
        load(sums, 0, row, n);
        for (int i = 0; i < rows; i++) {
            VectorFlat.add(row, x, 4L * i * ldx, n);
        }
        store(row, sums, 0, n);
    }

    @Override
    public void dropout(int rows, int n, MemorySegment x, int ldx, float p, long seed, long firstRow) {
        GradientChecks.dropout(rows, n, x, ldx, p, firstRow);
        if (p == 0) {
            return;
        }
        int threshold = DropoutHash.threshold(p);
        float scale = 1 / (1 - p);
        for (int i = 0; i < rows; i++) {
            VectorFlat.dropout(x, 4L * i * ldx, n, DropoutHash.ofRow(seed, firstRow + i), threshold, scale);
        }
    }

    @Override
    public double sumOfSquares(long count, MemorySegment x) {
        GradientChecks.sumOfSquares(count, x);
        double sum = 0;
        for (long i = 0; i < count; i += VectorFlat.MOST) {
            sum += VectorFlat.sumOfSquares(x, 4 * i, (int) Math.min(VectorFlat.MOST, count - i));
        }
        return sum;
    }

    @Override
    public void adamW(long count, MemorySegment w, MemorySegment g, MemorySegment m, MemorySegment v, AdamWStep step) {
        GradientChecks.adamW(count, w, g, m, v, step);
        var factors = AdamWFactors.of(step);
        for (long i = 0; i < count; i += VectorFlat.MOST) {
            VectorFlat.adamW(w, g, m, v, 4 * i, (int) Math.min(VectorFlat.MOST, count - i), factors);
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
