package dev.kanmon.kernels;

import static dev.kanmon.kernels.MisuseContract.refused;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** What every sibling's attention refuses, in which words. */
interface AttentionMisuseContract {
    Kernels kernels();

    private MemorySegment floats(long n) {
        return kernels().allocate(n);
    }

    private void attention(
            AttentionShape shape, int length, int from, int to, MemorySegment q, int ld, MemorySegment out, int ldo) {
        kernels()
                .attention(
                        shape,
                        length,
                        from,
                        to,
                        q,
                        q,
                        q,
                        ld,
                        null,
                        out,
                        ldo,
                        floats(
                                length < 0 || shape.headDim() > 100
                                        ? 0
                                        : kernels().attentionScratch(shape, length)));
    }

    @Test
    default void attentionRefusesWhatDoesNotFit() {
        int length = 3;
        var shape = AttentionShape.full(4, 1);
        var q = floats(length * 8);
        var out = floats(length * 8);
        long scratch = kernels().attentionScratch(shape, length);
        var work = floats(scratch);
        attention(shape, length, 0, 2, q, 8, out, 8);
        refused("heads [1, 0)", () -> attention(shape, length, 1, 0, q, 8, out, 8));
        refused("heads [-1, 0)", () -> attention(shape, length, -1, 0, q, 8, out, 8));
        refused("row stride of out is 8", () -> attention(shape, length, 0, 3, q, 12, out, 8));
        refused("q holds 24", () -> attention(shape, length, 0, 2, q, 9, out, 8));
        refused("keyMask holds 2", () -> kernels().attention(shape, length, 0, 2, q, q, q, 8, floats(2), out, 8, work));
        if (scratch > 0) {
            refused(
                    "scratch holds " + (scratch - 1),
                    () -> kernels().attention(shape, length, 0, 2, q, q, q, 8, null, out, 8, floats(scratch - 1)));
        }
        refused("overlap", () -> attention(shape, length, 0, 2, q, 8, q, 8));
        refused(
                "queries 4, expected 0 to length 3",
                () -> kernels().attention(shape, length, 4, 0, 2, q, 8, q, q, 8, null, out, 8, work));
        refused(
                "queries -1, expected 0 to length 3",
                () -> kernels().attention(shape, length, -1, 0, 2, q, 8, q, q, 8, null, out, 8, work));
        refused(
                "k holds 8",
                () -> kernels().attention(shape, length, 1, 0, 2, q, 8, floats(8), q, 8, null, out, 8, work));
        // one query and its output need one row each
        kernels().attention(shape, length, 1, 0, 2, floats(8), 8, q, q, 8, null, floats(8), 8, work);
        int huge = Integer.MAX_VALUE;
        refused("attention", () -> attention(AttentionShape.full(huge, 1), huge, 0, 1, q, huge, out, huge));
        refused("length -1", () -> attention(shape, -1, 0, 2, q, 8, out, 8));
        refused("length -1", () -> kernels().attentionScratch(shape, -1));
        refused("headDim -1", () -> AttentionShape.full(-1, 1));
        refused("group 0", () -> shape.withGroup(0));
        refused("before -1", () -> shape.withReach(-1, 0));
        refused("after -1", () -> shape.withReach(0, -1));
        // with one key head for two query heads, k needs half the columns of q
        var four = floats(8 * length - 4);
        kernels().attention(shape.withGroup(2), length, 0, 2, q, four, four, 8, null, out, 8, work);
        refused("k holds 20", () -> kernels().attention(shape, length, 0, 2, q, four, four, 8, null, out, 8, work));
    }

    @Test
    default void positionsThatDoNotFitAreRefused() {
        int length = 3;
        var shape = AttentionShape.full(4, 1);
        var q = floats(length * 8);
        var out = floats(length * 8);
        refused("reach", () -> new RelativePositions.Bias(q, -1));
        refused("odd number", () -> new RelativePositions.Disentangled(q, q, 8, 3, new int[2]));
        refused("has row 3", () -> new RelativePositions.Disentangled(q, q, 8, 3, new int[] {0, 3, 0}));
        refused("has row -1", () -> new RelativePositions.Disentangled(q, q, 8, 3, new int[] {0, 1, -1}));
        var bias = shape.withPositions(new RelativePositions.Bias(floats(9), 2));
        refused("bias holds 9", () -> attention(bias, length, 0, 2, q, 8, out, 8));
        var inOut = shape.withPositions(new RelativePositions.Bias(out, 2));
        refused("overlap", () -> attention(inOut, length, 0, 2, q, 8, out, 8));
        var buckets = new int[] {0, 1, 2};
        var keys = new RelativePositions.Disentangled(floats(23), null, 8, 3, buckets);
        refused("position keys holds 23", () -> attention(shape.withPositions(keys), length, 0, 2, q, 8, out, 8));
        refused("position keys holds 23", () -> kernels().pack(keys, 2, 4));
        var queries = new RelativePositions.Disentangled(null, floats(24), 7, 3, buckets);
        refused("position queries is 7", () -> attention(shape.withPositions(queries), length, 0, 2, q, 8, out, 8));
        refused("position queries is 7", () -> kernels().pack(queries, 2, 4));
        var overlapping = new RelativePositions.Disentangled(out, out, 8, 3, buckets);
        refused("overlap", () -> attention(shape.withPositions(overlapping), length, 0, 2, q, 8, out, 8));
        var good = new RelativePositions.Disentangled(floats(24), floats(24), 8, 3, buckets);
        refused("heads -1", () -> kernels().pack(good, -1, 4));
        refused("headDim -1", () -> kernels().pack(good, 1, -1));
        var packed = shape.withPositions(kernels().pack(good, 1, 4));
        attention(packed, length, 0, 1, q, 8, out, 8);
        refused("packed for 1 x 4, expected 2", () -> attention(packed, length, 0, 2, q, 8, out, 8));
        var narrow = shape.withPositions(kernels().pack(good, 2, 3));
        refused("packed for 2 x 3", () -> attention(narrow, length, 0, 2, q, 8, out, 8));
        var rounded = shape.withPositions(kernels().pack(good, 2, 4, Operands.BF16));
        refused("operands BF16, expected F32", () -> attention(rounded, length, 0, 2, q, 8, out, 8));
        PackedPositions foreign = new PackedPositions() {
            @Override
            public int heads() {
                return 2;
            }

            @Override
            public int headDim() {
                return 4;
            }

            @Override
            public int reach() {
                return 1;
            }

            @Override
            public Operands operands() {
                return Operands.F32;
            }

            @Override
            public long bytes() {
                return 0;
            }
        };
        refused(
                "packed by the " + kernels().name() + " kernels",
                () -> kernels().attentionScratch(shape.withPositions(foreign), length));
        refused(
                "packed by",
                () -> kernels()
                        .attention(
                                shape.withPositions(foreign), length, 0, 2, q, q, q, 8, null, out, 8, floats(10_000)));
    }
}
