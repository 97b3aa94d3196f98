package dev.kanmon.kernels.vector;

import jdk.incubator.vector.FloatVector;

/**
 * Layer normalisation of one row, and normalisation by the root of the mean square.
 *
 * <p>For the first, the mean of the first pass is rounded to f32. The second pass sums the deviations d from it as well
 * as their squares: the mean of d is what rounding took, {@code var = mean(d²) - mean(d)²} is free of cancellation
 * because mean(d) is small, and rows far from zero keep their digits.
 */
final class VectorNorm {
    private static final int LANES = Lanes.LENGTH;

    private VectorNorm() {}

    /** Normalises the row of n floats at {@code at} of {@code y} into {@code out}, which may be the same place. */
    static void row(
            float[] y,
            int at,
            int n,
            float[] gamma,
            int gammaAt,
            float[] beta,
            int betaAt,
            float eps,
            float[] out,
            int outAt) {
        float mean = sum(y, at, n) / n;
        // two chains each hide the latency of the additions and shorten each rounding chain
        var d0 = FloatVector.zero(Lanes.SPECIES);
        var d1 = d0;
        var q0 = d0;
        var q1 = d0;
        int j = 0;
        for (; j + 2 * LANES <= n; j += 2 * LANES) {
            var u = FloatVector.fromArray(Lanes.SPECIES, y, at + j).sub(mean);
            var v = FloatVector.fromArray(Lanes.SPECIES, y, at + j + LANES).sub(mean);
            d0 = d0.add(u);
            d1 = d1.add(v);
            q0 = u.fma(u, q0);
            q1 = v.fma(v, q1);
        }
        float deviations = Lanes.sum(d0.add(d1));
        float squares = Lanes.sum(q0.add(q1));
        for (; j < n; j++) {
            float d = y[at + j] - mean;
            deviations += d;
            squares = Math.fma(d, d, squares);
        }
        double shift = (double) deviations / n;
        double variance = Math.max((double) squares / n - shift * shift, 0);
        double inverse = 1 / Math.sqrt(variance + eps);
        scale(y, at, n, mean, (float) inverse, (float) (-shift * inverse), gamma, gammaAt, beta, betaAt, out, outAt);
    }

    /** {@code out = y / √(mean(y²) + eps) · gamma} for one row; out may be the same place. */
    static void rmsRow(float[] y, int at, int n, float[] gamma, int gammaAt, float eps, float[] out, int outAt) {
        float inverse = (float) (1 / Math.sqrt((double) squares(y, at, n) / n + eps));
        int j = 0;
        for (; j + LANES <= n; j += LANES) {
            FloatVector.fromArray(Lanes.SPECIES, y, at + j)
                    .mul(inverse)
                    .mul(FloatVector.fromArray(Lanes.SPECIES, gamma, gammaAt + j))
                    .intoArray(out, outAt + j);
        }
        for (; j < n; j++) {
            out[outAt + j] = y[at + j] * inverse * gamma[gammaAt + j];
        }
    }

    private static float squares(float[] y, int at, int n) {
        var s0 = FloatVector.zero(Lanes.SPECIES);
        var s1 = s0;
        var s2 = s0;
        var s3 = s0;
        int j = 0;
        for (; j + 4 * LANES <= n; j += 4 * LANES) {
            var y0 = FloatVector.fromArray(Lanes.SPECIES, y, at + j);
            var y1 = FloatVector.fromArray(Lanes.SPECIES, y, at + j + LANES);
            var y2 = FloatVector.fromArray(Lanes.SPECIES, y, at + j + 2 * LANES);
            var y3 = FloatVector.fromArray(Lanes.SPECIES, y, at + j + 3 * LANES);
            s0 = y0.fma(y0, s0);
            s1 = y1.fma(y1, s1);
            s2 = y2.fma(y2, s2);
            s3 = y3.fma(y3, s3);
        }
        float sum = Lanes.sum(s0.add(s1).add(s2.add(s3)));
        for (; j < n; j++) {
            sum = Math.fma(y[at + j], y[at + j], sum);
        }
        return sum;
    }

    private static float sum(float[] y, int at, int n) {
        var s0 = FloatVector.zero(Lanes.SPECIES);
        var s1 = s0;
        var s2 = s0;
        var s3 = s0;
        int j = 0;
        for (; j + 4 * LANES <= n; j += 4 * LANES) {
            s0 = s0.add(FloatVector.fromArray(Lanes.SPECIES, y, at + j));
            s1 = s1.add(FloatVector.fromArray(Lanes.SPECIES, y, at + j + LANES));
            s2 = s2.add(FloatVector.fromArray(Lanes.SPECIES, y, at + j + 2 * LANES));
            s3 = s3.add(FloatVector.fromArray(Lanes.SPECIES, y, at + j + 3 * LANES));
        }
        float sum = Lanes.sum(s0.add(s1).add(s2.add(s3)));
        for (; j < n; j++) {
            sum += y[at + j];
        }
        return sum;
    }

    /** {@code out = ((y - mean) · inverse + shift) · gamma + beta}. */
    private static void scale(
            float[] y,
            int at,
            int n,
            float mean,
            float inverse,
            float shift,
            float[] gamma,
            int gammaAt,
            float[] beta,
            int betaAt,
            float[] out,
            int outAt) {
        var inverses = FloatVector.broadcast(Lanes.SPECIES, inverse);
        var shifts = FloatVector.broadcast(Lanes.SPECIES, shift);
        int j = 0;
        for (; j + LANES <= n; j += LANES) {
            FloatVector.fromArray(Lanes.SPECIES, y, at + j)
                    .sub(mean)
                    .fma(inverses, shifts)
                    .fma(
                            FloatVector.fromArray(Lanes.SPECIES, gamma, gammaAt + j),
                            FloatVector.fromArray(Lanes.SPECIES, beta, betaAt + j))
                    .intoArray(out, outAt + j);
        }
        for (; j < n; j++) {
            float normalised = Math.fma(y[at + j] - mean, inverse, shift);
            out[outAt + j] = Math.fma(normalised, gamma[gammaAt + j], beta[betaAt + j]);
        }
    }
}
