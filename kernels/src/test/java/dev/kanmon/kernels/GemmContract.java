package dev.kanmon.kernels;

import static dev.kanmon.kernels.Differences.EPS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every sibling's packing and matrix product owe. */
interface GemmContract {
    Kernels kernels();

    /** Around the lanes and panels of every vector length, and sizes that fit none. */
    int[] EDGES = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 19, 31, 32, 33, 35, 64, 67};

    default PackedMatrix pack(WeightType type, Matrix w) {
        return kernels().pack(type, w.rows(), w.columns(), w::read);
    }

    default void gemm(Matrix a, PackedMatrix b, int fromN, int toN, Matrix bias, Activation act, Matrix c) {
        kernels()
                .gemm(
                        a.rows(),
                        a.segment(),
                        a.stride(),
                        b,
                        fromN,
                        toN,
                        bias == null ? null : bias.segment(),
                        act,
                        c.segment(),
                        c.stride(),
                        Matrix.dirty(kernels(), kernels().gemmScratch(a.rows(), b)));
    }

    @ParameterizedTest
    @EnumSource
    default void gemmIsWithinItsBoundForAllSizes(WeightType type) {
        for (int seed = 0; seed < 200; seed++) {
            var random = new Random(seed);
            int m = EDGES[random.nextInt(15)];
            int n = EDGES[random.nextInt(EDGES.length)];
            int k = seed % 10 == 0 ? 700 + seed : EDGES[random.nextInt(EDGES.length)];
            var a = Matrix.random(kernels(), m, k, k + random.nextInt(4), random.nextInt(20), 1, random);
            var w = Matrix.random(kernels(), n, k, k, 0, 0.1, random);
            var bias = seed % 3 == 0 ? null : Matrix.random(kernels(), 1, n, n, random.nextInt(5), 1, random);
            var c = Matrix.of(kernels(), m, n, n + random.nextInt(4), random.nextInt(20));
            var b = pack(type, w);
            gemm(a, b, 0, n, bias, Activation.NONE, c);
            var differences = new Differences(
                    kernels().name() + " gemm " + type + " m=" + m + " n=" + n + " k=" + k + " seed=" + seed);
            for (int j = 0; j < n; j++) {
                var row = b.row(j);
                for (int i = 0; i < m; i++) {
                    double shift = bias == null ? 0 : bias.get(0, j);
                    double sum = shift;
                    double products = 0;
                    double weights = 0;
                    for (int p = 0; p < k; p++) {
                        double product = (double) a.get(i, p) * row[p];
                        sum += product;
                        products += Math.abs(product);
                        weights += Math.abs(row[p]);
                    }
                    double rounding = (k + 2) * EPS * (products + Math.abs(shift));
                    double step =
                            Int8Definition.quantise(Int8Definition.row(a, i)).t();
                    double bound =
                            switch (type) {
                                case F32 -> rounding;
                                case BF16 -> rounding + 0x1p-8 * products;
                                case INT8 -> step * weights + 4 * EPS * (products + step * weights + Math.abs(shift));
                            };
                    differences.add("[" + i + ", " + j + "]", sum, c.get(i, j), bound);
                }
            }
            differences.guards("c", c.damaged(0, n));
            differences.check();
        }
    }

    @ParameterizedTest
    @EnumSource
    default void gemmGivesARowTheSameBitsInAnyBatchAndAnySplitOfColumns(WeightType type) {
        var random = new Random(5);
        int n = 131;
        int k = 77;
        int most = 45;
        var a = Matrix.random(kernels(), most, k, k + 3, 1, 1, random);
        var b = pack(type, Matrix.random(kernels(), n, k, k, 0, 1, random));
        var bias = Matrix.random(kernels(), 1, n, n, 0, 1, random);
        var whole = Matrix.of(kernels(), most, n);
        gemm(a, b, 0, n, bias, Activation.GELU, whole);
        var differences = new Differences(kernels().name() + " gemm " + type + " in parts");
        for (int m = 1; m < most; m++) {
            int first = random.nextInt(most - m + 1);
            var part = new Matrix(a.whole(), a.shift() + first * a.stride(), m, k, a.stride());
            var c = Matrix.of(kernels(), m, n, n + m, m);
            for (int from = n - n % b.panel(); from >= 0; from -= b.panel()) {
                gemm(part, b, from, Math.min(n, from + b.panel()), bias, Activation.GELU, c);
            }
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    differences.bits("m=" + m + " [" + i + ", " + j + "]", whole.get(first + i, j), c.get(i, j));
                }
            }
            differences.guards("c of m=" + m, c.damaged(0, n));
        }
        differences.check();
    }

    @Test
    default void gemmWritesOnlyTheColumnsAskedFor() {
        var random = new Random(6);
        for (int m : new int[] {1, 3, 9}) {
            var a = Matrix.random(kernels(), m, 5, 5, 0, 1, random);
            var b = pack(WeightType.F32, Matrix.random(kernels(), 200, 5, 5, 0, 1, random));
            for (int from = 0; from <= 200; from += b.panel()) {
                for (int to = from; to <= 200; to += b.panel()) {
                    var c = Matrix.of(kernels(), m, 200, 203, 2);
                    gemm(a, b, from, to, null, Activation.NONE, c);
                    assertEquals(
                            -1,
                            c.damaged(from, to),
                            "columns [" + from + ", " + to + ") of m=" + m + ": guard overwritten");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    default void gemmAppliesTheActivationOfActivate(Activation act) {
        var random = new Random(7);
        var a = Matrix.random(kernels(), 11, 24, 24, 0, 1, random);
        var b = pack(WeightType.F32, Matrix.random(kernels(), 45, 24, 24, 0, 1, random));
        var bias = Matrix.random(kernels(), 1, 45, 45, 0, 1, random);
        var fused = Matrix.of(kernels(), 11, 45);
        gemm(a, b, 0, 45, bias, act, fused);
        var apart = Matrix.of(kernels(), 11, 45);
        gemm(a, b, 0, 45, bias, Activation.NONE, apart);
        kernels().activate(11, 45, apart.segment(), 45, null, act);
        var differences = new Differences(kernels().name() + " fused " + act);
        for (int i = 0; i < 11; i++) {
            for (int j = 0; j < 45; j++) {
                differences.bits("[" + i + ", " + j + "]", apart.get(i, j), fused.get(i, j));
            }
        }
        differences.check();
    }

    @ParameterizedTest
    @EnumSource
    default void nanInARowOrAWeightReachesWhatDependsOnItAndNothingElse(WeightType type) {
        var random = new Random(8);
        var a = Matrix.random(kernels(), 9, 20, 20, 0, 1, random);
        var w = Matrix.random(kernels(), 50, 20, 20, 0, 1, random);
        a.set(4, 13, Float.NaN);
        if (type != WeightType.INT8) {
            w.set(37, 2, Float.NaN);
        }
        var c = Matrix.of(kernels(), 9, 50);
        gemm(a, pack(type, w), 0, 50, null, Activation.NONE, c);
        for (int i = 0; i < 9; i++) {
            for (int j = 0; j < 50; j++) {
                assertEquals(
                        i == 4 || j == 37 && type != WeightType.INT8,
                        Float.isNaN(c.get(i, j)),
                        "NaN at [" + i + ", " + j + "]");
            }
        }
    }

    @Test
    default void f32PacksExactlyAndBf16RoundsToNearestEven() {
        var values = Matrix.row(
                kernels(),
                0f,
                -0f,
                1f,
                0x1.01p0f,
                0x1.03p0f,
                0x1.0102p0f,
                0x1.00fep0f,
                Float.MAX_VALUE,
                -Float.MIN_VALUE,
                Float.NEGATIVE_INFINITY,
                Float.intBitsToFloat(0x7f800001));
        var exact = pack(WeightType.F32, values).row(0);
        for (int j = 0; j < values.columns(); j++) {
            assertEquals(Float.floatToIntBits(values.get(0, j)), Float.floatToIntBits(exact[j]), "element " + j);
        }
        assertArrayEquals(
                new float[] {
                    0f,
                    -0f,
                    1f,
                    1f,
                    0x1.04p0f,
                    0x1.02p0f,
                    1f,
                    Float.POSITIVE_INFINITY,
                    -0f,
                    Float.NEGATIVE_INFINITY,
                    Float.NaN
                },
                pack(WeightType.BF16, values).row(0));
    }

    @ParameterizedTest
    @EnumSource
    default void packingOnManyThreadsGivesTheSame(WeightType type) {
        for (int[] size : new int[][] {{0, 5}, {3, 0}, {1, 1}, {70, 33}, {1100, 1000}}) {
            int n = size[0];
            int k = size[1];
            var w = Matrix.random(kernels(), n, k, k, 0, 1, new Random(n));
            var alone = pack(type, w);
            var asked = new AtomicIntegerArray(n);
            Pieces backwards = (count, piece) ->
                    IntStream.range(0, count).map(i -> count - 1 - i).parallel().forEach(piece);
            var together = kernels()
                    .pack(
                            type,
                            n,
                            k,
                            (first, rows, dst, at) -> {
                                for (int i = 0; i < rows; i++) {
                                    asked.incrementAndGet(first + i);
                                    for (int j = 0; j < k; j++) {
                                        dst[at + i * k + j] = w.get(first + i, j);
                                    }
                                }
                            },
                            backwards);
            assertEquals(alone.bytes(), together.bytes());
            for (int row = 0; row < n; row += 1 + n / 50) {
                assertArrayEquals(alone.row(row), together.row(row), n + " x " + k + ", row " + row);
                assertEquals(1, asked.get(row), n + " x " + k + ", row " + row + " was asked for");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    default void manyThreadsShareOneMatrix(WeightType type) throws Exception {
        var random = new Random(9);
        int n = 160;
        var a = Matrix.random(kernels(), 21, 64, 64, 0, 1, random);
        var b = pack(type, Matrix.random(kernels(), n, 64, 64, 0, 1, random));
        var alone = Matrix.of(kernels(), 21, n);
        gemm(a, b, 0, n, null, Activation.SILU, alone);
        var together = Matrix.of(kernels(), 21, n);
        try (var threads = Executors.newFixedThreadPool(4)) {
            for (int repeat = 0; repeat < 50; repeat++) {
                var tasks = new ArrayList<Callable<Void>>();
                for (int from = 0; from < n; from += b.panel()) {
                    int first = from;
                    tasks.add(() -> {
                        gemm(a, b, first, Math.min(n, first + b.panel()), null, Activation.SILU, together);
                        return null;
                    });
                }
                for (var done : threads.invokeAll(tasks)) {
                    done.get();
                }
                assertEquals(-1, alone.whole().mismatch(together.whole()), "first byte that differs, run " + repeat);
            }
        }
    }
}
