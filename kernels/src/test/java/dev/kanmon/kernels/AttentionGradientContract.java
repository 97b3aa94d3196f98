package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.kernels.AttentionGradients.Dropout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What attention for training owes on the memory of every sibling. */
interface AttentionGradientContract {
    /** Lengths around the edges of lanes, panels, tiles and blocks, the usual ones most often. */
    int[] LENGTHS = {0, 1, 2, 3, 4, 5, 11, 12, 13, 15, 16, 17, 31, 32, 33, 48, 57, 57, 64, 65, 100, 128, 130};

    /** Widths of heads. */
    int[] DIMS = {1, 3, 8, 15, 16, 17, 32, 32, 33, 64, 64};

    Kernels kernels();

    default AttentionGradients gradients() {
        return AttentionGradients.of(kernels());
    }

    private AttentionShape shape(int headDim) {
        return AttentionShape.full(headDim, (float) (1 / Math.sqrt(Math.max(headDim, 1))));
    }

    private Dropout dropout(int seed) {
        return switch (seed % 4) {
            case 0 -> null;
            case 1 -> new Dropout(0.1f, seed);
            case 2 -> new Dropout(0.5f, -seed * 77L);
            default -> new Dropout(0, seed);
        };
    }

    private Matrix mask(int seed, int length, Random random) {
        if (seed % 3 != 0) {
            return null;
        }
        var mask = Matrix.of(kernels(), 1, length, Math.max(length, 1), 3);
        float hidden = seed % 2 == 0 ? -Float.MAX_VALUE : Float.NEGATIVE_INFINITY;
        for (int j = 0; j < length; j++) {
            mask.set(0, j, j > 0 && random.nextInt(3) == 0 ? hidden : seed % 9 == 0 ? -0.5f : 0f);
        }
        return mask;
    }

    private void check(int seed, AttentionShape shape, int length, int heads, Random random) {
        // a reach and a mask of negative infinity may leave a query no key at all: not both
        var mask = shape.seesAll(length) || seed % 2 == 0 ? mask(seed, length, random) : null;
        var test =
                AttentionGradientCase.random(kernels(), gradients(), shape, length, heads, mask, dropout(seed), random);
        int groups = Math.ceilDiv(heads, shape.group());
        int from = seed % 4 == 0 ? random.nextInt(groups + 1) : 0;
        int to = seed % 4 == 0 ? from + random.nextInt(groups - from + 1) : groups;
        test.check(
                "seed=" + seed,
                Math.min(from * shape.group(), heads / shape.group() * shape.group()),
                Math.max(
                        Math.min(to * shape.group(), heads),
                        Math.min(from * shape.group(), heads / shape.group() * shape.group())));
    }

    @Test
    default void bothPassesAreWithinTheirBoundsForAllSizes() {
        for (int seed = 0; seed < 150; seed++) {
            var random = new Random(seed);
            int length = LENGTHS[seed % LENGTHS.length];
            check(seed, shape(DIMS[random.nextInt(DIMS.length)]), length, 1 + random.nextInt(3), random);
        }
    }

    @Test
    default void longSequencesAreWithinTheirBounds() {
        int seed = 1;
        for (int length : new int[] {255, 257, 300, 512}) {
            var random = new Random(length);
            check(seed++, shape(length == 512 ? 32 : 8), length, 1, random);
            check(seed++, shape(16).withReach(64, 64), length, 1, random);
        }
    }

    @Test
    default void headsWithoutColumnsAndNoHeadsAtAllAreNothingToDo() {
        var random = new Random(1);
        check(1, shape(0), 5, 2, random);
        check(1, shape(8), 5, 0, random);
    }

    @Test
    default void gradientsOfAGroupAreSummed() {
        for (int seed = 0; seed < 60; seed++) {
            var random = new Random(seed);
            int group = 1 + seed % 5;
            int heads = group * (1 + random.nextInt(2)) + (seed % 7 == 0 ? 1 : 0);
            int length = LENGTHS[random.nextInt(LENGTHS.length)];
            check(seed, shape(DIMS[random.nextInt(DIMS.length)]).withGroup(group), length, heads, random);
        }
    }

    @Test
    default void keysOutOfReachHaveNoPart() {
        int[][] reaches = PositionContract.REACHES;
        for (int seed = 0; seed < 120; seed++) {
            var random = new Random(seed);
            int[] reach = reaches[seed % reaches.length];
            int length = seed % 40 == 39 ? 300 : LENGTHS[random.nextInt(LENGTHS.length)];
            var shape = shape(DIMS[random.nextInt(DIMS.length)]).withReach(reach[0], reach[1]);
            check(seed, shape.withGroup(1 + seed % 3), length, 1 + random.nextInt(3), random);
        }
    }

