package dev.kanmon.kernels;

import static dev.kanmon.kernels.Differences.EPS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.kernels.scalar.ScalarGradients;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every sibling's dropout, sums and optimiser owe: but for sums of squares, the bits of the scalar sibling. */
interface FlatGradientContract extends GradientContract {

    @Test
    default void columnSumsAreAddedRowByRowToTheBit() {
        for (int n : WIDTHS) {
            var random = new Random(n);
            var x = random(random.nextInt(9), n, random);
            var sums = vector(n, random);
            var expected = copy(sums);
            gradients().addColumnSums(x.rows(), n, x.segment(), x.stride(), sums.segment());
            for (int i = 0; i < x.rows(); i++) {
                for (int j = 0; j < n; j++) {
                    expected.set(0, j, expected.get(0, j) + x.get(i, j));
                }
            }
            assertEquals(-1, expected.whole().mismatch(sums.whole()), who() + " n=" + n);
        }
    }

    @Test
    default void dropoutHasTheBitsOfTheScalarSiblingWhereverRowsAreSplit() {
        for (int n : WIDTHS) {
            for (float p : new float[] {0, 1e-7f, 0.1f, 0.5f, 0.999f, Math.nextDown(1f)}) {
                var random = new Random(n);
                long seed = random.nextLong();
                var x = random(4, n, random);
                var expected = copy(x);
                var rows = copy(x);
                long first = n % 2 == 0 ? 0 : Long.MAX_VALUE / 3;
                gradients().dropout(4, n, x.segment(), x.stride(), p, seed, first);
                ScalarGradients.create().dropout(4, n, expected.segment(), x.stride(), p, seed, first);
                for (int i = 0; i < 4; i++) {
                    var row = rows.whole().asSlice(4L * (x.shift() + i * x.stride()), 4L * n);
                    gradients().dropout(1, n, row, n, p, seed, first + i);
                }
                assertEquals(-1, expected.whole().mismatch(x.whole()), who() + " p=" + p + " n=" + n);
                assertEquals(-1, rows.whole().mismatch(x.whole()), who() + " row by row, p=" + p + " n=" + n);
            }
        }
    }

    /** A chain of hashes that is no good shows in shares of rows, of columns, or of neighbours. */
    @Test
    default void dropoutKeepsItsShareAndNothingAppearsTwice() {
        int rows = 400;
        int n = 600;
        for (float p : new float[] {0.1f, 0.5f}) {
            var x = Matrix.of(this::allocate, rows, n, n, 0);
            var kept = new boolean[3][rows][n];
            for (int draw = 0; draw < 3; draw++) {
                for (int i = 0; i < rows; i++) {
                    for (int j = 0; j < n; j++) {
                        x.set(i, j, 3);
                    }
                }
                // the third: the same seed, other rows
                gradients().dropout(rows, n, x.segment(), n, p, 41 + draw % 2, draw / 2 * rows);
                for (int i = 0; i < rows; i++) {
                    for (int j = 0; j < n; j++) {
                        kept[draw][i][j] = x.get(i, j) != 0;
                        assertTrue(x.get(i, j) == 0 || x.get(i, j) == 3 * (1 / (1 - p)), who() + ": " + x.get(i, j));
                    }
                }
            }
            var first = kept[0];
            share("all", rows, n, 1 - p, (i, j) -> first[i][j]);
            for (int i = 0; i < rows; i++) {
                int row = i;
                share("row " + i, 1, n, 1 - p, (_, j) -> first[row][j]);
            }
            for (int j = 0; j < n; j++) {
                int column = j;
                share("column " + j, rows, 1, 1 - p, (i, _) -> first[i][column]);
            }
            double same = p * p + (1 - p) * (1 - p);
            share("as the next column", rows, n - 1, same, (i, j) -> first[i][j] == first[i][j + 1]);
            share("as the next row", rows - 1, n, same, (i, j) -> first[i][j] == first[i + 1][j]);
            share("as with another seed", rows, n, same, (i, j) -> first[i][j] == kept[1][i][j]);
            share("as in other rows", rows, n, same, (i, j) -> first[i][j] == kept[2][i][j]);
        }
    }

    /** An event at a place. */
    @FunctionalInterface
    interface Event {
        boolean at(int row, int column);
    }

