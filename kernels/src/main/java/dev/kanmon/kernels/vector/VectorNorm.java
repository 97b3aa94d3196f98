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

    /**
     * Normalises the row of n floats at {@code at} of {@code y}, whose sum is given, into {@code out}, which may be the
     * same place.
     */
    static void row(
            float[] y,
            int at,
            int n,
            float sum,
            float[] gamma,
            int gammaAt,
            float[] beta,
            int betaAt,
            float eps,
            float[] out,
            int outAt) {
        float mean = sum / n;
        // four chains each hide the latency of the additions and shorten each rounding chain
        var d0 = FloatVector.zero(Lanes.SPECIES);
        var d1 = d0;
        var d2 = d0;
        var d3 = d0;
        var q0 = d0;
        var q1 = d0;
        var q2 = d0;
        var q3 = d0;
        int j = 0;
        for (; j + 4 * LANES <= n; j += 4 * LANES) {
            var t = FloatVector.fromArray(Lanes.SPECIES, y, at + j).sub(mean);
            var u = FloatVector.fromArray(Lanes.SPECIES, y, at + j + LANES).sub(mean);
            var v = FloatVector.fromArray(Lanes.SPECIES, y, at + j + 2 * LANES).sub(mean);
            var w = FloatVector.fromArray(Lanes.SPECIES, y, at + j + 3 * LANES).sub(mean);
            d0 = d0.add(t);
            d1 = d1.add(u);
            d2 = d2.add(v);
            d3 = d3.add(w);
            q0 = t.fma(t, q0);
            q1 = u.fma(u, q1);
            q2 = v.fma(v, q2);
            q3 = w.fma(w, q3);
        }
        for (; j + LANES <= n; j += LANES) {
            var t = FloatVector.fromArray(Lanes.SPECIES, y, at + j).sub(mean);
            d0 = d0.add(t);
            q0 = t.fma(t, q0);
        }
        float deviations = Lanes.sum(d0.add(d1).add(d2.add(d3)));
        float squares = Lanes.sum(q0.add(q1).add(q2.add(q3)));
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

    /** The sum of the squares of a row. */
    static float squares(float[] y, int at, int n) {
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
        for (; j + LANES <= n; j += LANES) {
            var y0 = FloatVector.fromArray(Lanes.SPECIES, y, at + j);
            s0 = y0.fma(y0, s0);
        }
        float sum = Lanes.sum(s0.add(s1).add(s2.add(s3)));
        for (; j < n; j++) {
            sum = Math.fma(y[at + j], y[at + j], sum);
        }
        return sum;
    }

    /** The sum of a row. */
    static float sum(float[] y, int at, int n) {
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
        for (; j + LANES <= n; j += LANES) {
            s0 = s0.add(FloatVector.fromArray(Lanes.SPECIES, y, at + j));
        }
        float sum = Lanes.sum(s0.add(s1).add(s2.add(s3)));
        for (; j < n; j++) {
            sum += y[at + j];
        }
        return sum;
    }

    /** {@code y += x + z}, x first, and the sum of the result, in one pass; the same bits as in two. */
    static float addAndSum(float[] y, int at, float[] x, int xAt, float[] z, int zAt, int n) {
        var s0 = FloatVector.zero(Lanes.SPECIES);
        var s1 = s0;
        var s2 = s0;
        var s3 = s0;
        int j = 0;
        for (; j + 4 * LANES <= n; j += 4 * LANES) {
            var t = FloatVector.fromArray(Lanes.SPECIES, y, at + j)
                    .add(FloatVector.fromArray(Lanes.SPECIES, x, xAt + j))
                    .add(FloatVector.fromArray(Lanes.SPECIES, z, zAt + j));
            var u = FloatVector.fromArray(Lanes.SPECIES, y, at + j + LANES)
                    .add(FloatVector.fromArray(Lanes.SPECIES, x, xAt + j + LANES))
                    .add(FloatVector.fromArray(Lanes.SPECIES, z, zAt + j + LANES));
            var v = FloatVector.fromArray(Lanes.SPECIES, y, at + j + 2 * LANES)
                    .add(FloatVector.fromArray(Lanes.SPECIES, x, xAt + j + 2 * LANES))
                    .add(FloatVector.fromArray(Lanes.SPECIES, z, zAt + j + 2 * LANES));
            var w = FloatVector.fromArray(Lanes.SPECIES, y, at + j + 3 * LANES)
                    .add(FloatVector.fromArray(Lanes.SPECIES, x, xAt + j + 3 * LANES))
                    .add(FloatVector.fromArray(Lanes.SPECIES, z, zAt + j + 3 * LANES));
            t.intoArray(y, at + j);
            u.intoArray(y, at + j + LANES);
            v.intoArray(y, at + j + 2 * LANES);
            w.intoArray(y, at + j + 3 * LANES);
            s0 = s0.add(t);
            s1 = s1.add(u);
            s2 = s2.add(v);
            s3 = s3.add(w);
        }
        for (; j + LANES <= n; j += LANES) {
            var t = FloatVector.fromArray(Lanes.SPECIES, y, at + j)
                    .add(FloatVector.fromArray(Lanes.SPECIES, x, xAt + j))
                    .add(FloatVector.fromArray(Lanes.SPECIES, z, zAt + j));
            t.intoArray(y, at + j);
            s0 = s0.add(t);
        }
        float sum = Lanes.sum(s0.add(s1).add(s2.add(s3)));
        for (; j < n; j++) {
            y[at + j] = y[at + j] + x[xAt + j] + z[zAt + j];
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
