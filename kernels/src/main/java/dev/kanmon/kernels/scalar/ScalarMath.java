package dev.kanmon.kernels.scalar;

import dev.kanmon.kernels.Activation;

/** Activations and their slopes in double. */
final class ScalarMath {
    private static final double SQRT_HALF = Math.sqrt(0.5);
    private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
    private static final double DENSITY_AT_ZERO = 1 / Math.sqrt(2 * Math.PI);

    private ScalarMath() {}

    /** {@code y += x}; nothing where x is null. */
    static void add(float[] y, int at, float[] x, int xAt, int n) {
        if (x != null) {
            for (int j = 0; j < n; j++) {
                y[at + j] += x[xAt + j];
            }
        }
    }

    static float activate(float x, Activation act) {
        return switch (act) {
            case NONE -> x;
            case GELU -> (float) (0.5 * x * (1 + Erf.erf(x * SQRT_HALF)));
            case GELU_TANH -> {
                double cubed = (double) x * x * x;
                yield (float) (0.5 * x * (1 + Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * cubed))));
            }
            case RELU -> x < 0 ? 0 : x;
            case SILU -> (float) (x / (1 + Math.exp(-x)));
            case QUICK_GELU -> (float) (x / (1 + Math.exp(-1.702 * x)));
            case TANH -> (float) Math.tanh(x);
        };
    }

    /** The derivative; RELU's at 0 is 0. */
    static double slope(double x, Activation act) {
        return switch (act) {
            case NONE -> 1;
            case GELU -> 0.5 * (1 + Erf.erf(x * SQRT_HALF)) + x * DENSITY_AT_ZERO * Math.exp(-0.5 * x * x);
            case GELU_TANH -> {
                double t = Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x));
                yield 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * SQRT_2_OVER_PI * (1 + 3 * 0.044715 * x * x);
            }
            case RELU -> x > 0 ? 1 : x <= 0 ? 0 : Double.NaN;
            case SILU -> swishSlope(x, 1);
            case QUICK_GELU -> swishSlope(x, 1.702);
            case TANH -> 1 - Math.pow(Math.tanh(x), 2);
        };
    }

    /** Of {@code x · s}, s being the logistic function of {@code factor · x}. */
    private static double swishSlope(double x, double factor) {
        double s = 1 / (1 + Math.exp(-factor * x));
        return s + x * factor * s * (1 - s);
    }

    /**
     * The error function, to within 2⁻⁵² or so, by Taylor series about the nearest multiple of 1/16.
     *
     * <p>With {@code x = c + t}, {@code erf(x) = erf(c) + 2/√π · exp(-c²) · ∫₀ᵗ g}, where
     * {@code g(t) = exp(-2ct - t²)}. From {@code g' = -2(c + t) g} the coefficients of g follow by
     * {@code (i + 1) gᵢ₊₁ = -2 (c gᵢ + gᵢ₋₁)}. The centres' own values come from the series
     * {@code erf(c) = 2/√π · exp(-c²) · Σ 2ⁱ c²ⁱ⁺¹ / (2i + 1)!!}, DLMF 7.6.2, whose terms are all positive.
     */
    static final class Erf {
        private static final int CENTRES_PER_UNIT = 16;
        /** erf differs from 1 by less than 2⁻⁵³ from 5.93 on. */
        private static final double SATURATED = 6;
        /** |t| ≤ 1/32: the twelfth term is below 1e-17 of the first for every centre up to 6. */
        private static final int TERMS = 12;
        /** For each centre erf(c), then the coefficients of t, t², …. */
        private static final double[] TABLE = table();

        private Erf() {}

        static double erf(double x) {
            double magnitude = Math.abs(x);
            if (magnitude >= SATURATED) {
                return Math.signum(x);
            }
            // NaN becomes centre 0 and stays NaN through t
            int centre = (int) (magnitude * CENTRES_PER_UNIT + 0.5);
            double t = magnitude - (double) centre / CENTRES_PER_UNIT;
            int row = centre * (TERMS + 1);
            double sum = 0;
            for (int i = TERMS; i > 0; i--) {
                sum = (sum + TABLE[row + i]) * t;
            }
            return Math.copySign(TABLE[row] + sum, x);
        }

        private static double[] table() {
            int centres = (int) (SATURATED * CENTRES_PER_UNIT) + 1;
            var table = new double[centres * (TERMS + 1)];
            for (int centre = 0; centre < centres; centre++) {
                double c = (double) centre / CENTRES_PER_UNIT;
                double density = 2 / Math.sqrt(Math.PI) * Math.exp(-c * c);
                double term = c;
                double series = 0;
                for (int i = 1; series + term != series; i++) {
                    series += term;
                    term *= 2 * c * c / (2 * i + 1);
                }
                int row = centre * (TERMS + 1);
                table[row] = density * series;
                double before = 0;
                double g = 1;
                for (int i = 0; i < TERMS; i++) {
                    table[row + i + 1] = density * g / (i + 1);
                    double next = -2 * (c * g + before) / (i + 1);
                    before = g;
                    g = next;
                }
            }
            return table;
        }
    }
}
