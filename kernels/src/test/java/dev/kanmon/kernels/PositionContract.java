package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every sibling's attention owes where the distance of query and key counts: reach, groups, positions. */
interface PositionContract extends AttentionContract {
    /** Lengths around the edges of lanes, panels and tiles. */
    int[] LENGTHS = {0, 1, 2, 3, 5, 7, 8, 9, 11, 12, 13, 15, 16, 17, 24, 31, 32, 33, 35, 48, 63, 64, 65, 67, 100, 130};

    /** Widths of heads. */
    int[] DIMS = {0, 1, 3, 4, 8, 15, 16, 17, 24, 32, 33, 64};

    /** Reaches of queries: causal, windows, one-sided ones. */
    int[][] REACHES = {
        {AttentionShape.ALL, AttentionShape.ALL},
        {AttentionShape.ALL, 0},
        {0, AttentionShape.ALL},
        {0, 0},
        {1, 1},
        {5, 5},
        {16, 16},
        {31, 3},
        {32, 32},
        {0, 17},
        {64, 0},
        {33, AttentionShape.ALL}
    };

    private AttentionShape shape(int headDim, int group, int[] reach) {
        return AttentionShape.full(headDim, (float) (1 / Math.sqrt(Math.max(headDim, 1))))
                .withGroup(group)
                .withReach(reach[0], reach[1])
                .withOperands(operands());
    }

    /** No mask for even seeds; else some keys masked, now and then the first, and a small number on the others. */
    private Matrix mask(int seed, int length, Random random) {
        if (seed % 2 == 0) {
            return null;
        }
        var mask = Matrix.of(kernels(), 1, length, Math.max(length, 1), 3);
        for (int j = 0; j < length; j++) {
            boolean hidden = (j > 0 || seed % 5 == 0) && random.nextInt(3) == 0;
            mask.set(0, j, hidden ? -Float.MAX_VALUE : seed % 3 == 0 ? -0.5f : 0f);
        }
        return mask;
    }

    private void check(int seed, AttentionDefinition in, Random random) {
        int from = random.nextInt(in.heads() + 1);
        int to = from + random.nextInt(in.heads() - from + 1);
        if (seed % 4 != 0) {
            from = 0;
            to = in.heads();
        }
        for (var form : new AttentionDefinition[] {in, in.packed(kernels())}) {
            var out = Matrix.of(kernels(), in.length(), in.width(), in.width() + random.nextInt(5) + 1, 7);
            form.run(kernels(), from, to, out);
            in.compare((form == in ? "" : "packed ") + "seed=" + seed, kernels(), out, from, to);
            if (seed % 3 == 0) {
                int queries = random.nextInt(in.length() + 1);
                var all = out.whole().toArray(ValueLayout.JAVA_INT);
                form.runLast(kernels(), queries, from, to, out);
                String what = "last " + queries + " queries, seed=" + seed;
                in.compare(what, kernels(), out, from, to);
                if (in.shape().before() == AttentionShape.ALL) {
                    assertArrayEquals(
                            all,
                            out.whole().toArray(ValueLayout.JAVA_INT),
                            kernels().name() + " bits of " + what);
                }
            }
        }
    }

    @Test
    default void groupsOfQueryHeadsShareAKeyHead() {
        for (int seed = 0; seed < 96; seed++) {
            var random = new Random(seed);
            int group = 1 + seed % 8;
            int heads = group * (1 + random.nextInt(2)) + (seed % 7 == 0 ? 1 : 0);
            int length = LENGTHS[random.nextInt(LENGTHS.length)];
            var shape = shape(DIMS[random.nextInt(DIMS.length)], group, REACHES[seed % 2]);
            check(
                    seed,
                    AttentionDefinition.random(
                            kernels(), shape, length, heads, 1, mask(seed / 2, length, random), random),
                    random);
        }
    }

    @Test
    default void queriesSeeTheKeysInTheirReachAndNoOthers() {
        for (int seed = 0; seed < 240; seed++) {
            var random = new Random(seed);
            int length = seed % 40 == 39 ? 300 : LENGTHS[random.nextInt(LENGTHS.length)];
            var shape = shape(DIMS[random.nextInt(DIMS.length)], 1 + seed % 3, REACHES[seed % REACHES.length]);
            check(
                    seed,
                    AttentionDefinition.random(
                            kernels(), shape, length, 1 + random.nextInt(3), 1, mask(seed, length, random), random),
                    random);
        }
    }

    @Test
    default void biasIsAddedByDistance() {
        int[] reaches = {0, 1, 7, 8, 15, 16, 31, 40, 129, 200};
        for (int seed = 0; seed < 160; seed++) {
            var random = new Random(seed);
            int length = LENGTHS[random.nextInt(LENGTHS.length)];
            int heads = 1 + random.nextInt(3);
            int reach = reaches[seed % reaches.length];
            var table = Matrix.random(kernels(), heads, 2 * reach + 1, 2 * reach + 1, 0, 2, random);
            var shape = shape(DIMS[random.nextInt(DIMS.length)], 1 + seed % 2, REACHES[seed % 3 == 0 ? seed % 12 : 0])
                    .withPositions(new RelativePositions.Bias(table.segment(), reach));
            check(
                    seed,
                    AttentionDefinition.random(kernels(), shape, length, heads, 1, mask(seed, length, random), random),
                    random);
        }
    }

