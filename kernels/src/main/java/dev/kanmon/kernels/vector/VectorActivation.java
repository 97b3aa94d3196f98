package dev.kanmon.kernels.vector;

import dev.kanmon.kernels.Activation;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Activations in place, on whole vectors. Rational approximations and the exponential's polynomial are least-squares
 * fits of our own, reweighted towards the least maximum (Lawson), over the range given at each; see {@link Exp} for
 * the exponential.
 */
final class VectorActivation {
    private static final int LANES = Lanes.LENGTH;

    /**
     * erf(x) ≈ x · P(x²) / Q(x²) for |x| ≤ 4, off by at most 2.3e-8 in exact arithmetic; beyond, 1 - |erf(x)| is
     * below 1.6e-8.
     */
    static final float ERF_END = 4;

    static final float ERF_P0 = 1.128378987f;
    static final float ERF_P1 = 0.1957602948f;
    static final float ERF_P2 = 0.05340140313f;
    static final float ERF_P3 = 0.003981877118f;
    static final float ERF_P4 = 0.0002874035272f;
    static final float ERF_P5 = 1.976886779e-6f;
    static final float ERF_Q1 = 0.5068194866f;
    static final float ERF_Q2 = 0.1162728146f;
    static final float ERF_Q3 = 0.01540157385f;
    static final float ERF_Q4 = 0.001210768474f;
    static final float ERF_Q5 = 3.746827497e-5f;

    /** tanh(x) ≈ x · P(x²) / Q(x²) for |x| ≤ 9, off by at most 1.9e-8; beyond, 1 - |tanh(x)| is below 3.1e-8. */
    private static final float TANH_END = 9;

    private static final float TANH_P1 = 0.1367717981f;
    private static final float TANH_P2 = 0.003864964237f;
    private static final float TANH_P3 = 2.794335887e-5f;
    private static final float TANH_P4 = 3.044574726e-8f;
    private static final float TANH_P5 = -1.211339709e-11f;
    private static final float TANH_Q1 = 0.4701051116f;
    private static final float TANH_Q2 = 0.02723336592f;
    private static final float TANH_Q3 = 0.0003932835534f;
    private static final float TANH_Q4 = 1.283087158e-6f;

    private static final float SQRT_HALF = (float) Math.sqrt(0.5);
    private static final double SQRT_8_OVER_PI = Math.sqrt(8 / Math.PI);

    private VectorActivation() {}

    /** {@code x = act(x)} for {@code n} floats at {@code at}; n is a multiple of the lanes. */
    static void apply(Activation act, float[] x, int at, int n) {
        switch (act) {
            case NONE -> {}
            case GELU -> gelu(x, at, n);
            // x/2 · (1 + tanh u) = x / (1 + exp(-2u))
            case GELU_TANH -> timesSigmoid(x, at, n, (float) SQRT_8_OVER_PI, (float) (SQRT_8_OVER_PI * 0.044715));
            case RELU -> relu(x, at, n);
            case SILU -> timesSigmoid(x, at, n, 1, 0);
            case QUICK_GELU -> timesSigmoid(x, at, n, 1.702f, 0);
            case TANH -> tanh(x, at, n);
        }
    }

    private static void gelu(float[] x, int at, int n) {
        for (int j = at; j < at + n; j += LANES) {
            var v = FloatVector.fromArray(Lanes.SPECIES, x, j);
            var s = v.mul(SQRT_HALF);
            var z = s.mul(s);
            var p = FloatVector.broadcast(Lanes.SPECIES, ERF_P5);
            p = p.fma(z, FloatVector.broadcast(Lanes.SPECIES, ERF_P4));
            p = p.fma(z, FloatVector.broadcast(Lanes.SPECIES, ERF_P3));
            p = p.fma(z, FloatVector.broadcast(Lanes.SPECIES, ERF_P2));
            p = p.fma(z, FloatVector.broadcast(Lanes.SPECIES, ERF_P1));
            p = p.fma(z, FloatVector.broadcast(Lanes.SPECIES, ERF_P0));
            var q = FloatVector.broadcast(Lanes.SPECIES, ERF_Q5);
            q = q.fma(z, FloatVector.broadcast(Lanes.SPECIES, ERF_Q4));
            q = q.fma(z, FloatVector.broadcast(Lanes.SPECIES, ERF_Q3));
            q = q.fma(z, FloatVector.broadcast(Lanes.SPECIES, ERF_Q2));
            q = q.fma(z, FloatVector.broadcast(Lanes.SPECIES, ERF_Q1));
            q = q.fma(z, FloatVector.broadcast(Lanes.SPECIES, 1f));
            var e = s.mul(p).div(q);
            e = e.blend(1f, s.compare(VectorOperators.GE, ERF_END));
            e = e.blend(-1f, s.compare(VectorOperators.LE, -ERF_END));
            var half = v.mul(0.5f);
            half.fma(e, half).intoArray(x, j);
        }
    }

