package dev.kanmon.kernels;

import static dev.kanmon.kernels.Differences.EPS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every sibling's sums and normalisations of rows owe. */
interface NormContract {
    Kernels kernels();

    /** Widths around the edges of lanes and of unrolled loops. */
    int[] WIDTHS = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 19, 31, 32, 33, 35, 63, 64, 65, 67, 131, 384, 768, 1024};

    /** Operands of the row operations; bias, residual and beta may be null. */
    record Rows(Matrix x, Matrix bias, Matrix residual, Matrix gamma, Matrix beta, Matrix out, float eps) {
        int rows() {
            return x.rows();
        }

        int n() {
            return x.columns();
        }

        boolean inPlace() {
            return out == x;
        }

        /** x + bias + residual, rounded as the reference rounds. */
        float sum(Matrix before, int i, int j) {
            float sum = bias == null ? before.get(i, j) : before.get(i, j) + bias.get(0, j);
            return residual == null ? sum : sum + residual.get(i, j);
        }
    }

    /** Operands whose nulls, strides, offsets, sizes and place of the result vary with the seed. */
    private Rows rows(int seed, Random random) {
        int n = WIDTHS[seed % WIDTHS.length];
        int rows = random.nextInt(6);
        double offset = seed % 4 == 0 ? 1000 : 0;
        var x = Matrix.random(kernels(), rows, n, n + random.nextInt(4), random.nextInt(9), 1, random);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < n; j++) {
                x.set(i, j, (float) (x.get(i, j) + offset));
            }
        }
        return new Rows(
                x,
                seed % 3 == 0 ? null : Matrix.random(kernels(), 1, n, n, 3, 1, random),
                seed % 5 == 0
                        ? null
                        : Matrix.random(kernels(), rows, n, n + random.nextInt(4), random.nextInt(9), 1, random),
                Matrix.random(kernels(), 1, n, n, 1, 1, random),
                seed % 7 == 0 ? null : Matrix.random(kernels(), 1, n, n, 2, 1, random),
                random.nextBoolean() ? x : Matrix.of(kernels(), rows, n, n + random.nextInt(4), random.nextInt(9)),
                seed % 2 == 0 ? 1e-12f : 1e-5f);
    }

    private static MemorySegment segment(Matrix matrix) {
        return matrix == null ? null : matrix.segment();
    }

    private static int stride(Matrix matrix) {
        return matrix == null ? 0 : matrix.stride();
    }

    private void layerNorm(Rows in) {
        kernels()
                .residualLayerNorm(
                        in.rows(),
                        in.n(),
                        in.x.segment(),
                        in.x.stride(),
                        segment(in.bias),
                        segment(in.residual),
                        stride(in.residual),
                        in.gamma.segment(),
                        segment(in.beta),
                        in.eps,
                        in.out.segment(),
                        in.out.stride());
    }

    private void rmsNorm(Rows in) {
        kernels()
                .residualRmsNorm(
                        in.rows(),
                        in.n(),
                        in.x.segment(),
                        in.x.stride(),
                        segment(in.residual),
                        stride(in.residual),
                        in.gamma.segment(),
                        in.eps,
                        in.out.segment(),
                        in.out.stride());
    }

    /** Where the result lies apart, x holds the sum, to the bit; nothing beside the operands was touched. */
    private static void sumsAndGuards(Differences differences, Rows in, Matrix before) {
        if (!in.inPlace()) {
            for (int i = 0; i < in.rows(); i++) {
                for (int j = 0; j < in.n(); j++) {
                    differences.bits("sum [" + i + ", " + j + "]", in.sum(before, i, j), in.x.get(i, j));
                }
            }
            differences.guards("out", in.out.damaged(0, in.n()));
        }
        differences.guards("x", in.x.damaged(0, in.n()));
    }

    @Test
    default void layerNormIsWithinItsBoundForAllSizes() {
        for (int seed = 0; seed < 300; seed++) {
            var in = rows(seed, new Random(seed));
            var before = in.x.copy(kernels());
            layerNorm(in);
            var differences = new Differences(kernels().name() + " layer norm n=" + in.n() + " seed=" + seed);
            for (int i = 0; i < in.rows(); i++) {
                double mean = 0;
                double largest = 0;
                for (int j = 0; j < in.n(); j++) {
                    double y = in.sum(before, i, j);
                    mean += y / in.n();
                    largest = Math.max(largest, Math.abs(y));
                }
                double variance = 0;
                for (int j = 0; j < in.n(); j++) {
                    variance += Math.pow(in.sum(before, i, j) - mean, 2) / in.n();
                }
                double root = Math.sqrt(variance + in.eps);
                for (int j = 0; j < in.n(); j++) {
                    double gamma = in.gamma.get(0, j);
                    double beta = in.beta == null ? 0 : in.beta.get(0, j);
                    double scaled = (in.sum(before, i, j) - mean) / root * gamma;
                    double bound = 16
                            * EPS
                            * (Math.abs(scaled)
                                    + Math.abs(beta)
                                    + Math.abs(gamma) * (1 + EPS * in.n() * largest / root));
                    differences.add("[" + i + ", " + j + "]", scaled + beta, in.out.get(i, j), bound);
                }
            }
            sumsAndGuards(differences, in, before);
            differences.check();
        }
    }

    @Test
    default void rmsNormIsWithinItsBoundForAllSizes() {
        for (int seed = 0; seed < 300; seed++) {
            var all = rows(seed, new Random(seed));
            var in = new Rows(all.x, null, all.residual, all.gamma, null, all.out, all.eps);
            var before = in.x.copy(kernels());
            rmsNorm(in);
            var differences = new Differences(kernels().name() + " rms norm n=" + in.n() + " seed=" + seed);
            for (int i = 0; i < in.rows(); i++) {
                double squares = 0;
                for (int j = 0; j < in.n(); j++) {
                    squares += Math.pow(in.sum(before, i, j), 2);
                }
                double root = Math.sqrt(squares / in.n() + in.eps);
                for (int j = 0; j < in.n(); j++) {
                    double expected = in.sum(before, i, j) / root * in.gamma.get(0, j);
                    differences.add(
                            "[" + i + ", " + j + "]",
                            expected,
                            in.out.get(i, j),
                            (in.n() / 8 + 16) * EPS * Math.abs(expected));
                }
            }
            sumsAndGuards(differences, in, before);
            differences.check();
        }
    }

    @Test
    default void normsHaveTheSameBitsInPlaceAndApartAndForARowAlone() {
        for (int seed = 0; seed < 100; seed++) {
            for (boolean rms : new boolean[] {false, true}) {
                var in = rows(seed, new Random(seed));
                var before = in.x.copy(kernels());
                var differences = new Differences(
                        kernels().name() + (rms ? " rms" : " layer") + " norm n=" + in.n() + " seed=" + seed);
                for (boolean apart : new boolean[] {false, true}) {
                    var x = before.copy(kernels());
                    var out = apart ? Matrix.of(kernels(), in.rows(), in.n(), in.n() + 3, 5) : x;
                    var whole = new Rows(x, rms ? null : in.bias, in.residual, in.gamma, in.beta, out, in.eps);
                    norm(rms, whole);
                    for (int i = 0; i < in.rows(); i++) {
                        var row = one(before, i);
                        norm(rms, new Rows(row, whole.bias, one(in.residual, i), in.gamma, in.beta, row, in.eps));
                        for (int j = 0; j < in.n(); j++) {
                            differences.bits("[" + i + ", " + j + "]", row.get(0, j), out.get(i, j));
                        }
                    }
                }
                differences.check();
            }
        }
    }

    private void norm(boolean rms, Rows in) {
        if (rms) {
            rmsNorm(in);
        } else {
            layerNorm(in);
        }
    }

    /** A row of a matrix as a matrix of its own. */
    private Matrix one(Matrix from, int i) {
        if (from == null) {
            return null;
        }
        var row = Matrix.of(kernels(), 1, from.columns(), from.columns(), 1);
        for (int j = 0; j < from.columns(); j++) {
            row.set(0, j, from.get(i, j));
        }
        return row;
    }

    @Test
    default void addEqualsItsDefinitionToTheBit() {
        for (int seed = 0; seed < 150; seed++) {
            var random = new Random(seed);
            var in = rows(seed, random);
            var y = Matrix.random(kernels(), in.rows(), in.n(), in.n() + random.nextInt(4), 2, 1, random);
            var before = in.x.copy(kernels());
            kernels().add(in.rows(), in.n(), in.x.segment(), in.x.stride(), segment(in.bias), y.segment(), y.stride());
            var sum = new Rows(in.x, in.bias, y, null, null, in.x, 0);
            var differences = new Differences(kernels().name() + " add n=" + in.n() + " seed=" + seed);
            for (int i = 0; i < in.rows(); i++) {
                for (int j = 0; j < in.n(); j++) {
                    differences.bits("[" + i + ", " + j + "]", sum.sum(before, i, j), in.x.get(i, j));
                }
            }
            differences.guards("x", in.x.damaged(0, in.n()));
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
            var row = Matrix.row(kernels(), GoldenTable.floats(x));
            kernels()
                    .residualLayerNorm(
                            1,
                            n,
                            row.segment(),
                            n,
                            null,
                            null,
                            0,
                            Matrix.row(kernels(), GoldenTable.floats(gamma)).segment(),
                            Matrix.row(kernels(), GoldenTable.floats(beta)).segment(),
                            (float) eps,
                            row.segment(),
                            n);
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

    @Test
    default void aRowHoldingNanIsNanThroughoutAndOtherRowsAreNotTouched() {
        for (boolean rms : new boolean[] {false, true}) {
            for (int at : new int[] {0, 33, 49}) {
                var random = new Random(at);
                var x = Matrix.random(kernels(), 3, 50, 50, 0, 1, random);
                x.set(1, at, Float.NaN);
                var gamma = Matrix.random(kernels(), 1, 50, 50, 0, 1, random);
                norm(rms, new Rows(x, null, null, gamma, gamma, x, 1e-5f));
                for (int i = 0; i < 3; i++) {
                    for (int j = 0; j < 50; j++) {
                        assertEquals(i == 1, Float.isNaN(x.get(i, j)), "NaN at [" + i + ", " + j + "], rms " + rms);
                    }
                }
            }
        }
    }
}
