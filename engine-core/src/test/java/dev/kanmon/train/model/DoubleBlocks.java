package dev.kanmon.train.model;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntBinaryOperator;

/**
 * The operations of an encoder in double precision, by their definitions and in no hurry. A {@code double[][]} is
 * (tokens, numbers); a matrix of weights is row-major, an output to a row. Nothing is written to but what is returned.
 */
final class DoubleBlocks {

    private static final double ROOT_HALF = Math.sqrt(0.5);

    private DoubleBlocks() {}

    /** A term that is added to the product of query {@code i} and key {@code j} of a head before both are scaled. */
    interface ScoreTerm {
        ScoreTerm NONE = (head, i, j) -> 0;

        double of(int head, int i, int j);
    }

    /** Whether query {@code i} looks at key {@code j}. */
    interface Sight {
        boolean sees(int i, int j);
    }

    /** {@code x · wᵀ + bias}; null for no bias. */
    static double[][] dense(double[][] x, double[] w, double[] bias) {
        int inputs = x[0].length;
        double[][] y = new double[x.length][w.length / inputs];
        for (int t = 0; t < x.length; t++) {
            for (int o = 0; o < y[t].length; o++) {
                double sum = bias == null ? 0 : bias[o];
                for (int i = 0; i < inputs; i++) {
                    sum += x[t][i] * w[o * inputs + i];
                }
                y[t][o] = sum;
            }
        }
        return y;
    }

    /**
     * What tokens around each one add up to, zeros beyond both ends.
     *
     * @param w (outputs, inputs / groups, width), where output groups see their own group of inputs only
     * @param width tokens that are looked at, odd
     */
    static double[][] convolution(double[][] x, double[] w, double[] bias, int width, int groups) {
        int outputs = bias.length;
        int inputs = x[0].length / groups;
        double[][] y = new double[x.length][outputs];
        for (int t = 0; t < x.length; t++) {
            for (int o = 0; o < outputs; o++) {
                int from = o / (outputs / groups) * inputs;
                y[t][o] = bias[o];
                for (int s = 0; s < width; s++) {
                    int neighbour = t + s - width / 2;
                    for (int i = 0; i < inputs && neighbour >= 0 && neighbour < x.length; i++) {
                        y[t][o] += x[neighbour][from + i] * w[(o * inputs + i) * width + s];
                    }
                }
            }
        }
        return y;
    }