    @Test
    default void biasByDistanceHasAGradient() {
        int[] reaches = {0, 1, 7, 16, 31, 129, 200};
        for (int seed = 0; seed < 84; seed++) {
            var random = new Random(seed);
            int heads = 1 + random.nextInt(3);
            int reach = reaches[seed % reaches.length];
            var table = Matrix.random(kernels(), heads, 2 * reach + 1, 2 * reach + 1, 0, 1, random);
            int[] seen = PositionContract.REACHES[seed % 3 == 0 ? seed % 12 : 0];
            var shape = shape(DIMS[random.nextInt(DIMS.length)])
                    .withReach(seen[0], seen[1])
                    .withPositions(new RelativePositions.Bias(table.segment(), reach));
            check(seed, shape, LENGTHS[random.nextInt(LENGTHS.length)], heads, random);
        }
    }

    /** Either table or both; few and many rows, distances clamped and rows without a distance. */
    private RelativePositions.Disentangled terms(int seed, int heads, int headDim, Random random) {
        int[] spans = {1, 2, 4, 8, 20, 33, 64};
        int span = spans[seed % spans.length];
        int reach = new int[] {0, 3, span, 2 * span, 40, 150}[random.nextInt(6)];
        int[] buckets = PositionContract.buckets(span, 4 * span, seed % 2 == 0 && span > 3, reach);
        if (seed % 11 == 0) {
            // no rule at all
            for (int i = 0; i < buckets.length; i++) {
                buckets[i] = random.nextInt(2 * span);
            }
        }
        int width = heads * headDim;
        int stride = width + random.nextInt(4);
        var keys = Matrix.random(kernels(), 2 * span, width, stride, 0, 0.7, random);
        var queries = Matrix.random(kernels(), 2 * span, width, stride, 0, 0.7, random);
        return new RelativePositions.Disentangled(
                seed % 3 == 1 ? null : keys.segment(),
                seed % 3 == 2 ? null : queries.segment(),
                stride,
                2 * span,
                buckets);
    }

    @Test
    default void disentangledPositionsHaveGradients() {
        for (int seed = 0; seed < 150; seed++) {
            var random = new Random(seed);
            int heads = 1 + random.nextInt(3);
            int headDim = DIMS[random.nextInt(DIMS.length)];
            int[] seen = PositionContract.REACHES[seed % 4 == 0 ? seed / 4 % 12 : 0];
            var shape = shape(headDim)
                    .withGroup(seed % 5 == 0 ? 2 : 1)
                    .withReach(seen[0], seen[1])
                    .withPositions(terms(seed, heads, headDim, random));
            check(seed, shape, LENGTHS[random.nextInt(LENGTHS.length)], heads, random);
        }
    }

    /** The sizes of DeBERTa-v3: 256 buckets, heads of 64. */
    @Test
    default void disentangledPositionsOfDebertaHaveGradients() {
        for (int length : new int[] {57, 140, 300}) {
            var random = new Random(length);
            var keys = Matrix.random(kernels(), 512, 128, 128, 0, 0.7, random);
            var queries = Matrix.random(kernels(), 512, 128, 128, 0, 0.7, random);
            var shape = AttentionShape.full(64, (float) (1 / Math.sqrt(3 * 64)))
                    .withPositions(new RelativePositions.Disentangled(
                            keys.segment(),
                            queries.segment(),
                            128,
                            512,
                            PositionContract.buckets(256, 512, true, 511)));
            check(1, shape, length, 2, random);
        }
    }

    /** What no head's call asks for is left alone, and what is not asked for does not change the rest. */
    @Test
    default void gradientsOfPositionsAreOptional() {
        var random = new Random(5);
        var shape = shape(16).withPositions(terms(6, 2, 16, random));
        var test =
                AttentionGradientCase.random(kernels(), gradients(), shape, 33, 2, null, new Dropout(0.1f, 1), random);
        var all = test.place();
        test.backward(0, 2, all);
        var none = new AttentionGradientCase.Backward(test.place().fused(), AttentionGradients.PositionGradients.NONE);
        test.backward(0, 2, none);
        assertEquals(-1, all.fused().whole().mismatch(none.fused().whole()));
    }

