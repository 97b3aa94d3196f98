package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kanmon.kernels.machine.memory.GuardedMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What products owe whose code knows addresses only. */
interface MachineGemmContract extends GemmContract {
    /**
     * Every operand ends where memory ends, then begins where memory begins: a load or a store beyond, also of lanes
     * that nothing depends on, ends the JVM.
     */
    @ParameterizedTest
    @EnumSource
    default void gemmTouchesNothingBesideItsOperands(WeightType type) {
        assumeTrue(GuardedMemory.isAvailable(), "SKIPPED, guards beside gemm's operands: only on Linux");
        var random = new Random(31);
        for (int m : new int[] {1, 2, 5, 6, 7, 13, 64}) {
            for (int n : new int[] {1, 15, 16, 17, 63, 64, 65, 130}) {
                for (int k : new int[] {1, 2, 3, 7, 16, 31, 70}) {
                    for (boolean atEnd : new boolean[] {true, false}) {
                        try (var arena = Arena.ofShared()) {
                            var w = Matrix.random(kernels(), n, k, k, 0, 1, random);
                            var plain = pack(type, w);
                            var storage = guarded(plain.bytes(), atEnd, arena);
                            var b = kernels().pack(stored(type, w, storage), Pieces.inOrder());
                            var a = Matrix.random(kernels(), m, k, k, 0, 1, random);
                            var bias = Matrix.random(kernels(), 1, n, n, 0, 1, random);
                            var c = guarded(4L * m * n, atEnd, arena);
                            kernels()
                                    .gemm(
                                            m,
                                            guarded(a, atEnd, arena),
                                            k,
                                            b,
                                            0,
                                            n,
                                            guarded(bias, atEnd, arena),
                                            Activation.NONE,
                                            c,
                                            n,
                                            guarded(4 * kernels().gemmScratch(m, b), atEnd, arena));
                            var expected = Matrix.of(kernels(), m, n);
                            gemm(a, plain, 0, n, bias, Activation.NONE, expected);
                            assertEquals(
                                    -1,
                                    expected.segment().mismatch(c),
                                    "m=" + m + " n=" + n + " k=" + k + ": first byte that differs");
                        }
                    }
                }
            }
        }
    }

    private static MemorySegment guarded(long bytes, boolean atEnd, Arena arena) {
        return atEnd ? GuardedMemory.endingAtGuard(bytes, arena) : GuardedMemory.beginningAtGuard(bytes, arena);
    }

    private static MemorySegment guarded(Matrix matrix, boolean atEnd, Arena arena) {
        var copy = guarded(matrix.segment().byteSize(), atEnd, arena);
        copy.copyFrom(matrix.segment());
        return copy;
    }

    /** Sizes beyond a block of rows and beyond the steps that are summed at a time, against sums in double. */
    @ParameterizedTest
    @EnumSource
    default void gemmIsWithinItsBoundForLargeSizes(WeightType type) {
        for (int[] size :
                new int[][] {{150, 65, 256}, {60, 3, 3100}, {301, 33, 64}, {7, 65, 1029}, {1, 129, 3072}, {100, 1, 1024}
                }) {
            int m = size[0];
            int n = size[1];
            int k = size[2];
            var random = new Random(k);
            var a = Matrix.random(kernels(), m, k, k, 3, 1, random);
            var b = pack(type, Matrix.random(kernels(), n, k, k, 0, 0.1, random));
            var bias = Matrix.random(kernels(), 1, n, n, 0, 1, random);
            var c = Matrix.of(kernels(), m, n, n + 1, 5);
            gemm(a, b, 0, n, bias, Activation.NONE, c);
            var differences = new Differences("gemm " + type + " m=" + m + " n=" + n + " k=" + k);
            var rows = new float[m][];
            for (int i = 0; i < m; i++) {
                rows[i] = Int8Definition.row(a, i);
            }
            for (int j = 0; j < n; j++) {
                var row = b.row(j);
                double weights = 0;
                for (float weight : row) {
                    weights += Math.abs(weight);
                }
                for (int i = 0; i < m; i++) {
                    double sum = bias.get(0, j);
                    double products = 0;
                    for (int p = 0; p < k; p++) {
                        double product = (double) rows[i][p] * row[p];
                        sum += product;
                        products += Math.abs(product);
                    }
                    double rounding = (k + 2) * Differences.EPS * (products + Math.abs(bias.get(0, j)));
                    double bound =
                            switch (type) {
                                case F32 -> rounding;
                                case BF16 -> rounding + 0x1p-8 * products;
                                case INT8 ->
                                    rounding + Int8Definition.quantise(rows[i]).t() * weights;
                            };
                    differences.add("[" + i + ", " + j + "]", sum, c.get(i, j), bound);
                }
            }
            differences.guards("c", c.damaged(0, n));
            differences.check();
        }
    }

    /** A file that was unmapped under a matrix: its address means nothing any more. */
    @Test
    default void gemmRefusesStorageThatWasClosed() {
        var w = Matrix.random(kernels(), 3, 5, 5, 0, 1, new Random(4));
        PackedMatrix b;
        try (var arena = Arena.ofShared()) {
            b = kernels()
                    .pack(
                            stored(WeightType.F32, w, arena.allocate(StoredMatrix.byteSize(WeightType.F32, 3, 5), 64)),
                            Pieces.inOrder());
        }
        var a = Matrix.random(kernels(), 2, 5, 5, 0, 1, new Random(5));
        var c = Matrix.of(kernels(), 2, 3);
        var e = assertThrows(IllegalStateException.class, () -> gemm(a, b, 0, 3, null, Activation.NONE, c));
        assertTrue(e.getMessage().contains("closed"), e.getMessage());
    }

    private static StoredMatrix stored(WeightType type, Matrix w, MemorySegment to) {
        return StoredMatrix.of(type, w.rows(), w.columns(), w::read, Pieces.inOrder(), to);
    }

    /** "For up to m rows". */
    @ParameterizedTest
    @EnumSource
    default void scratchForManyRowsIsEnoughForFewer(WeightType type) {
        var b = pack(type, Matrix.random(kernels(), 3, 100, 100, 0, 1, new Random(1)));
        long before = 0;
        for (int m = 0; m < 3000; m++) {
            long floats = kernels().gemmScratch(m, b);
            assertTrue(floats >= before, "m=" + m + ": " + floats + " floats, " + before + " for one row less");
            before = floats;
        }
    }
}
