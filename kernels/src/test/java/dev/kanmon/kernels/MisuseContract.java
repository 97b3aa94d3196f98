package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What every sibling refuses, in which words. */
interface MisuseContract {
    Kernels kernels();

    private static void refused(String message, Executable call) {
        var thrown = assertThrows(IllegalArgumentException.class, call, message);
        assertTrue(
                thrown.getMessage().contains(message),
                "expected a message with \"" + message + "\", got: " + thrown.getMessage());
    }

    private MemorySegment floats(long n) {
        return kernels().allocate(n);
    }

    @Test
    default void allocateGivesZeroesAndRefusesSizesItCannotHold() {
        assertEquals(0, floats(0).byteSize());
        var segment = floats(37);
        assertEquals(37 * 4, segment.byteSize());
        assertEquals(-1, segment.mismatch(MemorySegment.ofArray(new byte[37 * 4])));
        refused("-1", () -> floats(-1));
    }

    @Test
    default void packRefusesNegativeAndImpossibleSizesAndWeightsThatCannotBeScaled() {
        RowSource none = (firstRow, rowCount, dst, dstPos) -> {};
        refused("n -1", () -> kernels().pack(WeightType.F32, -1, 4, none));
        refused("k -2", () -> kernels().pack(WeightType.F32, 4, -2, none));
        refused("elements", () -> kernels().pack(WeightType.INT8, 1 << 20, 1 << 20, none));
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            refused(
                    "weight [1, 2] is " + bad,
                    () -> kernels()
                            .pack(
                                    WeightType.INT8,
                                    3,
                                    4,
                                    (firstRow, rowCount, dst, dstPos) -> dst[dstPos + 4 + 2] = bad));
        }
        var b = kernels().pack(WeightType.F32, 3, 4, none);
        refused("row: 3", () -> b.row(3));
        refused("row: -1", () -> b.row(-1));
    }

    @Test
    default void gemmRefusesWhatDoesNotFit() {
        int m = 3;
        int n = 70;
        int k = 5;
        var b = kernels().pack(WeightType.INT8, n, k, (firstRow, rowCount, dst, dstPos) -> {});
        long scratch = kernels().gemmScratch(m, b);
        var a = floats(m * k);
        var c = floats(m * n);
        var work = floats(scratch);
        kernels().gemm(m, a, k, b, 0, n, null, Activation.NONE, c, n, work);
        refused("m -1", () -> kernels().gemm(-1, a, k, b, 0, n, null, Activation.NONE, c, n, work));
        refused("row stride of a is 4", () -> kernels().gemm(m, a, 4, b, 0, n, null, Activation.NONE, c, n, work));
        refused("row stride of c is 69", () -> kernels().gemm(m, a, k, b, 0, n, null, Activation.NONE, c, 69, work));
        refused(
                "a holds 15 floats, expected 20",
                () -> kernels().gemm(4, a, k, b, 0, n, null, Activation.NONE, c, n, work));
        refused(
                "c holds 210 floats, expected 212",
                () -> kernels().gemm(m, a, k, b, 0, n, null, Activation.NONE, c, n + 1, work));
        refused(
                "bias holds 69 floats, expected 70",
                () -> kernels().gemm(m, a, k, b, 0, n, floats(69), Activation.NONE, c, n, work));
        refused("columns [0, 71)", () -> kernels().gemm(m, a, k, b, 0, 71, null, Activation.NONE, c, n, work));
        refused("columns [-1, 70)", () -> kernels().gemm(m, a, k, b, -1, n, null, Activation.NONE, c, n, work));
        refused("columns [70, 0)", () -> kernels().gemm(m, a, k, b, n, 0, null, Activation.NONE, c, n, work));
        refused("columns [1, 70)", () -> kernels().gemm(m, a, k, b, 1, n, null, Activation.NONE, c, n, work));
        if (scratch > 0) {
            refused(
                    "scratch holds " + (scratch - 1),
                    () -> kernels().gemm(m, a, k, b, 0, n, null, Activation.NONE, c, n, floats(scratch - 1)));
        }
        assertEquals(-1, c.mismatch(floats(m * n)), "refused calls must not write");
    }

    @Test
    default void gemmRefusesOverlapAndTakesColumnsSideBySide() {
        var b = kernels().pack(WeightType.F32, 8, 8, (firstRow, rowCount, dst, dstPos) -> {});
        var wide = floats(16 * 4);
        var work = floats(kernels().gemmScratch(4, b));
        var left = wide.asSlice(0, (16 * 3 + 8) * 4);
        var right = wide.asSlice(8 * 4);
        kernels().gemm(4, left, 16, b, 0, 8, null, Activation.NONE, right, 16, work);
        refused("overlap", () -> kernels().gemm(4, left, 16, b, 0, 8, null, Activation.NONE, left, 16, work));
        refused("overlap", () -> kernels().gemm(4, left, 8, b, 0, 8, null, Activation.NONE, right, 16, work));
        refused(
                "overlap",
                () -> kernels().gemm(4, floats(32), 8, b, 0, 8, wide.asSlice(60, 32), Activation.NONE, wide, 8, work));
    }

    @Test
    default void segmentsMustComeFromAllocate() {
        var b = kernels().pack(WeightType.F32, 2, 2, (firstRow, rowCount, dst, dstPos) -> {});
        var good = floats(4);
        var work = floats(kernels().gemmScratch(2, b));
        try (var arena = Arena.ofConfined()) {
            for (var bad : new MemorySegment[] {
                arena.allocate(16),
                MemorySegment.ofArray(new double[2]),
                good.asReadOnly(),
                floats(5).asSlice(2, 16)
            }) {
                refused("allocate", () -> kernels().gemm(2, bad, 2, b, 0, 2, null, Activation.NONE, good, 2, work));
                refused("allocate", () -> kernels().activate(1, 4, bad, 4, null, Activation.RELU));
            }
        }
        PackedMatrix foreign = new PackedMatrix() {
            @Override
            public WeightType type() {
                return WeightType.F32;
            }

            @Override
            public int n() {
                return 2;
            }

            @Override
            public int k() {
                return 2;
            }

            @Override
            public long bytes() {
                return 16;
            }

            @Override
            public int panel() {
                return 1;
            }

            @Override
            public float[] row(int row) {
                return new float[2];
            }
        };
        refused(
                "packed by the " + kernels().name() + " kernels",
                () -> kernels().gemm(2, good, 2, foreign, 0, 2, null, Activation.NONE, floats(4), 2, work));
        refused("packed by", () -> kernels().gemmScratch(2, foreign));
    }

    @Test
    default void rowOperationsRefuseWhatDoesNotFit() {
        var x = floats(12);
        var v = floats(4);
        refused("rows -1", () -> kernels().activate(-1, 4, x, 4, null, Activation.GELU));
        refused("x holds 12 floats, expected 14", () -> kernels().activate(3, 4, x, 5, null, Activation.GELU));
        refused("bias holds 4 floats, expected 12", () -> kernels().activate(1, 12, x, 12, v, Activation.GELU));
        refused("overlap", () -> kernels().activate(3, 4, x, 4, x.asSlice(16, 16), Activation.GELU));
        refused("n -4", () -> kernels().residualLayerNorm(3, -4, x, 4, null, null, 0, v, v, 1e-5f));
        refused("row stride of x is 3", () -> kernels().residualLayerNorm(3, 4, x, 3, null, null, 0, v, v, 1e-5f));
        refused("gamma holds 3", () -> kernels().residualLayerNorm(3, 4, x, 4, null, null, 0, floats(3), v, 1e-5f));
        refused("beta holds 3", () -> kernels().residualLayerNorm(3, 4, x, 4, null, null, 0, v, floats(3), 1e-5f));
        refused("residual holds 11", () -> kernels().residualLayerNorm(3, 4, x, 4, null, floats(11), 4, v, v, 1e-5f));
        refused("overlap", () -> kernels().residualLayerNorm(3, 4, x, 4, null, x, 4, v, v, 1e-5f));
        refused("eps", () -> kernels().residualLayerNorm(3, 4, x, 4, null, null, 0, v, v, -1e-5f));
        refused("eps", () -> kernels().residualLayerNorm(3, 4, x, 4, null, null, 0, v, v, Float.NaN));
    }

    @Test
    default void attentionRefusesWhatDoesNotFit() {
        int length = 3;
        int dim = 4;
        var q = floats(length * 8);
        var out = floats(length * 8);
        long scratch = kernels().attentionScratch(length, dim);
        var work = floats(scratch);
        kernels().attention(length, 0, 2, dim, 1, q, q, q, 8, null, out, 8, work);
        refused("heads [1, 0)", () -> kernels().attention(length, 1, 0, dim, 1, q, q, q, 8, null, out, 8, work));
        refused("heads [-1, 0)", () -> kernels().attention(length, -1, 0, dim, 1, q, q, q, 8, null, out, 8, work));
        refused(
                "row stride of out is 8",
                () -> kernels().attention(length, 0, 3, dim, 1, q, q, q, 12, null, out, 8, work));
        refused("q holds 24", () -> kernels().attention(length, 0, 2, dim, 1, q, q, q, 9, null, out, 8, work));
        refused(
                "keyMask holds 2",
                () -> kernels().attention(length, 0, 2, dim, 1, q, q, q, 8, floats(2), out, 8, work));
        if (scratch > 0) {
            refused(
                    "scratch holds " + (scratch - 1),
                    () -> kernels().attention(length, 0, 2, dim, 1, q, q, q, 8, null, out, 8, floats(scratch - 1)));
        }
        refused("overlap", () -> kernels().attention(length, 0, 2, dim, 1, q, q, q, 8, null, q, 8, work));
        int huge = Integer.MAX_VALUE;
        refused("attention", () -> kernels().attention(huge, 0, 1, huge, 1, q, q, q, huge, null, out, huge, work));
        refused("length -1", () -> kernels().attention(-1, 0, 2, dim, 1, q, q, q, 8, null, out, 8, work));
        refused("headDim -1", () -> kernels().attention(length, 0, 2, -1, 1, q, q, q, 8, null, out, 8, work));
    }
}
