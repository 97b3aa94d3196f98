package dev.kanmon.kernels.vector;

import jdk.incubator.vector.FloatVector;

/**
 * The inner loops of a matrix product: {@code c[r][j] = init[j] + Σᵢ a[r][i] · b[i][j]} for a few rows and one panel
 * of two vectors, named by rows x vectors.
 *
 * <p>{@code a} has row stride {@code lda}, {@code b} is one panel (k, 2 · lanes) without gaps, {@code c} has row stride
 * {@code ldc}. Each element is one chain of fused multiply-adds in the order of i, in every tile: a row's result does
 * not depend on the tile it lands in. Two vectors of b serve all rows; 2 FMA units with a latency of 4 need 8 chains,
 * which the tiles of 4 rows and more have.
 */
final class GemmTiles {
    /** Columns of a panel. */
    static final int PANEL = 2 * Lanes.LENGTH;

    private static final int LANES = Lanes.LENGTH;

    private GemmTiles() {}

    /** Any number of rows: tiles from the top, the largest first. */
    static void rows(
            int rows,
            float[] a,
            int aAt,
            int lda,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int ldc,
            int k) {
        int row = 0;
        if (Lanes.TILE_ROWS == 8) {
            for (; row + 8 <= rows; row += 8) {
                tile8x2(a, aAt + row * lda, lda, b, bAt, init, initAt, c, cAt + row * ldc, ldc, k);
            }
        } else {
            for (; row + 6 <= rows; row += 6) {
                tile6x2(a, aAt + row * lda, lda, b, bAt, init, initAt, c, cAt + row * ldc, ldc, k);
            }
        }
        if (row + 4 <= rows) {
            tile4x2(a, aAt + row * lda, lda, b, bAt, init, initAt, c, cAt + row * ldc, ldc, k);
            row += 4;
        }
        if (row + 2 <= rows) {
            tile2x2(a, aAt + row * lda, lda, b, bAt, init, initAt, c, cAt + row * ldc, ldc, k);
            row += 2;
        }
        if (row < rows) {
            tile1x2(a, aAt + row * lda, b, bAt, init, initAt, c, cAt + row * ldc, k);
        }
    }

    private static void tile8x2(
            float[] a,
            int aAt,
            int lda,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int ldc,
            int k) {
        int a1 = aAt + lda;
        int a2 = aAt + 2 * lda;
        int a3 = aAt + 3 * lda;
        int a4 = aAt + 4 * lda;
        int a5 = aAt + 5 * lda;
        int a6 = aAt + 6 * lda;
        int a7 = aAt + 7 * lda;
        var s0 = FloatVector.fromArray(Lanes.SPECIES, init, initAt);
        var s1 = FloatVector.fromArray(Lanes.SPECIES, init, initAt + LANES);
        var c00 = s0;
        var c01 = s1;
        var c10 = s0;
        var c11 = s1;
        var c20 = s0;
        var c21 = s1;
        var c30 = s0;
        var c31 = s1;
        var c40 = s0;
        var c41 = s1;
        var c50 = s0;
        var c51 = s1;
        var c60 = s0;
        var c61 = s1;
        var c70 = s0;
        var c71 = s1;
        for (int i = 0; i < k; i++) {
            var b0 = FloatVector.fromArray(Lanes.SPECIES, b, bAt + i * PANEL);
            var b1 = FloatVector.fromArray(Lanes.SPECIES, b, bAt + i * PANEL + LANES);
            var f0 = FloatVector.broadcast(Lanes.SPECIES, a[aAt + i]);
            c00 = f0.fma(b0, c00);
            c01 = f0.fma(b1, c01);
            var f1 = FloatVector.broadcast(Lanes.SPECIES, a[a1 + i]);
            c10 = f1.fma(b0, c10);
            c11 = f1.fma(b1, c11);
            var f2 = FloatVector.broadcast(Lanes.SPECIES, a[a2 + i]);
            c20 = f2.fma(b0, c20);
            c21 = f2.fma(b1, c21);
            var f3 = FloatVector.broadcast(Lanes.SPECIES, a[a3 + i]);
            c30 = f3.fma(b0, c30);
            c31 = f3.fma(b1, c31);
            var f4 = FloatVector.broadcast(Lanes.SPECIES, a[a4 + i]);
            c40 = f4.fma(b0, c40);
            c41 = f4.fma(b1, c41);
            var f5 = FloatVector.broadcast(Lanes.SPECIES, a[a5 + i]);
            c50 = f5.fma(b0, c50);
            c51 = f5.fma(b1, c51);
            var f6 = FloatVector.broadcast(Lanes.SPECIES, a[a6 + i]);
            c60 = f6.fma(b0, c60);
            c61 = f6.fma(b1, c61);
            var f7 = FloatVector.broadcast(Lanes.SPECIES, a[a7 + i]);
            c70 = f7.fma(b0, c70);
            c71 = f7.fma(b1, c71);
        }
        c00.intoArray(c, cAt);
        c01.intoArray(c, cAt + LANES);
        c10.intoArray(c, cAt + ldc);
        c11.intoArray(c, cAt + ldc + LANES);
        c20.intoArray(c, cAt + 2 * ldc);
        c21.intoArray(c, cAt + 2 * ldc + LANES);
        c30.intoArray(c, cAt + 3 * ldc);
        c31.intoArray(c, cAt + 3 * ldc + LANES);
        c40.intoArray(c, cAt + 4 * ldc);
        c41.intoArray(c, cAt + 4 * ldc + LANES);
        c50.intoArray(c, cAt + 5 * ldc);
        c51.intoArray(c, cAt + 5 * ldc + LANES);
        c60.intoArray(c, cAt + 6 * ldc);
        c61.intoArray(c, cAt + 6 * ldc + LANES);
        c70.intoArray(c, cAt + 7 * ldc);
        c71.intoArray(c, cAt + 7 * ldc + LANES);
    }

