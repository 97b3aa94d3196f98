package dev.kanmon.kernels;

import static dev.kanmon.kernels.Differences.EPS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every sibling's layer norm and activations owe. */
interface RowContract {
    Kernels kernels();

    /** The definition of {@link Kernels#residualLayerNorm} in double, on what is already x + bias + residual. */
    private static void compareNorm(
            Differences differences,
            String place,
            double[] y,
            Matrix gamma,
            Matrix beta,
            double eps,
            Matrix actual,
            int row) {
        double mean = 0;
        double largest = 0;
        for (double value : y) {
            mean += value / y.length;
            largest = Math.max(largest, Math.abs(value));
        }
        double variance = 0;
        for (double value : y) {
            variance += (value - mean) * (value - mean) / y.length;
        }
        double root = Math.sqrt(variance + eps);
        for (int j = 0; j < y.length; j++) {
            double scaled = (y[j] - mean) / root * gamma.get(0, j);
            double bound = 16
                    * EPS
                    * (Math.abs(scaled)
                            + Math.abs(beta.get(0, j))
                            + Math.abs(gamma.get(0, j)) * (1 + EPS * y.length * largest / root));
            differences.add(place + " [" + row + ", " + j + "]", scaled + beta.get(0, j), actual.get(row, j), bound);
        }
    }

