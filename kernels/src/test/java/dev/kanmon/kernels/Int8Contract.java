package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every sibling owes to {@link WeightType#INT8}: its bits. */
interface Int8Contract extends GemmContract {
    /** Around vectors, tiles and panels, and the four inputs that some instructions take at once. */
    int[] INT8_EDGES = {0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 15, 16, 17, 23, 31, 32, 33, 47, 63, 64, 65, 127, 128, 129
    };

    @Test
    default void int8GemmHasTheBitsOfItsDefinitionForAllSizes() {
        for (int n : INT8_EDGES) {
            for (int k : INT8_EDGES) {
                var random = new Random(1000 * n + k);
                var w = Matrix.random(kernels(), n, k, k, 0, 0.1, random);
                var bias = k % 3 == 0 ? null : Matrix.random(kernels(), 1, n, n, random.nextInt(5), 1, random);
                int most = n <= 65 && k <= 65 ? 65 : 17;
                var a = Matrix.random(kernels(), most, k, k + random.nextInt(4), random.nextInt(20), 1, random);
                var expected = defined(a, w, bias);
                var b = pack(WeightType.INT8, w);
                for (int m : INT8_EDGES) {
                    if (m <= most) {
                        var part = new Matrix(a.whole(), a.shift(), m, k, a.stride());
                        compare("n=" + n + " k=" + k, part, b, bias, expected);
                    }
                }
            }
        }
    }

    /** Rows beyond what any sibling takes at once, and sums longer than any sibling adds up in one go. */
    @Test
    default void int8GemmHasTheBitsOfItsDefinitionForLargeSizes() {
        int[][] sizes = {
            {200, 70, 40}, {301, 33, 20}, {97, 65, 255}, {14, 66, 257}, {5, 65, 511}, {3, 65, 513}, {13, 64, 1023},
            {1, 65, 1024}, {2, 65, 1024}, {1, 65, 1025}, {7, 65, 1025}, {1, 130, 3072}, {16, 130, 3072}, {1, 3, 65_536},
            {5, 3, 65_536}
        };
        for (int[] size : sizes) {
            var random = new Random(size[2]);
            var a = Matrix.random(kernels(), size[0], size[2], size[2] + 3, 1, 1, random);
            var w = Matrix.random(kernels(), size[1], size[2], size[2], 0, 1, random);
            var bias = Matrix.random(kernels(), 1, size[1], size[1], 0, 1, random);
            compare("n=" + size[1] + " k=" + size[2], a, pack(WeightType.INT8, w), bias, defined(a, w, bias));
        }
    }

    /** The largest products there are: bytes 255, or 0 under a z of 255, times 127 and -127. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 63, 64, 129, 517, 1025, 32_771, 65_535, 65_536})
    default void int8SumsDoNotSaturate(int k) {
        var a = Matrix.of(kernels(), 6, k);
        var w = Matrix.of(kernels(), 5, k);
        for (int i = 0; i < k; i++) {
            // all largest, all lowest, and both in turns, singly and in twos and fours
            int[] signs = {1, -1, i % 2 * 2 - 1, 1 - i % 2 * 2, i / 2 % 2 * 2 - 1, i / 4 % 2 * 2 - 1};
            for (int r = 0; r < 6; r++) {
                a.set(r, i, signs[r] * 3.25f);
            }
            for (int j = 0; j < 5; j++) {
                w.set(j, i, signs[j] * 0.7f);
            }
        }
        compare("k=" + k, a, pack(WeightType.INT8, w), null, defined(a, w, null));
    }

    @Test
    default void int8QuantisesRowsOfEveryRange() {
        int k = 70;
        var random = new Random(21);
        var rows = new IntFunction<?>[] {
            _ -> 0f,
            _ -> -0f,
            i -> i % 2 == 0 ? 0f : -0f,
            _ -> random.nextFloat(),
            _ -> -random.nextFloat(),
            i -> i == 69 ? 1f : 0f,
            i -> i == 69 ? -1f : 0f,
            i -> i == 3 ? 1000f : random.nextFloat() - 0.5f,
            // the range is 255, so neighbouring bytes are 1 apart and halves are ties
            i -> i == 0 ? 255f : i + 0.5f,
            i -> i == 0 ? -255f : -i - 0.5f,
            // both ends round up: 253.5 + 1.5 is one more than fits
            i -> i == 0 ? -1.5f : i == 1 ? 253.5f : i * 3 - 0.5f,
            i -> i == 0 ? -0.5f : i == 1 ? 254.5f : i + 0.5f,
            i -> Float.MIN_VALUE * (i - 30),
            i -> Float.MIN_NORMAL * (i - 30),
            i -> 0x1p-100f * (i - 35) / 69,
            i -> 0x1p-95f * (i - 10),
            i -> 0x1p126f * (i - 35) / 35,
            i -> i == 5 ? Float.MAX_VALUE : i,
            i -> i == 5 ? -Float.MAX_VALUE : i,
            _ -> (float) random.nextGaussian() * 1e30f,
        };
        var a = Matrix.of(kernels(), rows.length, k);
        for (int r = 0; r < rows.length; r++) {
            for (int i = 0; i < k; i++) {
                a.set(r, i, (Float) rows[r].apply(i));
            }
        }
        for (float size : new float[] {1e-3f, 1, Float.MIN_VALUE * 1000, 0x1p100f}) {
            var w = Matrix.random(kernels(), 33, k, k, 0, 1, random);
            for (int j = 0; j < 33; j++) {
                for (int i = 0; i < k; i++) {
                    w.set(j, i, j == 7 ? 0 : w.get(j, i) * size);
                }
            }
            var bias = Matrix.random(kernels(), 1, 33, 33, 0, 1, random);
            compare("weights of " + size, a, pack(WeightType.INT8, w), bias, defined(a, w, bias));
        }
    }

    @Test
    default void int8GivesNanForRowsThatCannotBeQuantisedAndForThoseAlone() {
        var random = new Random(22);
        for (int k : new int[] {1, 16, 41}) {
            var a = Matrix.random(kernels(), 17, k, k, 0, 1, random);
            var w = Matrix.random(kernels(), 67, k, k, 0, 1, random);
            for (int i = 0; i < k; i++) {
                w.set(5, i, 0);
            }
            a.set(2, k - 1, Float.NaN);
            a.set(4, 0, Float.POSITIVE_INFINITY);
            a.set(7, k / 2, Float.NEGATIVE_INFINITY);
            a.set(16, 0, Float.intBitsToFloat(0xffc00001));
            if (k > 1) {
                a.set(9, 0, Float.POSITIVE_INFINITY);
                a.set(9, k - 1, Float.NEGATIVE_INFINITY);
                // finite, but too wide
                a.set(11, 0, 3e38f);
                a.set(11, k - 1, -3e38f);
            }
            var bias = Matrix.random(kernels(), 1, 67, 67, 0, 1, random);
            compare("k=" + k, a, pack(WeightType.INT8, w), bias, defined(a, w, bias));
            for (int r : new int[] {2, 4, 7, 16}) {
                var c = Matrix.of(kernels(), 1, 67);
                gemm(new Matrix(a.whole(), r * k, 1, k, k), pack(WeightType.INT8, w), 0, 67, null, Activation.NONE, c);
                for (int j = 0; j < 67; j++) {
                    assertTrue(Float.isNaN(c.get(0, j)), "row " + r + " alone, column " + j + ": " + c.get(0, j));
                }
            }
        }
    }

    @Test
    default void int8RefusesMoreInputsThanItsSumsHold() {
        var refusal = assertThrows(
                IllegalArgumentException.class,
                () -> kernels().pack(WeightType.INT8, 1, 65_537, (firstRow, rowCount, dst, dstPos) -> {}));
        assertTrue(refusal.getMessage().contains("k 65537, expected at most 65536"), refusal.getMessage());
        kernels().pack(WeightType.BF16, 1, 65_537, (firstRow, rowCount, dst, dstPos) -> {});
    }

    @Test
    default void int8ScalesEachOutputByItsLargestWeightAndRoundsTiesToEven() {
        var w = Matrix.of(kernels(), 5, 6);
        float[][] rows = {
            {127, -127, 0.5f, 1.5f, -2.5f, 126.4f},
            {0, -0f, 0, 0, 0, 0},
            {-Float.MAX_VALUE / 2, Float.MAX_VALUE / 2, 0, 1, -1, Float.MAX_VALUE / 8},
            {Float.MIN_VALUE, -Float.MIN_VALUE, 0, 0, 0, 0},
            {-1e-3f, 2.5e-4f, 0, 0, 0, 0}
        };
        for (int i = 0; i < 5; i++) {
            for (int j = 0; j < 6; j++) {
                w.set(i, j, rows[i][j]);
            }
        }
        var b = pack(WeightType.INT8, w);
        assertArrayEquals(new float[] {127, -127, 0, 2, -2, 126}, b.row(0));
        assertArrayEquals(new float[6], b.row(1));
        float step = Float.MAX_VALUE / 2 / 127;
        assertArrayEquals(new float[] {-127 * step, 127 * step, 0, 0, 0, 32 * step}, b.row(2));
        // a scale that underflows: the weights are too small to matter
        assertArrayEquals(new float[6], b.row(3));
        float scale = 1e-3f / 127;
        assertArrayEquals(new float[] {-127 * scale, 32 * scale, 0, 0, 0, 0}, b.row(4));
        assertEquals(WeightType.INT8, b.type());
        assertTrue(b.bytes() >= 5 * 6 + 5 * 4, "bytes " + b.bytes());
    }

    /** The quotient in double: the bytes are the nearest to it also where it lies on, or a hair beside, a tie. */
    @Test
    default void int8RoundsAsTheQuotientDoes() {
        var random = new Random(17);
        int k = 513;
        for (int round = 0; round < 200; round++) {
            float largest = Math.scalb(1 + random.nextFloat(), random.nextInt(-145, 120));
            float scale = largest / 127;
            float[] weights = new float[k];
            for (int i = 0; i < k; i++) {
                float tie = (float) ((random.nextInt(-127, 127) + 0.5) * (double) scale);
                weights[i] = switch (i % 4) {
                    case 0 -> tie;
                    case 1 -> Math.nextUp(tie);
                    case 2 -> Math.nextDown(tie);
                    default -> (random.nextFloat() * 2 - 1) * largest;
                };
                weights[i] = Math.clamp(weights[i], -largest, largest);
            }
            weights[k - 1] = largest;
            float[] expected = new float[k];
            for (int i = 0; i < k; i++) {
                double quotient = scale == 0 ? 0 : Math.rint(weights[i] / (double) scale);
                expected[i] = (int) Math.clamp(quotient, -127, 127) * scale;
            }
            var b = kernels()
                    .pack(WeightType.INT8, 1, k, (row, rows, dst, at) -> System.arraycopy(weights, 0, dst, at, k));
            assertArrayEquals(expected, b.row(0), "round " + round + ", largest " + largest);
        }
    }

    /** Every element of {@code a · wᵀ + bias} by the definition. */
    private static float[][] defined(Matrix a, Matrix w, Matrix bias) {
        var definition = Int8Definition.of(w);
        var results = new float[a.rows()][w.rows()];
        for (int i = 0; i < a.rows(); i++) {
            var row = Int8Definition.quantise(Int8Definition.row(a, i));
            for (int j = 0; j < w.rows(); j++) {
                results[i][j] = definition.result(row, j, bias == null ? 0 : bias.get(0, j));
            }
        }
        return results;
    }

    private void compare(String what, Matrix a, PackedMatrix b, Matrix bias, float[][] expected) {
        int n = b.n();
        var c = Matrix.of(kernels(), a.rows(), n, n + a.rows() % 3, a.rows() % 7);
        gemm(a, b, 0, n, bias, Activation.NONE, c);
        var differences = new Differences(kernels().name() + " int8 gemm m=" + a.rows() + " " + what);
        for (int i = 0; i < a.rows(); i++) {
            for (int j = 0; j < n; j++) {
                differences.bits("[" + i + ", " + j + "]", expected[i][j], c.get(i, j));
            }
        }
        differences.guards("c", c.damaged(0, n));
        differences.check();
    }
}