    /**
     * Rows by DeBERTa's rule (He et al. 2021, equation 3; {@code make_log_bucket_position} of the reference), computed
     * here a second time, and by the plain rule of models without buckets.
     */
    static int[] buckets(int span, int max, boolean logarithmic, int reach) {
        var rows = new int[2 * reach + 1];
        int mid = span / 2;
        for (int d = -reach; d <= reach; d++) {
            double bucket = d;
            if (logarithmic && Math.abs(d) > mid) {
                double log = Math.ceil(
                        Math.log((double) Math.abs(d) / mid) / Math.log((double) (max - 1) / mid) * (mid - 1));
                bucket = Math.signum(d) * (log + mid);
            }
            rows[d + reach] = (int) Math.max(0, Math.min(2 * span - 1, bucket + span));
        }
        return rows;
    }

    /** Terms that vary with the seed: either table or both, few and many rows, reach longer and shorter. */
    private RelativePositions.Disentangled terms(int seed, int heads, int headDim, Random random) {
        int[] spans = {1, 2, 4, 7, 8, 16, 20, 33, 64};
        int span = spans[seed % spans.length];
        int reach = new int[] {0, 3, span, 2 * span, 40, 150}[random.nextInt(6)];
        int[] buckets = buckets(span, 4 * span, seed % 2 == 0 && span > 3, reach);
        if (seed % 11 == 0) {
            // no rule at all
            for (int i = 0; i < buckets.length; i++) {
                buckets[i] = random.nextInt(2 * span);
            }
        }
        int width = heads * headDim;
        int stride = width + random.nextInt(4);
        var keys = Matrix.random(kernels(), 2 * span, width, stride, 0, 1, random);
        var queries = Matrix.random(kernels(), 2 * span, width, stride, 0, 1, random);
        return new RelativePositions.Disentangled(
                seed % 3 == 1 ? null : keys.segment(),
                seed % 3 == 2 ? null : queries.segment(),
                stride,
                2 * span,
                buckets);
    }

    @Test
    default void disentangledPositionsAddBothTerms() {
        for (int seed = 0; seed < 300; seed++) {
            var random = new Random(seed);
            int length = LENGTHS[random.nextInt(LENGTHS.length)];
            int heads = 1 + random.nextInt(3);
            int headDim = DIMS[random.nextInt(DIMS.length)];
            var shape = shape(headDim, 1 + (seed % 5 == 0 ? 1 : 0), REACHES[seed % 4 == 0 ? seed / 4 % 12 : 0])
                    .withPositions(terms(seed, heads, headDim, random));
            check(
                    seed,
                    AttentionDefinition.random(
                            kernels(),
                            shape,
                            length,
                            heads,
                            seed % 6 == 0 ? 2 : 0.7,
                            mask(seed / 3, length, random),
                            random),
                    random);
        }
    }

    /** The sizes of DeBERTa-v3: 256 buckets, 64 wide, tables cut for 512 and for 1024 positions. */
    @Test
    default void disentangledPositionsOfDebertaAreWithinTheirBound() {
        for (int max : new int[] {512, 1024}) {
            for (int length : new int[] {31, 128, 140, 300, 530}) {
                var random = new Random(length + max);
                var keys = Matrix.random(kernels(), 512, 128, 128, 0, 1, random);
                var queries = Matrix.random(kernels(), 512, 128, 128, 0, 1, random);
                var shape = AttentionShape.full(64, (float) (1 / Math.sqrt(3 * 64)))
                        .withPositions(new RelativePositions.Disentangled(
                                keys.segment(), queries.segment(), 128, 512, buckets(256, max, true, max - 1)))
                        .withOperands(operands());
                var in = AttentionDefinition.random(
                                kernels(), shape, length, 2, 1, length == 140 ? mask(3, length, random) : null, random)
                        .packed(kernels());
                var out = Matrix.of(kernels(), length, 128);
                in.run(kernels(), 1, 2, out);
                new AttentionDefinition(shape, in.fused(), in.mask(), length, 2)
                        .compare("max=" + max, kernels(), out, 1, 2);
            }
        }
    }

    @Test
    default void headsWithPositionsHaveTheSameBitsHoweverTheyAreSplitAndPacked() {
        var random = new Random(3);
        var bias = Matrix.random(kernels(), 4, 41, 41, 0, 1, random);
        for (var positions : new RelativePositions[] {
            new RelativePositions.Bias(bias.segment(), 20), terms(2 * 9 * 3 + 6, 4, 20, random)
        }) {
            var shape = shape(20, 2, new int[] {25, 30}).withPositions(positions);
            var in = AttentionDefinition.random(kernels(), shape, 61, 4, 1, null, random);
            var whole = Matrix.of(kernels(), 61, 80);
            in.run(kernels(), 0, 4, whole);
            var parts = Matrix.of(kernels(), 61, 80);
            for (int head : new int[] {3, 0, 2, 1}) {
                in.packed(kernels()).run(kernels(), head, head + 1, parts);
            }
            assertEquals(
                    -1,
                    whole.whole().mismatch(parts.whole()),
                    positions.getClass().getSimpleName());
        }
    }

