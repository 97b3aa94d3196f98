package dev.kanmon.kernels;

import static dev.kanmon.kernels.Differences.EPS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every sibling's backward pass of both norms owes. */
interface NormGradientContract extends GradientContract {

    /** Operands whose nulls, strides, offsets, sizes and place of the result vary with the seed. */
    record Norm(boolean centred, Matrix x, Matrix gamma, float eps, Matrix dy, Matrix dx, Matrix dGamma, Matrix dBeta) {

        int rows() {
            return x.rows();
        }

        int n() {
            return x.columns();
        }

        void run(GradientKernels gradients) {
            if (centred) {
                gradients.layerNormBackward(
                        rows(),
                        n(),
                        x.segment(),
                        x.stride(),
                        gamma.segment(),
                        eps,
                        dy.segment(),
                        dy.stride(),
                        dx.segment(),
                        dx.stride(),
                        dGamma == null ? null : dGamma.segment(),
                        dBeta == null ? null : dBeta.segment());
            } else {
                gradients.rmsNormBackward(
                        rows(),
                        n(),
                        x.segment(),
                        x.stride(),
                        gamma.segment(),
                        eps,
                        dy.segment(),
                        dy.stride(),
                        dx.segment(),
                        dx.stride(),
                        dGamma == null ? null : dGamma.segment());
            }
        }
    }

