package dev.kanmon.kernels;

import static dev.kanmon.kernels.Differences.EPS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every sibling's attention owes. */
interface AttentionContract {
    Kernels kernels();

    /** As what the shapes say that operands may be taken. */
    default Operands operands() {
        return Operands.F32;
    }

    private AttentionDefinition inputs(
            int length, int heads, int headDim, double deviation, Matrix mask, Random random) {
        var shape = AttentionShape.full(headDim, (float) (1 / Math.sqrt(Math.max(headDim, 1))))
                .withOperands(operands());
        return AttentionDefinition.random(kernels(), shape, length, heads, deviation, mask, random);
    }

    @Test
    default void attentionIsWithinItsBoundForAllSizes() {
        int[] lengths = {0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 35, 67, 130};
        int[] dims = {0, 1, 3, 4, 8, 15, 16, 17, 24, 32, 33, 64};
        for (int seed = 0; seed < 120; seed++) {
            var random = new Random(seed);
            int length = lengths[seed % lengths.length];
            int dim = dims[random.nextInt(dims.length)];
            int heads = 1 + random.nextInt(3);
            Matrix mask = null;
            if (seed % 2 == 1) {
                mask = Matrix.of(kernels(), 1, length, Math.max(length, 1), 3);
                for (int j = 0; j < length; j++) {
                    mask.set(0, j, j > 0 && random.nextInt(3) == 0 ? -Float.MAX_VALUE : seed % 3 == 0 ? -0.5f : 0f);
                }
            }
            var in = inputs(length, heads, dim, seed % 5 == 0 ? 4 : 1, mask, random);
            int from = random.nextInt(heads + 1);
            int to = from + random.nextInt(heads - from + 1);
            var out = Matrix.of(kernels(), length, heads * dim, heads * dim + random.nextInt(5) + 1, 7);
            in.run(kernels(), from, to, out);
            in.compare("seed=" + seed, kernels(), out, from, to);
        }
    }

    @Test
    default void aSequenceMaskedThroughoutWeighsAllKeysTheSame() {
        var random = new Random(1);
        var mask = Matrix.of(kernels(), 1, 19);
        for (int j = 0; j < 19; j++) {
            mask.set(0, j, -Float.MAX_VALUE);
        }
        var in = inputs(19, 2, 12, 1, mask, random);
        var out = Matrix.of(kernels(), 19, 24);
        in.run(kernels(), 0, 2, out);
        for (int t = 0; t < 19; t++) {
            for (int column = 0; column < 24; column++) {
                double mean = 0;
                double magnitude = 0;
                for (int key = 0; key < 19; key++) {
                    mean += in.v().get(key, column) / 19.0;
                    magnitude += Math.abs(in.v().get(key, column)) / 19.0;
                }
                double bound = 1e-5 + (operands() == Operands.BF16 ? 1.1 * 0x1p-8 * magnitude : 0);
                assertEquals(mean, out.get(t, column), bound, "[" + t + ", " + column + "]");
            }
        }
    }

    @Test
    default void maskedKeysHaveNoInfluenceAtAll() {
        var random = new Random(2);
        for (float masked : new float[] {-Float.MAX_VALUE, Float.NEGATIVE_INFINITY}) {
            var mask = Matrix.of(kernels(), 1, 23);
            for (int j = 0; j < 23; j++) {
                mask.set(0, j, j < 17 ? 0 : masked);
            }
            var in = inputs(23, 1, 16, 1, mask, random);
            var before = Matrix.of(kernels(), 23, 16);
            in.run(kernels(), 0, 1, before);
            for (int t = 17; t < 23; t++) {
                for (int column = 16; column < 48; column++) {
                    in.fused().set(t, column, 1e3f * column);
                }
            }
            var after = Matrix.of(kernels(), 23, 16);
            in.run(kernels(), 0, 1, after);
            assertEquals(-1, before.whole().mismatch(after.whole()), "byte that a masked key changed");
        }
    }

    @Test
    default void headsHaveTheSameBitsHoweverTheyAreSplit() {
        var random = new Random(3);
        var in = inputs(37, 5, 20, 1, null, random);
        var whole = Matrix.of(kernels(), 37, 100);
        in.run(kernels(), 0, 5, whole);
        var parts = Matrix.of(kernels(), 37, 100);
        in.run(kernels(), 3, 5, parts);
        in.run(kernels(), 0, 1, parts);
        in.run(kernels(), 1, 3, parts);
        assertEquals(-1, whole.whole().mismatch(parts.whole()));
    }

    @Test
    default void nanInOneHeadStaysThereAndReachesWhatDependsOnIt() {
        var random = new Random(4);
        for (int part = 0; part < 3; part++) {
            var in = inputs(21, 3, 8, 1, null, random);
            (part == 0 ? in.q() : part == 1 ? in.k() : in.v()).set(6, 8 + 2, Float.NaN);
            var out = Matrix.of(kernels(), 21, 24);
            in.run(kernels(), 0, 3, out);
            for (int t = 0; t < 21; t++) {
                for (int column = 0; column < 24; column++) {
                    boolean depends = column / 8 == 1
                            && switch (part) {
                                case 0 -> t == 6;
                                case 1 -> true;
                                default -> column == 10;
                            };
                    assertEquals(
                            depends,
                            Float.isNaN(out.get(t, column)),
                            "NaN in operand " + part + " at [" + t + ", " + column + "]");
                }
            }
        }
    }

    /** With one-hot queries and values, attention is a softmax of the keys' first column. */
    @Test
    default void softmaxEqualsTheReferenceTable() {
        var table = GoldenTable.read("rows.safetensors");
        int rows = 0;
        for (String name : table.keySet()) {
            if (!name.endsWith(".softmax_f64")) {
                continue;
            }
            var expected = table.get(name);
            var x = table.get(name.replace(".softmax_f64", ".x"));
            int n = x.length;
            double largest = Arrays.stream(x).max().orElseThrow();
            var shape = AttentionShape.full(n, 1);
            var q = Matrix.of(kernels(), n, n);
            var k = Matrix.of(kernels(), n, n);
            var v = Matrix.of(kernels(), n, n);
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    q.set(i, j, j == 0 ? 1 : 0);
                    k.set(i, j, j == 0 ? (float) x[i] : 0);
                    v.set(i, j, i == j ? 1 : 0);
                }
            }
            var out = Matrix.of(kernels(), n, n);
            kernels()
                    .attention(
                            shape,
                            n,
                            0,
                            1,
                            q.segment(),
                            k.segment(),
                            v.segment(),
                            n,
                            null,
                            out.segment(),
                            n,
                            Matrix.dirty(kernels(), kernels().attentionScratch(shape, n)));
            var differences = new Differences(kernels().name() + " " + name);
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    // besides the exponential and the sum, x - max is rounded, by half an ulp in the exponent
                    differences.add(
                            "[" + i + ", " + j + "]",
                            expected[j],
                            out.get(i, j),
                            expected[j] * (4 + n / 16.0 + Math.min(largest - x[j], 100) / 2) * EPS + 1.2e-38);
                }
            }
            differences.check();
            rows++;
        }
        assertEquals(38, rows, "rows of the table");
    }
}
