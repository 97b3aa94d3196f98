package dev.kanmon.kernels.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.AdamWStep;
import dev.kanmon.kernels.GradientKernels;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.kernels.common.AdamWFactors;
import dev.kanmon.kernels.common.DropoutHash;
import dev.kanmon.kernels.common.GradientChecks;
import dev.kanmon.kernels.common.PanelLayout;
import dev.kanmon.kernels.common.Rounding;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Every operation as plain loops, on segments of any kind, in double where it pays: the definition and the oracle. */
public final class ScalarGradients implements GradientKernels {
    private static final ValueLayout.OfInt STEPS = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);

    private ScalarGradients() {}

    /** The scalar gradients; they hold no state. */
    public static GradientKernels create() {
        return new ScalarGradients();
    }

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public void packRows(
            WeightType type, int n, int k, MemorySegment w, int ldw, MemorySegment to, int fromPanel, int toPanel) {
        GradientChecks.pack("packRows", type, n, k, w, n, k, ldw, to, fromPanel, toPanel);
        pack(type, n, k, w, ldw, 1, to, fromPanel, toPanel);
    }

    @Override
    public void packColumns(
            WeightType type, int n, int k, MemorySegment w, int ldw, MemorySegment to, int fromPanel, int toPanel) {
        GradientChecks.pack("packColumns", type, n, k, w, k, n, ldw, to, fromPanel, toPanel);
        pack(type, n, k, w, 1, ldw, to, fromPanel, toPanel);
    }

    /** Packs a matrix whose outputs and inputs lie at the distances given. */
    private static void pack(
            WeightType type,
            int n,
            int k,
            MemorySegment w,
            long outputStride,
            long inputStride,
            MemorySegment to,
            int fromPanel,
            int toPanel) {
        int steps = PanelLayout.steps(type, k);
        int inputs = PanelLayout.inputsOfStep(type);
        for (int panel = fromPanel; panel < toPanel; panel++) {
            for (int step = 0; step < steps; step++) {
                for (int j = 0; j < PanelLayout.PANEL; j++) {
                    int output = panel * PanelLayout.PANEL + j;
                    int bits = 0;
                    for (int i = 0; i < inputs && step * inputs + i < k && output < n; i++) {
                        float value = get(w, output * outputStride + (step * inputs + i) * inputStride);
                        bits |= type == WeightType.F32
                                ? Float.floatToRawIntBits(value)
                                : (Rounding.toBf16(value) & 0xFFFF) << 16 * i;
                    }
                    to.setAtIndex(STEPS, ((long) panel * steps + step) * PanelLayout.PANEL + j, bits);
                }
            }
        }
    }

    @Override
    public void transpose(int rows, int columns, MemorySegment x, int ldx, MemorySegment out, int ldo) {
        GradientChecks.transpose(rows, columns, x, ldx, out, ldo);
        for (int j = 0; j < columns; j++) {
            for (int i = 0; i < rows; i++) {
                set(out, (long) j * ldo + i, get(x, (long) i * ldx + j));
            }
        }
    }

    @Override
    public void activateBackward(int rows, int n, MemorySegment x, int ldx, Activation act, MemorySegment dy, int ldy) {
        GradientChecks.activate(rows, n, x, ldx, act, dy, ldy);
        if (act == Activation.NONE) {
            return;
        }
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < n; j++) {
                long at = (long) i * ldy + j;
                set(dy, at, (float) (get(dy, at) * ScalarMath.slope(get(x, (long) i * ldx + j), act)));
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
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < n; j++) {
                float left = get(x, (long) i * ldx + j);
                float right = get(x, (long) i * ldx + n + j);
                float gradient = get(dy, (long) i * ldy + j);
                set(dx, (long) i * ldo + j, (float) ((double) gradient * right * ScalarMath.slope(left, act)));
                set(dx, (long) i * ldo + n + j, gradient * ScalarMath.activate(left, act));
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
        for (int i = 0; i < rows; i++) {
            double mean = 0;
            for (int j = 0; j < n; j++) {
                mean += (double) get(x, (long) i * ldx + j) / n;
            }
            normRow(i, n, x, ldx, mean, gamma, eps, dy, ldy, dx, ldo, true, dGamma, dBeta);
        }
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
        for (int i = 0; i < rows; i++) {
            normRow(i, n, x, ldx, 0, gamma, eps, dy, ldy, dx, ldo, false, dGamma, null);
        }
    }

    /** A row of either norm; whether the mean depends on x is what tells them apart. */
    private static void normRow(
            int row,
            int n,
            MemorySegment x,
            int ldx,
            double mean,
            MemorySegment gamma,
            float eps,
            MemorySegment dy,
            int ldy,
            MemorySegment dx,
            int ldo,
            boolean centred,
            MemorySegment dGamma,
            MemorySegment dBeta) {
        double squares = 0;
        for (int j = 0; j < n; j++) {
            double d = get(x, (long) row * ldx + j) - mean;
            squares += d * d;
        }
        double r = 1 / Math.sqrt(squares / n + eps);
        double meanG = 0;
        double meanGx = 0;
        for (int j = 0; j < n; j++) {
            double gradient = get(dy, (long) row * ldy + j);
            double normalised = (get(x, (long) row * ldx + j) - mean) * r;
            double g = gradient * get(gamma, j);
            meanG += g / n;
            meanGx += g * normalised / n;
            if (dGamma != null) {
                set(dGamma, j, (float) (get(dGamma, j) + gradient * normalised));
            }
            if (dBeta != null) {
                set(dBeta, j, (float) (get(dBeta, j) + gradient));
            }
        }
        for (int j = 0; j < n; j++) {
            double g = (double) get(dy, (long) row * ldy + j) * get(gamma, j);
            double normalised = (get(x, (long) row * ldx + j) - mean) * r;
            set(dx, (long) row * ldo + j, (float) (r * (g - (centred ? meanG : 0) - normalised * meanGx)));
        }
    }

    @Override
    public void addColumnSums(int rows, int n, MemorySegment x, int ldx, MemorySegment sums) {
        GradientChecks.addColumnSums(rows, n, x, ldx, sums);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < n; j++) {
                set(sums, j, get(sums, j) + get(x, (long) i * ldx + j));
            }
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
        for (int i = 0; i < rows; i++) {
            int key = DropoutHash.ofRow(seed, firstRow + i);
            for (int j = 0; j < n; j++) {
                long at = (long) i * ldx + j;
                set(x, at, DropoutHash.keeps(key, j, threshold) ? get(x, at) * scale : 0);
            }
        }
    }

    @Override
    public double sumOfSquares(long count, MemorySegment x) {
        GradientChecks.sumOfSquares(count, x);
        double sum = 0;
        for (long i = 0; i < count; i++) {
            double value = get(x, i);
            sum += value * value;
        }
        return sum;
    }

    @Override
    public void adamW(long count, MemorySegment w, MemorySegment g, MemorySegment m, MemorySegment v, AdamWStep step) {
        GradientChecks.adamW(count, w, g, m, v, step);
        var f = AdamWFactors.of(step);
        for (long i = 0; i < count; i++) {
            float gradient = get(g, i) * f.gradientScale();
            float mean = get(m, i) + f.meanWeight() * (gradient - get(m, i));
            float square = get(v, i) * f.squareDecay() + f.squareWeight() * gradient * gradient;
            float root = (float) Math.sqrt(square) / f.root() + f.epsilon();
            set(w, i, get(w, i) * f.keep() - f.rate() * (mean / root));
            set(m, i, mean);
            set(v, i, square);
        }
    }

    private static float get(MemorySegment segment, long index) {
        return segment.getAtIndex(JAVA_FLOAT, index);
    }

    private static void set(MemorySegment segment, long index, float value) {
        segment.setAtIndex(JAVA_FLOAT, index, value);
    }
}