    private static void tile6x2(
            float[] a,
            int aAt,
            int lda,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int ldc,
            int k) {
        int a1 = aAt + lda;
        int a2 = aAt + 2 * lda;
        int a3 = aAt + 3 * lda;
        int a4 = aAt + 4 * lda;
        int a5 = aAt + 5 * lda;
        var s0 = FloatVector.fromArray(Lanes.SPECIES, init, initAt);
        var s1 = FloatVector.fromArray(Lanes.SPECIES, init, initAt + LANES);
        var c00 = s0;
        var c01 = s1;
        var c10 = s0;
        var c11 = s1;
        var c20 = s0;
        var c21 = s1;
        var c30 = s0;
        var c31 = s1;
        var c40 = s0;
        var c41 = s1;
        var c50 = s0;
        var c51 = s1;
        for (int i = 0; i < k; i++) {
            var b0 = FloatVector.fromArray(Lanes.SPECIES, b, bAt + i * PANEL);
            var b1 = FloatVector.fromArray(Lanes.SPECIES, b, bAt + i * PANEL + LANES);
            var f0 = FloatVector.broadcast(Lanes.SPECIES, a[aAt + i]);
            c00 = f0.fma(b0, c00);
            c01 = f0.fma(b1, c01);
            var f1 = FloatVector.broadcast(Lanes.SPECIES, a[a1 + i]);
            c10 = f1.fma(b0, c10);
            c11 = f1.fma(b1, c11);
            var f2 = FloatVector.broadcast(Lanes.SPECIES, a[a2 + i]);
            c20 = f2.fma(b0, c20);
            c21 = f2.fma(b1, c21);
            var f3 = FloatVector.broadcast(Lanes.SPECIES, a[a3 + i]);
            c30 = f3.fma(b0, c30);
            c31 = f3.fma(b1, c31);
            var f4 = FloatVector.broadcast(Lanes.SPECIES, a[a4 + i]);
            c40 = f4.fma(b0, c40);
            c41 = f4.fma(b1, c41);
            var f5 = FloatVector.broadcast(Lanes.SPECIES, a[a5 + i]);
            c50 = f5.fma(b0, c50);
            c51 = f5.fma(b1, c51);
        }
        c00.intoArray(c, cAt);
        c01.intoArray(c, cAt + LANES);
        c10.intoArray(c, cAt + ldc);
        c11.intoArray(c, cAt + ldc + LANES);
        c20.intoArray(c, cAt + 2 * ldc);
        c21.intoArray(c, cAt + 2 * ldc + LANES);
        c30.intoArray(c, cAt + 3 * ldc);
        c31.intoArray(c, cAt + 3 * ldc + LANES);
        c40.intoArray(c, cAt + 4 * ldc);
        c41.intoArray(c, cAt + 4 * ldc + LANES);
        c50.intoArray(c, cAt + 5 * ldc);
        c51.intoArray(c, cAt + 5 * ldc + LANES);
    }

