package dev.kanmon.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;

/** What tests of gradients have in common: a sibling, the memory it is to compute on, and slopes by differences. */
interface GradientContract {
    /** Widths around the edges of lanes, of unrolled loops and of the parts that a row is cut into. */
    int[] WIDTHS = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 19, 31, 32, 33, 35, 63, 64, 65, 67, 131, 384, 2047, 2049};

    GradientKernels gradients();

    /** Memory for the operands. */
    MemorySegment allocate(long floats);

    /** For messages. */
    default String who() {
        return gradients().name() + (allocate(1).isNative() ? " outside the heap" : " on the heap");
    }

    default Matrix random(int rows, int columns, Random random) {
        return Matrix.random(this::allocate, rows, columns, columns + random.nextInt(4), random.nextInt(9), 1, random);
    }

    /** A row without gaps behind it. */
    default Matrix vector(int n, Random random) {
        return Matrix.random(this::allocate, 1, n, n, random.nextInt(9), 1, random);
    }

    /** Guard values alone. */
    default Matrix empty(int rows, int columns, Random random) {
        return Matrix.of(this::allocate, rows, columns, columns + random.nextInt(4), random.nextInt(9));
    }

    default Matrix copy(Matrix matrix) {
        return matrix.copy(this::allocate);
    }

    /** The derivative by five points, off by {@code h⁴ f⁽⁵⁾ / 30} and rounding, {@code 2⁻⁵² |f| / h}. */
    static double slope(DoubleUnaryOperator f, double x, double h) {
        double near = f.applyAsDouble(x + h) - f.applyAsDouble(x - h);
        double far = f.applyAsDouble(x + 2 * h) - f.applyAsDouble(x - 2 * h);
        return (8 * near - far) / (12 * h);
    }

    /** An activation by its definition. */
    static double activate(double x, Activation act) {
        return switch (act) {
            case NONE -> x;
            case GELU -> x * distribution(x);
            case GELU_TANH -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case RELU -> Math.max(x, 0);
            case SILU -> x / (1 + Math.exp(-x));
            case QUICK_GELU -> x / (1 + Math.exp(-1.702 * x));
            case TANH -> Math.tanh(x);
        };
    }

    /** Φ(x), by the series of Marsaglia (2004, Evaluating the Normal Distribution), whose terms have one sign. */
    private static double distribution(double x) {
        if (Math.abs(x) > 8.5) {
            return x > 0 ? 1 : 0;
        }
        double term = x;
        double sum = x;
        for (int i = 3; Math.abs(term) > 1e-18 * Math.abs(sum); i += 2) {
            term *= x * x / i;
            sum += term;
        }
        return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }
}
