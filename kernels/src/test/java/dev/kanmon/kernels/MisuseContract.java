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

    static void refused(String message, Executable call) {
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
        refused("elements", () -> kernels().pack(WeightType.BF16, 1 << 20, 1 << 20, none));
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
                // memory of the other kind
                good.isNative() ? MemorySegment.ofArray(new float[4]) : arena.allocate(16),
                closed(),
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

    private static MemorySegment closed() {
        try (var arena = Arena.ofShared()) {
            return arena.allocate(16);
        }
    }

    @Test
    default void activateRefusesWhatDoesNotFit() {
        var x = floats(12);
        var v = floats(4);
        refused("rows -1", () -> kernels().activate(-1, 4, x, 4, null, Activation.GELU));
        refused("x holds 12 floats, expected 14", () -> kernels().activate(3, 4, x, 5, null, Activation.GELU));
        refused("bias holds 4 floats, expected 12", () -> kernels().activate(1, 12, x, 12, v, Activation.GELU));
        refused("overlap", () -> kernels().activate(3, 4, x, 4, x.asSlice(16, 16), Activation.GELU));
    }

    private void layerNorm(
            int n,
            MemorySegment x,
            int ldx,
            MemorySegment residual,
            MemorySegment gamma,
            MemorySegment beta,
            float eps) {
        kernels().residualLayerNorm(3, n, x, ldx, null, residual, 4, gamma, beta, eps, x, ldx);
    }

    @Test
    default void normsRefuseWhatDoesNotFit() {
        var x = floats(12);
        var v = floats(4);
        refused("n -4", () -> layerNorm(-4, x, 4, null, v, v, 1e-5f));
        refused("row stride of x is 3", () -> layerNorm(4, x, 3, null, v, v, 1e-5f));
        refused("gamma holds 3", () -> layerNorm(4, x, 4, null, floats(3), v, 1e-5f));
        refused("beta holds 3", () -> layerNorm(4, x, 4, null, v, floats(3), 1e-5f));
        refused("residual holds 11", () -> layerNorm(4, x, 4, floats(11), v, v, 1e-5f));
        refused("overlap", () -> layerNorm(4, x, 4, x, v, v, 1e-5f));
        refused("overlap", () -> layerNorm(4, x, 4, null, x.asSlice(16), v, 1e-5f));
        refused("overlap", () -> layerNorm(4, x, 4, null, v, x.asSlice(16), 1e-5f));
        refused("eps", () -> layerNorm(4, x, 4, null, v, v, -1e-5f));
        refused("eps", () -> layerNorm(4, x, 4, null, v, v, Float.NaN));
        var wide = floats(20);
        refused(
                "overlap",
                () -> kernels().residualLayerNorm(3, 4, wide, 4, null, null, 0, v, null, 0, wide.asSlice(16), 4));
        refused("overlap", () -> kernels().residualLayerNorm(3, 4, wide, 4, null, null, 0, v, null, 0, wide, 5));
        refused(
                "out holds 11",
                () -> kernels().residualLayerNorm(3, 4, x, 4, null, null, 0, v, null, 0, floats(11), 4));
        refused("row stride of out is 3", () -> kernels().residualRmsNorm(3, 4, x, 4, null, 0, v, 0, floats(12), 3));
        refused("gamma holds 3", () -> kernels().residualRmsNorm(3, 4, x, 4, null, 0, floats(3), 0, x, 4));
        refused("overlap", () -> kernels().residualRmsNorm(3, 4, x, 4, x, 4, v, 0, x, 4));
        refused("eps", () -> kernels().residualRmsNorm(3, 4, x, 4, null, 0, v, -1, x, 4));
        refused("rows -1", () -> kernels().residualRmsNorm(-1, 4, x, 4, null, 0, v, 0, x, 4));
        refused("rows -1", () -> kernels().add(-1, 4, x, 4, null, v, 4));
        refused("y holds 4 floats, expected 12", () -> kernels().add(3, 4, x, 4, null, v, 4));
        refused("bias holds 3", () -> kernels().add(3, 4, x, 4, floats(3), floats(12), 4));
        refused("row stride of x is 3", () -> kernels().add(3, 4, x, 3, null, floats(12), 4));
        refused("overlap", () -> kernels().add(3, 4, x, 4, null, x, 4));
        refused("overlap", () -> kernels().add(3, 4, x, 4, x.asSlice(0, 16), floats(12), 4));
        assertEquals(-1, x.mismatch(floats(12)), "refused calls must not write");
    }

    @Test
    default void gateAndRotateRefuseWhatDoesNotFit() {
        var x = floats(12);
        var t = floats(6);
        refused("rows -1", () -> kernels().gate(-1, 2, x, 4, Activation.SILU));
        refused("n -2", () -> kernels().gate(3, -2, x, 4, Activation.SILU));
        refused("row stride of x is 3", () -> kernels().gate(3, 2, x, 3, Activation.SILU));
        refused("x holds 12 floats, expected 14", () -> kernels().gate(3, 2, x, 5, Activation.SILU));
        refused("expected 2147483648", () -> kernels().gate(3, 1 << 30, x, Integer.MAX_VALUE, Activation.SILU));
        kernels().rotate(3, 1, 4, 4, x, 4, t, t, 0);
        refused("rotated 3", () -> kernels().rotate(3, 1, 4, 3, x, 4, t, t, 0));
        refused("rotated 6", () -> kernels().rotate(3, 1, 4, 6, x, 4, t, t, 0));
        refused("rotated -2", () -> kernels().rotate(3, 1, 4, -2, x, 4, t, t, 0));
        refused("heads -1", () -> kernels().rotate(3, -1, 4, 4, x, 4, t, t, 0));
        refused("headDim -4", () -> kernels().rotate(3, 1, -4, 0, x, 4, t, t, 0));
        refused("rows -1", () -> kernels().rotate(-1, 1, 4, 4, x, 4, t, t, 0));
        refused("fromPosition -1", () -> kernels().rotate(3, 1, 4, 4, x, 4, t, t, -1));
        refused("cos holds 6 floats, expected 8", () -> kernels().rotate(3, 1, 4, 4, x, 4, t, floats(9), 1));
        refused("sin holds 6 floats, expected 8", () -> kernels().rotate(3, 1, 4, 4, x, 4, floats(9), t, 1));
        refused("row stride of x is 4", () -> kernels().rotate(1, 2, 4, 4, x, 4, t, t, 0));
        refused("overlap", () -> kernels().rotate(3, 1, 4, 4, x, 4, x, t, 0));
        assertEquals(-1, x.mismatch(floats(12)), "refused calls must not write");
    }
}