    private Norm norm(int seed) {
        var random = new Random(seed);
        int n = WIDTHS[seed % WIDTHS.length];
        int rows = random.nextInt(5);
        boolean centred = seed / WIDTHS.length % 2 == 0;
        var x = random(rows, n, random);
        double offset = centred && seed % 4 == 0 ? 1000 : 0;
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < n; j++) {
                x.set(i, j, (float) (x.get(i, j) + offset));
            }
        }
        var dy = random(rows, n, random);
        return new Norm(
                centred,
                x,
                vector(n, random),
                seed % 2 == 0 ? 1e-12f : 1e-5f,
                dy,
                random.nextBoolean() ? dy : empty(rows, n, random),
                seed % 5 == 0 ? null : vector(n, random),
                seed % 7 == 0 || !centred ? null : vector(n, random));
    }

    /** Mean, root and largest magnitude of a row of x, in double. */
    record Row(double mean, double r, double largest) {
        static Row of(Norm in, double[] x) {
            double mean = 0;
            double largest = 0;
            for (double value : x) {
                mean += value / x.length;
                largest = Math.max(largest, Math.abs(value));
            }
            if (!in.centred) {
                mean = 0;
            }
            double squares = 0;
            for (double value : x) {
                squares += (value - mean) * (value - mean) / x.length;
            }
            return new Row(mean, 1 / Math.sqrt(squares + in.eps), largest);
        }

        double normalised(double value) {
            return (value - mean) * r;
        }

        /** How far x̂ may be off. */
        double error(Norm in, double normalised) {
            return in.centred
                    ? 16 * EPS * (Math.abs(normalised) + 1 + EPS * in.n() * largest * r)
                    : (in.n() / 8. + 16) * EPS * Math.abs(normalised);
        }
    }

    private static double[] row(Matrix matrix, int i) {
        var row = new double[matrix.columns()];
        for (int j = 0; j < row.length; j++) {
            row[j] = matrix.get(i, j);
        }
        return row;
    }

    @Test
    default void normsBackwardAreWithinTheirBoundsForAllSizes() {
        for (int seed = 0; seed < 300; seed++) {
            var in = norm(seed);
            var dy = copy(in.dy);
            var dGamma = in.dGamma == null ? null : row(in.dGamma, 0);
            var sums = dGamma == null ? null : new double[in.n()];
            var bounds = new double[in.n()];
            var dBeta = in.dBeta == null ? null : copy(in.dBeta);
            in.run(gradients());
            var differences = new Differences(
                    who() + (in.centred ? " layer norm" : " RMS norm") + " backward n=" + in.n() + " seed=" + seed);
            for (int i = 0; i < in.rows(); i++) {
                var x = row(in.x, i);
                var row = Row.of(in, x);
                double meanG = 0;
                double meanGx = 0;
                double meanAbsG = 0;
                double meanAbsGx = 0;
                double meanGError = 0;
                for (int j = 0; j < in.n(); j++) {
                    double normalised = row.normalised(x[j]);
                    double g = (double) dy.get(i, j) * in.gamma.get(0, j);
                    meanG += g / in.n();
                    meanGx += g * normalised / in.n();
                    meanAbsG += Math.abs(g) / in.n();
                    meanAbsGx += Math.abs(g * normalised) / in.n();
                    meanGError += Math.abs(g) * row.error(in, normalised) / in.n();
                }
                for (int j = 0; j < in.n(); j++) {
                    double normalised = row.normalised(x[j]);
                    double g = (double) dy.get(i, j) * in.gamma.get(0, j);
                    double expected = row.r * (g - (in.centred ? meanG : 0) - normalised * meanGx);
                    double bound = in.centred
                            ? row.r
                                    * (Math.abs(normalised) * meanGError
                                            + row.error(in, normalised) * meanAbsGx
                                            + (in.n() / 8. + 16)
                                                    * EPS
                                                    * (Math.abs(g) + meanAbsG + Math.abs(normalised) * meanAbsGx))
                            : row.r * (in.n() / 8. + 32) * EPS * (Math.abs(g) + Math.abs(normalised) * meanAbsGx);
                    differences.add("dx [" + i + ", " + j + "]", expected, in.dx.get(i, j), bound);
                    if (sums != null) {
                        double product = dy.get(i, j) * normalised;
                        sums[j] += product;
                        bounds[j] += Math.abs(dy.get(i, j)) * row.error(in, normalised)
                                + EPS * (in.rows() + 1) * (Math.abs(product) + Math.abs(dGamma[j]));
                    }
                    if (dBeta != null) {
                        dBeta.set(0, j, dBeta.get(0, j) + dy.get(i, j));
                    }
                }
            }
            for (int j = 0; j < in.n(); j++) {
                if (sums != null) {
                    differences.add("dGamma[" + j + "]", dGamma[j] + sums[j], in.dGamma.get(0, j), bounds[j]);
                }
                if (dBeta != null) {
                    differences.bits("dBeta[" + j + "]", dBeta.get(0, j), in.dBeta.get(0, j));
                }
            }
            differences.guards("dx", in.dx.damaged(0, in.n()));
            differences.guards("dGamma", in.dGamma == null ? -1 : in.dGamma.damaged(0, in.n()));
            differences.guards("dBeta", in.dBeta == null ? -1 : in.dBeta.damaged(0, in.n()));
            differences.check();
        }
    }

    /** The formula itself, which the test above repeats. */
    @Test
    default void normsBackwardAreTheSlopesOfTheNorms() {
        for (int seed = 0; seed < 40; seed++) {
            var random = new Random(seed);
            int n = 3 + random.nextInt(40);
            boolean centred = seed % 2 == 0;
            var dy = random(1, n, random);
            var in = new Norm(
                    centred,
                    random(1, n, random),
                    vector(n, random),
                    1e-5f,
                    dy,
                    empty(1, n, random),
                    vector(n, random),
                    null);
            var dGamma = row(in.dGamma, 0);
            in.run(gradients());
            var differences = new Differences(who() + " slopes of a norm, centred " + centred + " seed=" + seed);
            var gamma = row(in.gamma, 0);
            for (int at = 0; at < n; at++) {
                var x = row(in.x, 0);
                int place = at;
                double expected = GradientContract.slope(
                        value -> {
                            x[place] = value;
                            return loss(in, x, gamma);
                        },
                        in.x.get(0, at),
                        1e-3);
                // the bounds of the test above for values around 1; a wrong term is off by 1e-2
                differences.add("dx[" + at + "]", expected, in.dx.get(0, at), 2e-5 * (1 + Math.abs(expected)));
                var scaled = gamma.clone();
                double expectedGamma = GradientContract.slope(
                        value -> {
                            scaled[place] = value;
                            return loss(in, row(in.x, 0), scaled);
                        },
                        gamma[at],
                        1e-3);
                differences.add(
                        "dGamma[" + at + "]",
                        dGamma[at] + expectedGamma,
                        in.dGamma.get(0, at),
                        2e-5 * (1 + Math.abs(expectedGamma)));
            }
            differences.check();
        }
    }

    /** Σ dy · norm(x). */
    private static double loss(Norm in, double[] x, double[] gamma) {
        var row = Row.of(in, x);
        double loss = 0;
        for (int j = 0; j < x.length; j++) {
            loss += in.dy.get(0, j) * row.normalised(x[j]) * gamma[j];
        }
        return loss;
    }

    @Test
    default void rowsOfNormsMayBeSplitAnywhere() {
        for (int seed = 0; seed < 60; seed++) {
            var in = norm(seed);
            var other = new Norm(
                    in.centred,
                    in.x,
                    in.gamma,
                    in.eps,
                    copy(in.dy),
                    copy(in.dx),
                    in.dGamma == null ? null : copy(in.dGamma),
                    in.dBeta == null ? null : copy(in.dBeta));
            in.run(gradients());
            for (int i = 0; i < in.rows(); i++) {
                new Norm(
                                in.centred,
                                part(other.x, i),
                                other.gamma,
                                other.eps,
                                part(other.dy, i),
                                part(other.dx, i),
                                other.dGamma,
                                other.dBeta)
                        .run(gradients());
            }
            String what = who() + " rows one by one, seed " + seed;
            assertEquals(-1, in.dx.whole().mismatch(other.dx.whole()), what);
            if (in.dGamma != null) {
                assertEquals(-1, in.dGamma.whole().mismatch(other.dGamma.whole()), what + ", dGamma");
            }
            if (in.dBeta != null) {
                assertEquals(-1, in.dBeta.whole().mismatch(other.dBeta.whole()), what + ", dBeta");
            }
        }
    }

    private static Matrix part(Matrix matrix, int row) {
        return new Matrix(matrix.whole(), matrix.shift() + row * matrix.stride(), 1, matrix.columns(), matrix.stride());
    }
}