    /** {@code v / (1 + exp(-v · (linear + cubic · v²)))}. */
    private static void timesSigmoid(float[] x, int at, int n, float linear, float cubic) {
        for (int j = at; j < at + n; j += LANES) {
            var v = FloatVector.fromArray(Lanes.SPECIES, x, j);
            var square = v.mul(v);
            // an infinite square times a cubic of 0 would be NaN
            square = square.blend(1e30f, square.compare(VectorOperators.GT, 1e30f));
            var y = v.neg().mul(square.lanewise(VectorOperators.FMA, cubic, linear));
            var t = y.lanewise(VectorOperators.FMA, Exp.LOG2_E, Exp.ROUNDER);
            var whole = t.sub(Exp.ROUNDER);
            var r = whole.lanewise(VectorOperators.FMA, -Exp.LN2_HIGH, y);
            r = whole.lanewise(VectorOperators.FMA, -Exp.LN2_LOW, r);
            var p = FloatVector.broadcast(Lanes.SPECIES, Exp.C6);
            p = p.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C5));
            p = p.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C4));
            p = p.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C3));
            p = p.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C2));
            p = p.fma(r.mul(r), r).add(1f);
            var power = t.reinterpretAsInts()
                    .add(Exp.BIAS)
                    .lanewise(VectorOperators.LSHL, 23)
                    .reinterpretAsFloats();
            var e = p.mul(power);
            e = e.blend(0f, y.compare(VectorOperators.LT, Exp.LEAST));
            e = e.blend(Float.POSITIVE_INFINITY, y.compare(VectorOperators.GT, Exp.MOST));
            v.div(e.add(1f)).intoArray(x, j);
        }
    }

    private static void tanh(float[] x, int at, int n) {
        for (int j = at; j < at + n; j += LANES) {
            var v = FloatVector.fromArray(Lanes.SPECIES, x, j);
            var z = v.mul(v);
            var p = FloatVector.broadcast(Lanes.SPECIES, TANH_P5);
            p = p.fma(z, FloatVector.broadcast(Lanes.SPECIES, TANH_P4));
            p = p.fma(z, FloatVector.broadcast(Lanes.SPECIES, TANH_P3));
            p = p.fma(z, FloatVector.broadcast(Lanes.SPECIES, TANH_P2));
            p = p.fma(z, FloatVector.broadcast(Lanes.SPECIES, TANH_P1));
            p = p.fma(z, FloatVector.broadcast(Lanes.SPECIES, 1f));
            var q = FloatVector.broadcast(Lanes.SPECIES, TANH_Q4);
            q = q.fma(z, FloatVector.broadcast(Lanes.SPECIES, TANH_Q3));
            q = q.fma(z, FloatVector.broadcast(Lanes.SPECIES, TANH_Q2));
            q = q.fma(z, FloatVector.broadcast(Lanes.SPECIES, TANH_Q1));
            q = q.fma(z, FloatVector.broadcast(Lanes.SPECIES, 1f));
            var e = v.mul(p).div(q);
            e = e.blend(1f, v.compare(VectorOperators.GE, TANH_END));
            e = e.blend(-1f, v.compare(VectorOperators.LE, -TANH_END));
            e.intoArray(x, j);
        }
    }

    private static void relu(float[] x, int at, int n) {
        for (int j = at; j < at + n; j += LANES) {
            var v = FloatVector.fromArray(Lanes.SPECIES, x, j);
            v.blend(0f, v.compare(VectorOperators.LT, 0f)).intoArray(x, j);
        }
    }
}
