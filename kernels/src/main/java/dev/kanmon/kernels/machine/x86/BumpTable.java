package dev.kanmon.kernels.machine.x86;

import java.util.function.DoubleUnaryOperator;

/**
 * What x · Φ(x) and its kin lack of max(x, 0): an even bump {@code b(|x|)}, as 32 cubic polynomials that follow each
 * other along |x|. Interval i is the surrounding of {@code i / PER_UNIT}; the polynomial's variable is
 * {@code |x| · PER_UNIT - i}. Interpolated at Chebyshev's points, off by at most 4.5e-7; the last interval holds
 * zeros, and all |x| beyond it may take {@link #END} in their place.
 */
final class BumpTable {
    /** Intervals: as many as two registers hold floats. */
    static final int INTERVALS = 32;
    /** Wide enough that the bump is below 4.5e-7 where the last interval begins, at 5.25. */
    static final float PER_UNIT = 5.8095f;
    /** In the last interval. */
    static final float END = 31 / PER_UNIT;

    /** Coefficients of a polynomial. */
    static final int TERMS = 4;

    private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
    private static final double SQRT_1_OVER_2_PI = Math.sqrt(0.5 / Math.PI);

    private BumpTable() {}

    /** {@code u · Φ(-u)}: what GELU lacks. */
    static double gelu(double u) {
        // Φ(u) = 1/2 + φ(u) · Σ u²ⁱ⁺¹ / (2i + 1)!!, DLMF 7.6.2, whose terms are all positive
        double term = u;
        double sum = 0;
        for (int i = 1; sum + term != sum; i++) {
            sum += term;
            term *= u * u / (2 * i + 1);
        }
        return u * (0.5 - SQRT_1_OVER_2_PI * StrictMath.exp(-u * u / 2) * sum);
    }

    /** The same of GELU by tanh. */
    static double geluTanh(double u) {
        return u / (1 + StrictMath.exp(2 * SQRT_2_OVER_PI * (u + 0.044715 * u * u * u)));
    }

    /** Coefficient t of every interval: [t][interval]. StrictMath makes them the same on all machines. */
    static float[][] of(DoubleUnaryOperator bump) {
        var table = new float[TERMS][INTERVALS];
        for (int i = 0; i < INTERVALS - 1; i++) {
            double[] c = i == 0 ? first(bump) : interpolate(bump, i, points(-0.5, 0.5, TERMS));
            for (int t = 0; t < TERMS; t++) {
                table[t][i] = (float) c[t];
            }
        }
        return table;
    }

    /** The first half interval, from 0 on: {@code u · (polynomial)}, so that b(0) is 0 and small x keep their digits. */
    private static double[] first(DoubleUnaryOperator bump) {
        var c = interpolate(d -> bump.applyAsDouble(d) / d, 0, points(0, 0.5, TERMS - 1));
        // the variable of the polynomial is PER_UNIT times that of the factor
        return new double[] {0, c[0] / PER_UNIT, c[1] / PER_UNIT, c[2] / PER_UNIT};
    }

    private static double[] points(double from, double to, int count) {
        var points = new double[count];
        for (int i = 0; i < count; i++) {
            points[i] = (from + to) / 2 + (to - from) / 2 * StrictMath.cos((i + 0.5) * Math.PI / count);
        }
        return points;
    }

    /** The polynomial in {@code d} through {@code bump((i + d) / PER_UNIT)} at these points, by Newton's differences. */
    private static double[] interpolate(DoubleUnaryOperator bump, int i, double[] points) {
        int count = points.length;
        var differences = new double[count];
        for (int j = 0; j < count; j++) {
            differences[j] = bump.applyAsDouble((i + points[j]) / PER_UNIT);
        }
        for (int order = 1; order < count; order++) {
            for (int j = count - 1; j >= order; j--) {
                differences[j] = (differences[j] - differences[j - 1]) / (points[j] - points[j - order]);
            }
        }
        var c = new double[count];
        for (int j = count - 1; j >= 0; j--) {
            // c = c · (d - points[j]) + differences[j]
            for (int k = count - 1; k > 0; k--) {
                c[k] = c[k - 1] - points[j] * c[k];
            }
            c[0] = differences[j] - points[j] * c[0];
        }
        return c;
    }
}