    @Test
    default void layerNormIsWithinItsBoundForAllSizes() {
        int[] widths = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 19, 31, 32, 33, 35, 63, 64, 65, 67, 131, 384, 768, 1024};
        for (int seed = 0; seed < 150; seed++) {
            var random = new Random(seed);
            int n = widths[seed % widths.length];
            int rows = random.nextInt(6);
            double offset = seed % 4 == 0 ? 1000 : 0;
            var x = Matrix.random(kernels(), rows, n, n + random.nextInt(4), random.nextInt(9), 1, random);
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < n; j++) {
                    x.set(i, j, (float) (x.get(i, j) + offset));
                }
            }
            var bias = seed % 3 == 0 ? null : Matrix.random(kernels(), 1, n, n, 3, 1, random);
            var residual = seed % 5 == 0
                    ? null
                    : Matrix.random(kernels(), rows, n, n + random.nextInt(4), random.nextInt(9), 1, random);
            var gamma = Matrix.random(kernels(), 1, n, n, 1, 1, random);
            var beta = Matrix.random(kernels(), 1, n, n, 2, 1, random);
            float eps = seed % 2 == 0 ? 1e-12f : 1e-5f;
            var before = x.copy(kernels());
            kernels()
                    .residualLayerNorm(
                            rows,
                            n,
                            x.segment(),
                            x.stride(),
                            bias == null ? null : bias.segment(),
                            residual == null ? null : residual.segment(),
                            residual == null ? 0 : residual.stride(),
                            gamma.segment(),
                            beta.segment(),
                            eps);
            var differences = new Differences(kernels().name() + " layer norm n=" + n + " seed=" + seed);
            for (int i = 0; i < rows; i++) {
                var y = new double[n];
                for (int j = 0; j < n; j++) {
                    // the sums themselves are f32, as in the reference
                    float sum = before.get(i, j) + (bias == null ? 0 : bias.get(0, j));
                    y[j] = sum + (residual == null ? 0 : residual.get(i, j));
                }
                compareNorm(differences, "", y, gamma, beta, eps, x, i);
            }
            differences.guards("x", x.damaged(0, n));
            differences.check();
        }
    }

    @Test
    default void layerNormEqualsTheReferenceTable() {
        var table = GoldenTable.read("rows.safetensors");
        int compared = 0;
        for (String name : table.keySet()) {
            int at = name.indexOf(".layernorm_eps");
            if (at < 0) {
                continue;
            }
            var expected = table.get(name);
            double eps = Double.parseDouble(name.substring(at + 14, name.length() - 4));
            var x = table.get(name.substring(0, at) + ".x");
            var gamma = table.get(name.substring(0, at) + ".gamma");
            var beta = table.get(name.substring(0, at) + ".beta");
            int n = x.length;
            var row = Matrix.row(kernels(), floats(x));
            kernels()
                    .residualLayerNorm(
                            1,
                            n,
                            row.segment(),
                            n,
                            null,
                            null,
                            0,
                            Matrix.row(kernels(), floats(gamma)).segment(),
                            Matrix.row(kernels(), floats(beta)).segment(),
                            (float) eps);
            double largest = 0;
            double mean = 0;
            double squares = 0;
            for (double value : x) {
                largest = Math.max(largest, Math.abs(value));
                mean += value / n;
            }
            for (double value : x) {
                squares += (value - mean) * (value - mean) / n;
            }
            var differences = new Differences(kernels().name() + " " + name);
            for (int j = 0; j < n; j++) {
                differences.add(
                        "[" + j + "]",
                        expected[j],
                        row.get(0, j),
                        16
                                * EPS
                                * (Math.abs(expected[j])
                                        + 2 * Math.abs(beta[j])
                                        + Math.abs(gamma[j]) * (1 + EPS * n * largest / Math.sqrt(squares + eps))));
            }
            differences.check();
            compared++;
        }
        assertTrue(compared > 90, "rows of the table: " + compared);
    }

    private static float[] floats(double[] values) {
        var floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    @Test
    default void layerNormOfARowHoldingNanIsNanAndOtherRowsAreNotTouched() {
        var random = new Random(1);
        var x = Matrix.random(kernels(), 3, 50, 50, 0, 1, random);
        x.set(1, 33, Float.NaN);
        var gamma = Matrix.random(kernels(), 1, 50, 50, 0, 1, random);
        kernels().residualLayerNorm(3, 50, x.segment(), 50, null, null, 0, gamma.segment(), gamma.segment(), 1e-5f);
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 50; j++) {
                assertEquals(i == 1, Float.isNaN(x.get(i, j)), "NaN at [" + i + ", " + j + "]");
            }
        }
    }

    @Test
    default void activationsEqualTheReferenceTable() {
        var table = GoldenTable.read("activations.safetensors");
        var x = table.get("x");
        assertTrue(x.length > 1000, "rows of the table: " + x.length);
        for (var act : Activation.values()) {
            var expected =
                    switch (act) {
                        case NONE -> x;
                        case GELU -> table.get("gelu_f64");
                        case GELU_TANH -> table.get("gelu_new_f64");
                        case RELU -> table.get("relu_f64");
                        case SILU -> table.get("silu_f64");
                        case TANH -> table.get("tanh_f64");
                    };
            var row = Matrix.row(kernels(), floats(x));
            kernels().activate(1, x.length, row.segment(), x.length, null, act);
            var differences = new Differences(kernels().name() + " " + act);
            for (int j = 0; j < x.length; j++) {
                double bound =
                        switch (act) {
                            case NONE, RELU -> 0;
                            case GELU, GELU_TANH, SILU -> 1e-6 + 4 * EPS * Math.abs(expected[j]);
                            case TANH -> 4 * EPS;
                        };
                differences.add(act + "(" + (float) x[j] + ")", expected[j], row.get(0, j), bound);
            }
            differences.check();
        }
    }

    @Test
    default void activationsAtTheEndsOfTheLineFollowTheirDefinition() {
        float inf = Float.POSITIVE_INFINITY;
        float[] ends = {Float.NaN, inf, -inf};
        for (var act : Activation.values()) {
            // -infinity times zero is NaN in x · Φ(x), as it is in torch
            float atMinusInfinity =
                    switch (act) {
                        case NONE -> -inf;
                        case GELU, GELU_TANH, SILU -> Float.NaN;
                        case RELU -> 0;
                        case TANH -> -1;
                    };
            float[] expected = {Float.NaN, act == Activation.TANH ? 1 : inf, atMinusInfinity};
            var x = Matrix.of(kernels(), 1, 40);
            for (int j = 0; j < 40; j++) {
                x.set(0, j, ends[j % 3]);
            }
            kernels().activate(1, 40, x.segment(), 40, null, act);
            for (int j = 0; j < 40; j++) {
                assertEquals(expected[j % 3], x.get(0, j), act + "(" + ends[j % 3] + ") at " + j);
            }
        }
    }

    @Test
    default void activateAddsTheBiasAndGivesAnElementTheSameBitsAnywhere() {
        for (var act : Activation.values()) {
            for (int n : new int[] {0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 35, 67}) {
                var random = new Random(n);
                var x = Matrix.random(kernels(), 3, n, n + 2, 5, 2, random);
                var bias = Matrix.random(kernels(), 1, n, n, 1, 1, random);
                var before = x.copy(kernels());
                kernels().activate(3, n, x.segment(), n + 2, bias.segment(), act);
                var differences = new Differences(kernels().name() + " " + act + " n=" + n);
                for (int i = 0; i < 3; i++) {
                    for (int j = 0; j < n; j++) {
                        var one = Matrix.row(kernels(), before.get(i, j) + bias.get(0, j));
                        kernels().activate(1, 1, one.segment(), 1, null, act);
                        differences.bits("[" + i + ", " + j + "]", one.get(0, 0), x.get(i, j));
                    }
                }
                differences.guards("x", x.damaged(0, n));
                differences.check();
            }
        }
    }
}
