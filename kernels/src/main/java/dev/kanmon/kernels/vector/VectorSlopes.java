package dev.kanmon.kernels.vector;

import dev.kanmon.kernels.Activation;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@code dy = dy · act'(x)} on whole vectors, from the beginning of two arrays on. See {@link VectorActivation} for the
 * error function and {@link Exp} for the exponential.
 */
final class VectorSlopes {
    private static final int LANES = Lanes.LENGTH;

    private static final float SQRT_HALF = (float) Math.sqrt(0.5);
    private static final float DENSITY_AT_ZERO = (float) (1 / Math.sqrt(2 * Math.PI));
    private static final double SQRT_8_OVER_PI = Math.sqrt(8 / Math.PI);

    private VectorSlopes() {}

    /** On {@code n} floats, a multiple of the lanes. */
    static void apply(Activation act, float[] x, float[] dy, int n) {
        switch (act) {
            case NONE -> {}
            case GELU -> gelu(x, dy, n);
            case GELU_TANH -> timesSigmoid(x, dy, n, (float) SQRT_8_OVER_PI, (float) (SQRT_8_OVER_PI * 0.044715));
            case RELU -> relu(x, dy, n);
            case SILU -> timesSigmoid(x, dy, n, 1, 0);
            case QUICK_GELU -> timesSigmoid(x, dy, n, 1.702f, 0);
            case TANH -> tanh(x, dy, n);
        }
    }

