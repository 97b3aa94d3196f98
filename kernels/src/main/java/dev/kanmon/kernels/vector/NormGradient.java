package dev.kanmon.kernels.vector;

import jdk.incubator.vector.FloatVector;

/**
 * The backward pass of both norms for one row at a time, on arrays that are filled up to a multiple of the lanes: the
 * row x and its dy are brought in by the caller, who finds dx in the place of dy. The filling of gamma and dy is zeros.
 *
 * <p>Mean and variance are computed as {@link VectorNorm} does.
 */
final class NormGradient {
    private static final int LANES = Lanes.LENGTH;

    private final int n;
    private final int padded;
    private final float eps;
    final float[] x;
    final float[] dy;
    final float[] gamma;
    final float[] dGamma;
    final float[] dBeta;

    NormGradient(int n, float eps) {
        this.n = n;
        this.eps = eps;
        padded = Math.ceilDiv(n, LANES) * LANES;
        x = new float[padded];
        dy = new float[padded];
        gamma = new float[padded];
        dGamma = new float[padded];
        dBeta = new float[padded];
    }

    void layerNorm() {
        float mean = VectorNorm.sum(x, 0, n) / n;
        for (int j = n; j < padded; j++) {
            x[j] = mean;
        }
        var d0 = FloatVector.zero(Lanes.SPECIES);
        var d1 = d0;
        var q0 = d0;
        var q1 = d0;
        int j = 0;
        for (; j + 2 * LANES <= padded; j += 2 * LANES) {
            var t = FloatVector.fromArray(Lanes.SPECIES, x, j).sub(mean);
            var u = FloatVector.fromArray(Lanes.SPECIES, x, j + LANES).sub(mean);
            d0 = d0.add(t);
            d1 = d1.add(u);
            q0 = t.fma(t, q0);
            q1 = u.fma(u, q1);
        }
        if (j < padded) {
            var t = FloatVector.fromArray(Lanes.SPECIES, x, j).sub(mean);
            d0 = d0.add(t);
            q0 = t.fma(t, q0);
        }
        double shift = (double) Lanes.sum(d0.add(d1)) / n;
        double variance = Math.max((double) Lanes.sum(q0.add(q1)) / n - shift * shift, 0);
        double inverse = 1 / Math.sqrt(variance + eps);
        backward(mean, (float) inverse, (float) (-shift * inverse), true);
    }

    void rmsNorm() {
        for (int j = n; j < padded; j++) {
            x[j] = 0;
        }
        backward(0, (float) (1 / Math.sqrt((double) VectorNorm.squares(x, 0, n) / n + eps)), 0, false);
    }

    /**
     * @param shift added to {@code (x - mean) · inverse}
     * @param centred whether the mean depends on x
     */
    private void backward(float mean, float inverse, float shift, boolean centred) {
        var inverses = FloatVector.broadcast(Lanes.SPECIES, inverse);
        var shifts = FloatVector.broadcast(Lanes.SPECIES, shift);
        var sums = FloatVector.zero(Lanes.SPECIES);
        var products = sums;
        for (int j = 0; j < padded; j += LANES) {
            var normalised =
                    FloatVector.fromArray(Lanes.SPECIES, x, j).sub(mean).fma(inverses, shifts);
            var gradient = FloatVector.fromArray(Lanes.SPECIES, dy, j);
            var g = gradient.mul(FloatVector.fromArray(Lanes.SPECIES, gamma, j));
            sums = sums.add(g);
            products = g.fma(normalised, products);
            gradient.fma(normalised, FloatVector.fromArray(Lanes.SPECIES, dGamma, j))
                    .intoArray(dGamma, j);
            FloatVector.fromArray(Lanes.SPECIES, dBeta, j).add(gradient).intoArray(dBeta, j);
            normalised.intoArray(x, j);
            g.intoArray(dy, j);
        }
        float meanG = centred ? Lanes.sum(sums) / n : 0;
        var factors = FloatVector.broadcast(Lanes.SPECIES, -Lanes.sum(products) / n);
        for (int j = 0; j < padded; j += LANES) {
            var g = FloatVector.fromArray(Lanes.SPECIES, dy, j).sub(meanG);
            FloatVector.fromArray(Lanes.SPECIES, x, j)
                    .fma(factors, g)
                    .mul(inverses)
                    .intoArray(dy, j);
        }
    }
}
