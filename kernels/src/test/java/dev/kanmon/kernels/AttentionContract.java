package dev.kanmon.kernels;

import static dev.kanmon.kernels.Differences.EPS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every sibling's attention owes. */
interface AttentionContract {
    Kernels kernels();

    /** Queries, keys, values and a mask; the first three side by side in one matrix, as a fused projection leaves them. */
    record Inputs(Matrix fused, Matrix mask, int length, int heads, int headDim, float scale) {
        float q(int t, int column) {
            return fused.get(t, column);
        }

        float k(int t, int column) {
            return fused.get(t, heads * headDim + column);
        }

        float v(int t, int column) {
            return fused.get(t, 2 * heads * headDim + column);
        }

        Matrix part(int index) {
            int width = heads * headDim;
            return new Matrix(fused.whole(), fused.shift() + index * width, length, width, fused.stride());
        }
    }

    default void attention(Inputs in, int fromHead, int toHead, Matrix out) {
        kernels()
                .attention(
                        in.length,
                        fromHead,
                        toHead,
                        in.headDim,
                        in.scale,
                        in.part(0).segment(),
                        in.part(1).segment(),
                        in.part(2).segment(),
                        in.fused.stride(),
                        in.mask == null ? null : in.mask.segment(),
                        out.segment(),
                        out.stride(),
                        Matrix.dirty(kernels(), kernels().attentionScratch(in.length, in.headDim)));
    }

    default Inputs inputs(int length, int heads, int headDim, double deviation, Matrix mask, Random random) {
        int width = 3 * heads * headDim;
        var fused = Matrix.random(
                kernels(), length, width, width + random.nextInt(4), random.nextInt(9), deviation, random);
        return new Inputs(fused, mask, length, heads, headDim, (float) (1 / Math.sqrt(Math.max(headDim, 1))));
    }

    /** Compares with the definition in double, by the bound of {@link Kernels#attention}. */
    default void compare(String what, Inputs in, Matrix out, int fromHead, int toHead) {
        var differences = new Differences(kernels().name() + " attention " + what + " length=" + in.length + " heads="
                + in.heads + " headDim=" + in.headDim);
        for (int head = fromHead; head < toHead; head++) {
            for (int t = 0; t < in.length; t++) {
                var scores = new double[in.length];
                double largest = Double.NEGATIVE_INFINITY;
                double scoreError = 0;
                for (int key = 0; key < in.length; key++) {
                    double dot = 0;
                    double magnitude = 0;
                    for (int d = 0; d < in.headDim; d++) {
                        double product = (double) in.q(t, head * in.headDim + d) * in.k(key, head * in.headDim + d);
                        dot += product;
                        magnitude += Math.abs(product);
                    }
                    double mask = in.mask == null ? 0 : in.mask.get(0, key);
                    // Hugging Face adds in f32: -Float.MAX_VALUE swallows the score
                    scores[key] = Math.abs(mask) > 1e30 ? (float) (in.scale * dot + mask) : in.scale * dot + mask;
                    largest = Math.max(largest, scores[key]);
                    if (Math.abs(mask) < 1e30) {
                        scoreError =
                                Math.max(scoreError, (in.headDim + 2) * EPS * (in.scale * magnitude + Math.abs(mask)));
                    }
                }
                double sum = 0;
                for (int key = 0; key < in.length; key++) {
                    scores[key] = Math.exp(scores[key] - largest);
                    sum += scores[key];
                }
                for (int d = 0; d < in.headDim; d++) {
                    double expected = 0;
                    double magnitude = 0;
                    for (int key = 0; key < in.length; key++) {
                        double term = scores[key] / sum * in.v(key, head * in.headDim + d);
                        expected += term;
                        magnitude += Math.abs(term);
                    }
                    differences.add(
                            "[" + t + ", head " + head + ", " + d + "]",
                            expected,
                            out.get(t, head * in.headDim + d),
                            (2 * scoreError + (in.length + 16) * EPS) * magnitude + 1e-37);
                }
            }
        }
        differences.guards("out", out.damaged(fromHead * in.headDim, toHead * in.headDim));
        differences.check();
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
            attention(in, from, to, out);
            compare("seed=" + seed, in, out, from, to);
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
        attention(in, 0, 2, out);
        for (int t = 0; t < 19; t++) {
            for (int column = 0; column < 24; column++) {
                double mean = 0;
                for (int key = 0; key < 19; key++) {
                    mean += in.v(key, column) / 19.0;
                }
                assertEquals(mean, out.get(t, column), 1e-5, "[" + t + ", " + column + "]");
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
            attention(in, 0, 1, before);
            for (int t = 17; t < 23; t++) {
                for (int column = 16; column < 48; column++) {
                    in.fused.set(t, column, 1e3f * column);
                }
            }
            var after = Matrix.of(kernels(), 23, 16);
            attention(in, 0, 1, after);
            assertEquals(-1, before.whole().mismatch(after.whole()), "byte that a masked key changed");
        }
    }

    @Test
    default void headsHaveTheSameBitsHoweverTheyAreSplit() {
        var random = new Random(3);
        var in = inputs(37, 5, 20, 1, null, random);
        var whole = Matrix.of(kernels(), 37, 100);
        attention(in, 0, 5, whole);
        var parts = Matrix.of(kernels(), 37, 100);
        attention(in, 3, 5, parts);
        attention(in, 0, 1, parts);
        attention(in, 1, 3, parts);
        assertEquals(-1, whole.whole().mismatch(parts.whole()));
    }

    @Test
    default void nanInOneHeadStaysThereAndReachesWhatDependsOnIt() {
        var random = new Random(4);
        for (int part = 0; part < 3; part++) {
            var in = inputs(21, 3, 8, 1, null, random);
            in.part(part).set(6, 8 + 2, Float.NaN);
            var out = Matrix.of(kernels(), 21, 24);
            attention(in, 0, 3, out);
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
                            n,
                            0,
                            1,
                            n,
                            1,
                            q.segment(),
                            k.segment(),
                            v.segment(),
                            n,
                            null,
                            out.segment(),
                            n,
                            Matrix.dirty(kernels(), kernels().attentionScratch(n, n)));
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