    /** Φ(x) + x · φ(x). */
    private static void gelu(float[] x, float[] dy, int n) {
        for (int j = 0; j < n; j += LANES) {
            var v = FloatVector.fromArray(Lanes.SPECIES, x, j);
            var s = v.mul(SQRT_HALF);
            var z = s.mul(s);
            var p = FloatVector.broadcast(Lanes.SPECIES, VectorActivation.ERF_P5);
            p = p.fma(z, FloatVector.broadcast(Lanes.SPECIES, VectorActivation.ERF_P4));
            p = p.fma(z, FloatVector.broadcast(Lanes.SPECIES, VectorActivation.ERF_P3));
            p = p.fma(z, FloatVector.broadcast(Lanes.SPECIES, VectorActivation.ERF_P2));
            p = p.fma(z, FloatVector.broadcast(Lanes.SPECIES, VectorActivation.ERF_P1));
            p = p.fma(z, FloatVector.broadcast(Lanes.SPECIES, VectorActivation.ERF_P0));
            var q = FloatVector.broadcast(Lanes.SPECIES, VectorActivation.ERF_Q5);
            q = q.fma(z, FloatVector.broadcast(Lanes.SPECIES, VectorActivation.ERF_Q4));
            q = q.fma(z, FloatVector.broadcast(Lanes.SPECIES, VectorActivation.ERF_Q3));
            q = q.fma(z, FloatVector.broadcast(Lanes.SPECIES, VectorActivation.ERF_Q2));
            q = q.fma(z, FloatVector.broadcast(Lanes.SPECIES, VectorActivation.ERF_Q1));
            q = q.fma(z, FloatVector.broadcast(Lanes.SPECIES, 1f));
            var erf = s.mul(p).div(q);
            erf = erf.blend(1f, s.compare(VectorOperators.GE, VectorActivation.ERF_END));
            erf = erf.blend(-1f, s.compare(VectorOperators.LE, -VectorActivation.ERF_END));
            var y = z.neg();
            var t = y.lanewise(VectorOperators.FMA, Exp.LOG2_E, Exp.ROUNDER);
            var whole = t.sub(Exp.ROUNDER);
            var r = whole.lanewise(VectorOperators.FMA, -Exp.LN2_HIGH, y);
            r = whole.lanewise(VectorOperators.FMA, -Exp.LN2_LOW, r);
            var e = FloatVector.broadcast(Lanes.SPECIES, Exp.C6);
            e = e.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C5));
            e = e.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C4));
            e = e.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C3));
            e = e.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C2));
            e = e.fma(r.mul(r), r).add(1f);
            var power = t.reinterpretAsInts()
                    .add(Exp.BIAS)
                    .lanewise(VectorOperators.LSHL, 23)
                    .reinterpretAsFloats();
            e = e.mul(power).blend(0f, y.compare(VectorOperators.LT, Exp.LEAST));
            var half = erf.lanewise(VectorOperators.FMA, 0.5f, 0.5f);
            var slope = v.mul(DENSITY_AT_ZERO).fma(e, half);
            FloatVector.fromArray(Lanes.SPECIES, dy, j).mul(slope).intoArray(dy, j);
        }
    }

    /**
     * Of {@code v · s}, s being the logistic function of {@code u = v · (linear + cubic · v²)}:
     * {@code s + v · s · (1 - s) · (linear + 3 · cubic · v²)}. With e = exp(-|u|) both {@code s · (1 - s)} and s itself
     * are free of cancellation and overflow.
     */
    private static void timesSigmoid(float[] x, float[] dy, int n, float linear, float cubic) {
        for (int j = 0; j < n; j += LANES) {
            var v = FloatVector.fromArray(Lanes.SPECIES, x, j);
            var square = v.mul(v);
            // an infinite square times a cubic of 0 would be NaN
            square = square.blend(1e30f, square.compare(VectorOperators.GT, 1e30f));
            var u = v.mul(square.lanewise(VectorOperators.FMA, cubic, linear));
            var y = u.lanewise(VectorOperators.ABS).neg();
            var t = y.lanewise(VectorOperators.FMA, Exp.LOG2_E, Exp.ROUNDER);
            var whole = t.sub(Exp.ROUNDER);
            var r = whole.lanewise(VectorOperators.FMA, -Exp.LN2_HIGH, y);
            r = whole.lanewise(VectorOperators.FMA, -Exp.LN2_LOW, r);
            var e = FloatVector.broadcast(Lanes.SPECIES, Exp.C6);
            e = e.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C5));
            e = e.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C4));
            e = e.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C3));
            e = e.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C2));
            e = e.fma(r.mul(r), r).add(1f);
            var power = t.reinterpretAsInts()
                    .add(Exp.BIAS)
                    .lanewise(VectorOperators.LSHL, 23)
                    .reinterpretAsFloats();
            e = e.mul(power).blend(0f, y.compare(VectorOperators.LT, Exp.LEAST));
            var inverse = FloatVector.broadcast(Lanes.SPECIES, 1f).div(e.add(1f));
            var other = e.mul(inverse);
            var s = other.blend(inverse, u.compare(VectorOperators.GE, 0f));
            var inner = square.lanewise(VectorOperators.FMA, 3 * cubic, linear);
            var slope = v.mul(other.mul(inverse)).fma(inner, s);
            FloatVector.fromArray(Lanes.SPECIES, dy, j).mul(slope).intoArray(dy, j);
        }
    }

    /** {@code 1 - tanh² = 4 · s · (1 - s)}, s being the logistic function of 2x. */
    private static void tanh(float[] x, float[] dy, int n) {
        for (int j = 0; j < n; j += LANES) {
            var v = FloatVector.fromArray(Lanes.SPECIES, x, j);
            var y = v.lanewise(VectorOperators.ABS).mul(-2f);
            var t = y.lanewise(VectorOperators.FMA, Exp.LOG2_E, Exp.ROUNDER);
            var whole = t.sub(Exp.ROUNDER);
            var r = whole.lanewise(VectorOperators.FMA, -Exp.LN2_HIGH, y);
            r = whole.lanewise(VectorOperators.FMA, -Exp.LN2_LOW, r);
            var e = FloatVector.broadcast(Lanes.SPECIES, Exp.C6);
            e = e.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C5));
            e = e.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C4));
            e = e.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C3));
            e = e.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C2));
            e = e.fma(r.mul(r), r).add(1f);
            var power = t.reinterpretAsInts()
                    .add(Exp.BIAS)
                    .lanewise(VectorOperators.LSHL, 23)
                    .reinterpretAsFloats();
            e = e.mul(power).blend(0f, y.compare(VectorOperators.LT, Exp.LEAST));
            var inverse = FloatVector.broadcast(Lanes.SPECIES, 1f).div(e.add(1f));
            var slope = e.mul(inverse).mul(inverse).mul(4f);
            FloatVector.fromArray(Lanes.SPECIES, dy, j).mul(slope).intoArray(dy, j);
        }
    }

    private static void relu(float[] x, float[] dy, int n) {
        for (int j = 0; j < n; j += LANES) {
            var v = FloatVector.fromArray(Lanes.SPECIES, x, j);
            // NaN is neither and stays
            var slope = v.blend(1f, v.compare(VectorOperators.GT, 0f)).blend(0f, v.compare(VectorOperators.LE, 0f));
            FloatVector.fromArray(Lanes.SPECIES, dy, j).mul(slope).intoArray(dy, j);
        }
    }
}