    private static void tile4x2(
            float[] a,
            int aAt,
            int lda,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int ldc,
            int k) {
        int a1 = aAt + lda;
        int a2 = aAt + 2 * lda;
        int a3 = aAt + 3 * lda;
        var s0 = FloatVector.fromArray(Lanes.SPECIES, init, initAt);
        var s1 = FloatVector.fromArray(Lanes.SPECIES, init, initAt + LANES);
        var c00 = s0;
        var c01 = s1;
        var c10 = s0;
        var c11 = s1;
        var c20 = s0;
        var c21 = s1;
        var c30 = s0;
        var c31 = s1;
        for (int i = 0; i < k; i++) {
            var b0 = FloatVector.fromArray(Lanes.SPECIES, b, bAt + i * PANEL);
            var b1 = FloatVector.fromArray(Lanes.SPECIES, b, bAt + i * PANEL + LANES);
            var f0 = FloatVector.broadcast(Lanes.SPECIES, a[aAt + i]);
            c00 = f0.fma(b0, c00);
            c01 = f0.fma(b1, c01);
            var f1 = FloatVector.broadcast(Lanes.SPECIES, a[a1 + i]);
            c10 = f1.fma(b0, c10);
            c11 = f1.fma(b1, c11);
            var f2 = FloatVector.broadcast(Lanes.SPECIES, a[a2 + i]);
            c20 = f2.fma(b0, c20);
            c21 = f2.fma(b1, c21);
            var f3 = FloatVector.broadcast(Lanes.SPECIES, a[a3 + i]);
            c30 = f3.fma(b0, c30);
            c31 = f3.fma(b1, c31);
        }
        c00.intoArray(c, cAt);
        c01.intoArray(c, cAt + LANES);
        c10.intoArray(c, cAt + ldc);
        c11.intoArray(c, cAt + ldc + LANES);
        c20.intoArray(c, cAt + 2 * ldc);
        c21.intoArray(c, cAt + 2 * ldc + LANES);
        c30.intoArray(c, cAt + 3 * ldc);
        c31.intoArray(c, cAt + 3 * ldc + LANES);
    }

    private static void tile2x2(
            float[] a,
            int aAt,
            int lda,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int ldc,
            int k) {
        int a1 = aAt + lda;
        var s0 = FloatVector.fromArray(Lanes.SPECIES, init, initAt);
        var s1 = FloatVector.fromArray(Lanes.SPECIES, init, initAt + LANES);
        var c00 = s0;
        var c01 = s1;
        var c10 = s0;
        var c11 = s1;
        for (int i = 0; i < k; i++) {
            var b0 = FloatVector.fromArray(Lanes.SPECIES, b, bAt + i * PANEL);
            var b1 = FloatVector.fromArray(Lanes.SPECIES, b, bAt + i * PANEL + LANES);
            var f0 = FloatVector.broadcast(Lanes.SPECIES, a[aAt + i]);
            c00 = f0.fma(b0, c00);
            c01 = f0.fma(b1, c01);
            var f1 = FloatVector.broadcast(Lanes.SPECIES, a[a1 + i]);
            c10 = f1.fma(b0, c10);
            c11 = f1.fma(b1, c11);
        }
        c00.intoArray(c, cAt);
        c01.intoArray(c, cAt + LANES);
        c10.intoArray(c, cAt + ldc);
        c11.intoArray(c, cAt + ldc + LANES);
    }

    private static void tile1x2(
            float[] a, int aAt, float[] b, int bAt, float[] init, int initAt, float[] c, int cAt, int k) {
        var s0 = FloatVector.fromArray(Lanes.SPECIES, init, initAt);
        var s1 = FloatVector.fromArray(Lanes.SPECIES, init, initAt + LANES);
        var c00 = s0;
        var c01 = s1;
        for (int i = 0; i < k; i++) {
            var b0 = FloatVector.fromArray(Lanes.SPECIES, b, bAt + i * PANEL);
            var b1 = FloatVector.fromArray(Lanes.SPECIES, b, bAt + i * PANEL + LANES);
            var f0 = FloatVector.broadcast(Lanes.SPECIES, a[aAt + i]);
            c00 = f0.fma(b0, c00);
            c01 = f0.fma(b1, c01);
        }
        c00.intoArray(c, cAt);
        c01.intoArray(c, cAt + LANES);
    }
}