    /** With all before and nothing after it, a query cannot know what follows: a longer text changes no bit. */
    @Test
    default void aCausalQueryHasTheSameBitsWhateverFollows() {
        var random = new Random(6);
        var shape = shape(24, 2, new int[] {AttentionShape.ALL, 0});
        var whole = AttentionDefinition.random(kernels(), shape, 77, 4, 1, null, random);
        var out = Matrix.of(kernels(), 77, 96);
        whole.run(kernels(), 0, 4, out);
        for (int length : new int[] {1, 2, 9, 16, 33, 50, 76}) {
            var start = new AttentionDefinition(
                    shape,
                    new Matrix(
                            whole.fused().whole(),
                            whole.fused().shift(),
                            length,
                            192,
                            whole.fused().stride()),
                    null,
                    length,
                    4);
            var part = Matrix.of(kernels(), length, 96);
            start.run(kernels(), 0, 4, part);
            for (int t = 0; t < length; t++) {
                for (int column = 0; column < 96; column++) {
                    assertEquals(
                            out.get(t, column),
                            part.get(t, column),
                            "length " + length + " at [" + t + ", " + column + "]");
                }
            }
        }
    }

    @Test
    default void nanInATableReachesItsHeadAndItsDistances() {
        var random = new Random(8);
        int length = 40;
        for (int part = 0; part < 3; part++) {
            RelativePositions positions;
            if (part == 0) {
                var table = Matrix.random(kernels(), 3, 21, 21, 0, 1, random);
                // key 4 places behind the query
                table.set(1, 10 + 4, Float.NaN);
                positions = new RelativePositions.Bias(table.segment(), 10);
            } else {
                var table = Matrix.random(kernels(), 20, 24, 24, 0, 1, random);
                table.set(10 - 4, 8 + 2, Float.NaN);
                positions = new RelativePositions.Disentangled(
                        part == 1 ? table.segment() : null,
                        part == 2 ? table.segment() : null,
                        24,
                        20,
                        buckets(10, 20, false, 39));
            }
            var in = AttentionDefinition.random(
                    kernels(), shape(8, 1, REACHES[0]).withPositions(positions), length, 3, 1, null, random);
            var out = Matrix.of(kernels(), length, 24);
            in.run(kernels(), 0, 3, out);
            for (int t = 0; t < length; t++) {
                for (int column = 0; column < 24; column++) {
                    assertEquals(
                            column / 8 == 1 && t + 4 < length,
                            Float.isNaN(out.get(t, column)),
                            "table " + part + ": NaN at [" + t + ", " + column + "]");
                }
            }
        }
    }

    @Test
    default void nanInAQueryStaysInItsRowAndInAKeyInItsReach() {
        var random = new Random(9);
        var shape = shape(8, 1, new int[] {3, 2});
        for (boolean query : new boolean[] {true, false}) {
            var in = AttentionDefinition.random(kernels(), shape, 50, 3, 1, null, random);
            (query ? in.q() : in.k()).set(20, 8 + 2, Float.NaN);
            var out = Matrix.of(kernels(), 50, 24);
            in.run(kernels(), 0, 3, out);
            for (int t = 0; t < 50; t++) {
                for (int column = 0; column < 24; column++) {
                    // key 20 is seen from 20 - 2 to 20 + 3
                    boolean depends = column / 8 == 1 && (query ? t == 20 : t >= 18 && t <= 23);
                    assertEquals(
                            depends,
                            Float.isNaN(out.get(t, column)),
                            (query ? "query" : "key") + ": NaN at [" + t + ", " + column + "]");
                }
            }
        }
    }

    @Test
    default void packedPositionsDoNotNeedTheirTables() {
        for (int seed = 0; seed < 12; seed++) {
            var random = new Random(seed);
            var terms = terms(seed, 3, 16, random);
            var in = AttentionDefinition.random(
                    kernels(), shape(16, 1, REACHES[0]).withPositions(terms), 37, 3, 1, null, random);
            var packed = in.packed(kernels());
            var before = Matrix.of(kernels(), 37, 48);
            packed.run(kernels(), 0, 3, before);
            for (var table : new MemorySegment[] {terms.keys(), terms.queries()}) {
                if (table != null) {
                    table.fill((byte) -1); // NaN
                }
            }
            var after = Matrix.of(kernels(), 37, 48);
            packed.run(kernels(), 0, 3, after);
            assertEquals(-1, before.whole().mismatch(after.whole()), "seed=" + seed);
        }
    }

    @Test
    default void packedPositionsTellTheirSizes() {
        var terms = terms(0, 3, 16, new Random(1));
        var packed = kernels().pack(terms, 3, 16, operands());
        assertEquals(3, packed.heads());
        assertEquals(16, packed.headDim());
        assertEquals(terms.reach(), packed.reach());
        assertEquals(operands(), packed.operands());
        assertTrue(packed.bytes() >= 0, "bytes " + packed.bytes());
    }
}