    /** {@code (x − mean) / √(variance + epsilon) · gamma + beta}; null for no beta. */
    static double[][] layerNorm(double[][] x, double[] gamma, double[] beta, double epsilon) {
        double[][] y = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] centred = x[t].clone();
            double mean = 0;
            for (double value : centred) {
                mean += value / centred.length;
            }
            for (int i = 0; i < centred.length; i++) {
                centred[i] -= mean;
            }
            y[t] = normalised(centred, gamma, epsilon);
            for (int i = 0; beta != null && i < centred.length; i++) {
                y[t][i] += beta[i];
            }
        }
        return y;
    }

    /** {@code x / √(mean of squares + epsilon) · gamma}; of each stretch of a row that is as long as gamma. */
    static double[][] rmsNorm(double[][] x, double[] gamma, double epsilon) {
        double[][] y = new double[x.length][x[0].length];
        for (int t = 0; t < x.length; t++) {
            for (int from = 0; from < x[t].length; from += gamma.length) {
                double[] part = Arrays.copyOfRange(x[t], from, from + gamma.length);
                System.arraycopy(normalised(part, gamma, epsilon), 0, y[t], from, gamma.length);
            }
        }
        return y;
    }

    private static double[] normalised(double[] x, double[] gamma, double epsilon) {
        double squares = 0;
        for (double value : x) {
            squares += value * value / x.length;
        }
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = x[i] / Math.sqrt(squares + epsilon) * gamma[i];
        }
        return y;
    }

    /**
     * Softmax attention: {@code scale · (q · k + term)}, of what is seen. Heads of queries that follow one another share a
     * head of keys and values where there are fewer of those. A query that sees nothing gets zeros.
     */
    static double[][] attention(
            double[][] q, double[][] k, double[][] v, int headSize, double scale, ScoreTerm term, Sight sight) {
        int tokens = q.length;
        int heads = q[0].length / headSize;
        int group = q[0].length / k[0].length;
        double[][] out = new double[tokens][q[0].length];
        for (int head = 0; head < heads; head++) {
            int own = head * headSize;
            int shared = head / group * headSize;
            for (int i = 0; i < tokens; i++) {
                double[] weights = new double[tokens];
                double sum = 0;
                for (int j = 0; j < tokens; j++) {
                    if (sight.sees(i, j)) {
                        // without the largest taken off first: a score of these models is far from overflow
                        weights[j] = Math.exp(scale * (dot(q[i], own, k[j], shared, headSize) + term.of(head, i, j)));
                        sum += weights[j];
                    }
                }
                for (int j = 0; j < tokens && sum > 0; j++) {
                    for (int c = 0; c < headSize; c++) {
                        out[i][own + c] += weights[j] / sum * v[j][shared + c];
                    }
                }
            }
        }
        return out;
    }

    static double dot(double[] a, int fromA, double[] b, int fromB, int count) {
        double sum = 0;
        for (int c = 0; c < count; c++) {
            sum += a[fromA + c] * b[fromB + c];
        }
        return sum;
    }

    /**
     * DeBERTa's terms of relative position (He et al. 2021, equation 4): content to position and position to content.
     *
     * @param positionKeys (rows of the table, heads · headSize), or null for no content to position
     * @param positionQueries likewise, or null for no position to content
     * @param row of the table for a query and a key
     */
    static ScoreTerm relative(
            double[][] q,
            double[][] k,
            double[][] positionKeys,
            double[][] positionQueries,
            int headSize,
            IntBinaryOperator row) {
        return (head, i, j) -> {
            int from = head * headSize;
            int place = row.applyAsInt(i, j);
            double sum = 0;
            if (positionKeys != null) {
                sum += dot(q[i], from, positionKeys[place], from, headSize);
            }
            if (positionQueries != null) {
                sum += dot(k[j], from, positionQueries[place], from, headSize);
            }
            return sum;
        };
    }

    /** Rotary positions: column {@code c} of a head and that half a head further turn together (Su et al. 2021). */
    static double[][] rotate(double[][] x, int headSize, double theta) {
        int half = headSize / 2;
        double[][] y = new double[x.length][x[0].length];
        for (int c = 0; c < half; c++) {
            double frequency = Math.pow(theta, -2.0 * c / headSize);
            for (int t = 0; t < x.length; t++) {
                double cos = Math.cos(t * frequency);
                double sin = Math.sin(t * frequency);
                for (int from = c; from < x[t].length; from += headSize) {
                    y[t][from] = x[t][from] * cos - x[t][from + half] * sin;
                    y[t][from + half] = x[t][from + half] * cos + x[t][from] * sin;
                }
            }
        }
        return y;
    }

    static double[][] map(double[][] x, DoubleUnaryOperator function) {
        double[][] y = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            y[t] = Arrays.stream(x[t]).map(function).toArray();
        }
        return y;
    }

    static double[][] sum(double[][] a, double[][] b) {
        double[][] y = new double[a.length][a[0].length];
        for (int t = 0; t < a.length; t++) {
            for (int i = 0; i < y[t].length; i++) {
                y[t][i] = a[t][i] + b[t][i];
            }
        }
        return y;
    }

    /** Element by element. */
    static double[][] product(double[][] a, double[][] b) {
        double[][] y = new double[a.length][a[0].length];
        for (int t = 0; t < a.length; t++) {
            for (int i = 0; i < y[t].length; i++) {
                y[t][i] = a[t][i] * b[t][i];
            }
        }
        return y;
    }

    /** Columns {@code [from, from + count)} of each row. */
    static double[][] columns(double[][] x, int from, int count) {
        double[][] y = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            y[t] = Arrays.copyOfRange(x[t], from, from + count);
        }
        return y;
    }

    /** The functions by their names in a config.json. */
    static DoubleUnaryOperator activation(String name) {
        return switch (name) {
            case "gelu" -> x -> x / 2 * (1 + erf(x * ROOT_HALF));
            case "gelu_new", "gelu_pytorch_tanh" ->
                x -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case "silu" -> x -> x / (1 + Math.exp(-x));
            case "tanh" -> Math::tanh;
            default -> throw new IllegalArgumentException("activation \"" + name + "\" is not written down here");
        };
    }

    /**
     * The error function to the last few digits: {@code 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!}, all of whose terms have
     * one sign (Abramowitz and Stegun 7.1.6). Smooth, as differences of it are wanted.
     */
    static double erf(double x) {
        if (Math.abs(x) > 6) {
            return Math.signum(x); // 2e-17 off
        }
        double term = x;
        double sum = 0;
        for (int n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
            sum += term;
            term *= 2 * x * x / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }
}