    private void share(String what, int rows, int n, double expected, Event event) {
        long hits = 0;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < n; j++) {
                hits += event.at(i, j) ? 1 : 0;
            }
        }
        double count = (double) rows * n;
        double deviation = Math.sqrt(expected * (1 - expected) / count);
        // of 2,000 shares one beyond 5 deviations would be a chance of 1 in 1,000
        assertTrue(
                Math.abs(hits / count - expected) <= 5 * deviation,
                who() + " dropout, kept " + what + ": share " + hits / count + ", expected " + expected + " ± "
                        + deviation);
    }

    @Test
    default void sumOfSquaresIsWithinItsBound() {
        for (int n : WIDTHS) {
            for (double scale : new double[] {1, 1e30, 1e-30}) {
                var random = new Random(n);
                var x = Matrix.random(this::allocate, 1, n, n, random.nextInt(9), scale, random);
                var exact = BigDecimal.ZERO;
                for (int j = 0; j < n; j++) {
                    var value = new BigDecimal((double) x.get(0, j));
                    exact = exact.add(value.multiply(value));
                }
                double expected = exact.doubleValue();
                double actual = gradients().sumOfSquares(n, x.segment());
                assertEquals(expected, actual, Math.max(n, 1) * 0x1p-52 * expected, who() + " n=" + n);
            }
        }
    }

    private static AdamWStep step(Random random) {
        return new AdamWStep(
                random.nextDouble() * 0.1,
                0.5 + random.nextDouble() * 0.49,
                0.9 + random.nextDouble() * 0.099,
                1e-8,
                random.nextInt(3) == 0 ? 0 : random.nextDouble(),
                random.nextInt(3) == 0 ? 1 : random.nextDouble() * 2,
                0.05 + 0.95 * random.nextDouble(),
                0.001 + 0.999 * random.nextDouble());
    }

    @Test
    default void adamWIsItsFormulaAndHasTheBitsOfTheScalarSiblingAnywhere() {
        for (int n : WIDTHS) {
            var random = new Random(n);
            var step = step(random);
            var w = vector(n, random);
            var g = vector(n, random);
            var m = vector(n, random);
            var v = vector(n, random);
            for (int j = 0; j < n; j++) {
                v.set(0, j, v.get(0, j) * v.get(0, j));
            }
            var before = new Matrix[] {copy(w), copy(g), copy(m), copy(v)};
            var scalar = new Matrix[] {copy(w), copy(g), copy(m), copy(v)};
            var parts = new Matrix[] {copy(w), copy(g), copy(m), copy(v)};
            adamW(gradients(), new Matrix[] {w, g, m, v}, 0, n, step);
            adamW(ScalarGradients.create(), scalar, 0, n, step);
            int cut = random.nextInt(n + 1);
            adamW(gradients(), parts, cut, n - cut, step);
            adamW(gradients(), parts, 0, cut, step);
            var after = new Matrix[] {w, g, m, v};
            for (int i = 0; i < 4; i++) {
                String what = who() + " " + "wgmv".charAt(i) + " n=" + n;
                assertEquals(-1, scalar[i].whole().mismatch(after[i].whole()), what);
                assertEquals(-1, parts[i].whole().mismatch(after[i].whole()), what + " in two parts");
            }
            assertEquals(-1, before[1].whole().mismatch(g.whole()), who() + " g is left as it is");
            var differences = new Differences(who() + " " + step + " n=" + n);
            for (int j = 0; j < n; j++) {
                double gradient = before[1].get(0, j) * step.gradientScale();
                double mean = step.beta1() * before[2].get(0, j) + (1 - step.beta1()) * gradient;
                double square = step.beta2() * before[3].get(0, j) + (1 - step.beta2()) * gradient * gradient;
                double size = Math.abs(before[2].get(0, j)) + Math.abs(gradient);
                differences.add("m[" + j + "]", mean, m.get(0, j), 4 * EPS * size);
                differences.add("v[" + j + "]", square, v.get(0, j), 4 * EPS * square);
                double root = Math.sqrt(square / step.correction2()) + step.epsilon();
                double change = step.learningRate() / step.correction1() / root;
                double kept = before[0].get(0, j) * (1 - step.learningRate() * step.decay());
                differences.add(
                        "w[" + j + "]",
                        kept - change * mean,
                        w.get(0, j),
                        2 * EPS * Math.abs(kept) + 12 * EPS * change * size);
            }
            differences.check();
        }
    }

    private static void adamW(GradientKernels gradients, Matrix[] wgmv, int from, int count, AdamWStep step) {
        var parts = new MemorySegment[4];
        for (int i = 0; i < 4; i++) {
            parts[i] = wgmv[i].segment().asSlice(4L * from, 4L * count);
        }
        gradients.adamW(count, parts[0], parts[1], parts[2], parts[3], step);
    }
}