    @Test
    default void gradientsHaveTheSameBitsHoweverHeadsAreSplit() {
        var random = new Random(3);
        var bias = Matrix.random(kernels(), 6, 41, 41, 0, 1, random);
        for (var shape : List.of(
                shape(20),
                shape(20).withPositions(new RelativePositions.Bias(bias.segment(), 20)),
                shape(32).withPositions(terms(6, 6, 32, random)))) {
            var test = AttentionGradientCase.random(
                    kernels(),
                    gradients(),
                    shape.withGroup(2).withReach(25, 30),
                    61,
                    6,
                    null,
                    new Dropout(0.1f, 9),
                    random);
            var out = Matrix.of(kernels(), 61, test.in().width());
            var outOfParts = Matrix.of(kernels(), 61, test.in().width());
            var whole = test.place();
            var parts = test.place();
            test.forward(0, 6, out);
            test.backward(0, 6, whole);
            for (int head : new int[] {4, 0, 2}) {
                test.forward(head, head + 1, outOfParts);
                test.forward(head + 1, head + 2, outOfParts);
                test.backward(head, head + 2, parts);
            }
            assertEquals(-1, out.whole().mismatch(outOfParts.whole()), "out");
            assertEquals(-1, whole.fused().whole().mismatch(parts.fused().whole()), "gradients");
            if (whole.positions().keys() != null) {
                assertEquals(
                        -1, whole.positions().keys().mismatch(parts.positions().keys()), "keys");
                assertEquals(
                        -1,
                        whole.positions().queries().mismatch(parts.positions().queries()),
                        "queries");
            }
            if (whole.positions().bias() != null) {
                assertEquals(
                        -1, whole.positions().bias().mismatch(parts.positions().bias()), "bias");
            }
        }
    }

    @Test
    default void withoutDropoutTheForwardPassIsAttentionOfInference() {
        var random = new Random(11);
        var test = AttentionGradientCase.random(kernels(), gradients(), shape(32), 57, 3, null, null, random);
        var out = Matrix.of(kernels(), 57, 96);
        test.forward(0, 3, out);
        var scalar = KernelChoice.of("scalar").kernels();
        var copy = new AttentionDefinition(
                test.in().shape(),
                new Matrix(
                        scalar.allocate(test.in().fused().whole().byteSize() / Float.BYTES)
                                .copyFrom(test.in().fused().whole()),
                        test.in().fused().shift(),
                        57,
                        288,
                        test.in().fused().stride()),
                null,
                57,
                3);
        var expected = Matrix.of(scalar, 57, 96);
        copy.run(scalar, 0, 3, expected);
        for (int t = 0; t < 57; t++) {
            for (int j = 0; j < 96; j++) {
                assertEquals(expected.get(t, j), out.get(t, j), 2e-5, "[" + t + ", " + j + "]");
            }
        }
    }

    /** Inverted dropout: over many seeds the mean is what there would be without. */
    @Test
    default void theMeanOverSeedsIsTheResultWithoutDropout() {
        int seeds = 3000;
        var random = new Random(12);
        var plain = AttentionGradientCase.random(kernels(), gradients(), shape(8), 17, 1, null, null, random);
        var expected = Matrix.of(kernels(), 17, 8);
        plain.forward(0, 1, expected);
        var sums = new double[17 * 8];
        var squares = new double[17 * 8];
        var out = Matrix.of(kernels(), 17, 8);
        for (int seed = 0; seed < seeds; seed++) {
            new AttentionGradientCase(
                            kernels(),
                            plain.gradients(),
                            plain.in(),
                            plain.dOut(),
                            new Dropout(0.2f, seed),
                            plain.tables(),
                            plain.before())
                    .forward(0, 1, out);
            for (int i = 0; i < sums.length; i++) {
                double x = out.get(i / 8, i % 8);
                sums[i] += x;
                squares[i] += x * x;
            }
        }
        for (int i = 0; i < sums.length; i++) {
            double mean = sums[i] / seeds;
            double deviation = Math.sqrt((squares[i] / seeds - mean * mean) / seeds);
            assertTrue(deviation > 0, "dropout changes nothing at " + i);
            assertEquals(expected.get(i / 8, i % 8), mean, 5 * deviation, "mean of element " + i);
        }
    }

    /** A second run with the same seed gives the same bits, another seed others. */
    @Test
    default void dropoutIsAFunctionOfItsSeed() {
        var random = new Random(13);
        var test = AttentionGradientCase.random(
                kernels(), gradients(), shape(16), 40, 2, null, new Dropout(0.3f, 5), random);
        var first = test.place();
        var second = test.place();
        var other = test.place();
        test.backward(0, 2, first);
        test.backward(0, 2, second);
        new AttentionGradientCase(
                        kernels(),
                        test.gradients(),
                        test.in(),
                        test.dOut(),
                        new Dropout(0.3f, 6),
                        test.tables(),
                        test.before())
                .backward(0, 2, other);
        assertEquals(-1, first.fused().whole().mismatch(second.fused().whole()));
        assertTrue(first.fused().whole().mismatch(other.fused().whole()) >= 0, "another seed drops the same pairs");
    }
}
