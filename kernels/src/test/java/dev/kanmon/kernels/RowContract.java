package dev.kanmon.kernels;

import static dev.kanmon.kernels.Differences.EPS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every sibling's activations, gates and rotations owe. */
interface RowContract {
    Kernels kernels();

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
                        case QUICK_GELU ->
                            Arrays.stream(x)
                                    .map(v -> v / (1 + Math.exp(-1.702 * v)))
                                    .toArray();
                        case TANH -> table.get("tanh_f64");
                    };
            var row = Matrix.row(kernels(), GoldenTable.floats(x));
            kernels().activate(1, x.length, row.segment(), x.length, null, act);
            var differences = new Differences(kernels().name() + " " + act);
            for (int j = 0; j < x.length; j++) {
                double bound =
                        switch (act) {
                            case NONE, RELU -> 0;
                            case GELU, GELU_TANH, QUICK_GELU, SILU -> 1e-6 + 4 * EPS * Math.abs(expected[j]);
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
                        case GELU, GELU_TANH, QUICK_GELU, SILU -> Float.NaN;
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

    @Test
    default void gateMultipliesTheActivatedHalfByTheOtherToTheBit() {
        for (var act : Activation.values()) {
            for (int n : new int[] {0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 35, 67, 131}) {
                var random = new Random(n);
                var x = Matrix.random(kernels(), 3, 2 * n, 2 * n + random.nextInt(3), random.nextInt(9), 3, random);
                var before = x.copy(kernels());
                kernels().gate(3, n, x.segment(), x.stride(), act);
                var differences = new Differences(kernels().name() + " gate " + act + " n=" + n);
                for (int i = 0; i < 3; i++) {
                    for (int j = 0; j < n; j++) {
                        var one = Matrix.row(kernels(), before.get(i, j));
                        kernels().activate(1, 1, one.segment(), 1, null, act);
                        String place = "[" + i + ", " + j + "]";
                        differences.bits(place, one.get(0, 0) * before.get(i, n + j), x.get(i, j));
                        differences.bits("right half " + place, before.get(i, n + j), x.get(i, n + j));
                    }
                }
                differences.guards("x", x.damaged(0, 2 * n));
                differences.check();
            }
        }
    }

    @Test
    default void gatePassesNanFromBothHalvesAndNoFurther() {
        var random = new Random(1);
        var x = Matrix.random(kernels(), 2, 70, 70, 0, 1, random);
        x.set(0, 3, Float.NaN);
        x.set(1, 35 + 33, Float.NaN);
        kernels().gate(2, 35, x.segment(), 70, Activation.SILU);
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 35; j++) {
                assertEquals(i == 0 ? j == 3 : j == 33, Float.isNaN(x.get(i, j)), "NaN at [" + i + ", " + j + "]");
            }
        }
    }

    @Test
    default void rotateIsWithinItsBoundForAllSizes() {
        int[] dims = {0, 1, 2, 3, 4, 6, 8, 14, 16, 18, 30, 32, 34, 62, 64, 66, 80, 96, 128};
        for (int seed = 0; seed < 150; seed++) {
            var random = new Random(seed);
            int dim = dims[seed % dims.length];
            int rotated = seed % 3 == 0 ? random.nextInt(dim / 2 + 1) * 2 : dim / 2 * 2;
            int half = rotated / 2;
            int heads = random.nextInt(4);
            int rows = random.nextInt(6);
            int from = random.nextInt(20);
            int width = heads * dim;
            var x = Matrix.random(kernels(), rows, width, width + random.nextInt(4), random.nextInt(9), 2, random);
            // one row more than needed in some, none in others; not only sines: YaRN scales its tables
            int positions = from + rows + random.nextInt(2);
            var cos = Matrix.random(kernels(), positions, half, half, 1, 1, random);
            var sin = Matrix.random(kernels(), positions, half, half, 2, 1, random);
            var before = x.copy(kernels());
            kernels().rotate(rows, heads, dim, rotated, x.segment(), x.stride(), cos.segment(), sin.segment(), from);
            var differences = new Differences(kernels().name() + " rotate heads=" + heads + " headDim=" + dim
                    + " rotated=" + rotated + " seed=" + seed);
            for (int i = 0; i < rows; i++) {
                for (int column = 0; column < width; column++) {
                    int j = column % dim;
                    String place = "[" + i + ", " + column + "]";
                    if (j >= rotated) {
                        differences.bits(place, before.get(i, column), x.get(i, column));
                        continue;
                    }
                    boolean left = j < half;
                    double own = (double) before.get(i, column) * cos.get(from + i, j % half);
                    double other =
                            (double) before.get(i, left ? column + half : column - half) * sin.get(from + i, j % half);
                    differences.add(
                            place,
                            left ? own - other : own + other,
                            x.get(i, column),
                            2 * EPS * (Math.abs(own) + Math.abs(other)) + Float.MIN_VALUE);
                }
            }
            differences.guards("x", x.damaged(0, width));
            differences.check();
        }
    }

    @Test
    default void rotateGivesARowTheSameBitsWhereverItStands() {
        var random = new Random(5);
        for (int dim : new int[] {6, 32, 50, 64}) {
            var x = Matrix.random(kernels(), 5, 2 * dim, 2 * dim, 0, 1, random);
            var cos = Matrix.random(kernels(), 9, dim / 2, dim / 2, 0, 1, random);
            var sin = Matrix.random(kernels(), 9, dim / 2, dim / 2, 0, 1, random);
            var alone = x.copy(kernels());
            kernels().rotate(5, 2, dim, dim, x.segment(), 2 * dim, cos.segment(), sin.segment(), 4);
            for (int i = 4; i >= 0; i--) {
                var row = alone.whole().asSlice(i * 2L * dim * Float.BYTES);
                kernels().rotate(1, 2, dim, dim, row, 2 * dim, cos.segment(), sin.segment(), 4 + i);
            }
            assertEquals(-1, x.whole().mismatch(alone.whole()), "headDim " + dim);
        }
    }
}
