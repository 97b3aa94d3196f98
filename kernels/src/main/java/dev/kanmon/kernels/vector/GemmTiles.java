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

    /** Rows of the next tile, 1 to {@link Lanes#TILE_ROWS}, when {@code left} rows, at least one, are left. */
    static int rowsOfNext(int left) {
        if (Lanes.TILE_ROWS == 12) {
            // 16 to 19 rows that are left go as 8 + 8: 12 + 4 would end in a tile with too few chains
            if (left >= 12 && (left < 16 || left > 19)) {
                return 12;
            }
            if (left >= 8) {
                return 8;
            }
        } else if (left >= 6) {
            return 6;
        }
        return left >= 4 ? 4 : Math.min(left, 2);
    }

    /** One tile; {@code rows} comes from {@link #rowsOfNext}. */
    static void tile(
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
        switch (rows) {
            case 12 -> tile12x2(a, aAt, lda, b, bAt, init, initAt, c, cAt, ldc, k);
            case 8 -> tile8x2(a, aAt, lda, b, bAt, init, initAt, c, cAt, ldc, k);
            case 6 -> tile6x2(a, aAt, lda, b, bAt, init, initAt, c, cAt, ldc, k);
            case 4 -> tile4x2(a, aAt, lda, b, bAt, init, initAt, c, cAt, ldc, k);
            case 2 -> tile2x2(a, aAt, lda, b, bAt, init, initAt, c, cAt, ldc, k);
            case 1 -> tile1x2(a, aAt, b, bAt, init, initAt, c, cAt, k);
            default -> throw new IllegalArgumentException("there is no tile of " + rows + " rows");
        }
    }

    private static void tile12x2(
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
        int a8 = aAt + 8 * lda;
        int a9 = aAt + 9 * lda;
        int a10 = aAt + 10 * lda;
        int a11 = aAt + 11 * lda;
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
        var c80 = s0;
        var c81 = s1;
        var c90 = s0;
        var c91 = s1;
        var ca0 = s0;
        var ca1 = s1;
        var cb0 = s0;
        var cb1 = s1;
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
            var f8 = FloatVector.broadcast(Lanes.SPECIES, a[a8 + i]);
            c80 = f8.fma(b0, c80);
            c81 = f8.fma(b1, c81);
            var f9 = FloatVector.broadcast(Lanes.SPECIES, a[a9 + i]);
            c90 = f9.fma(b0, c90);
            c91 = f9.fma(b1, c91);
            var f10 = FloatVector.broadcast(Lanes.SPECIES, a[a10 + i]);
            ca0 = f10.fma(b0, ca0);
            ca1 = f10.fma(b1, ca1);
            var f11 = FloatVector.broadcast(Lanes.SPECIES, a[a11 + i]);
            cb0 = f11.fma(b0, cb0);
            cb1 = f11.fma(b1, cb1);
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
        c80.intoArray(c, cAt + 8 * ldc);
        c81.intoArray(c, cAt + 8 * ldc + LANES);
        c90.intoArray(c, cAt + 9 * ldc);
        c91.intoArray(c, cAt + 9 * ldc + LANES);
        ca0.intoArray(c, cAt + 10 * ldc);
        ca1.intoArray(c, cAt + 10 * ldc + LANES);
        cb0.intoArray(c, cAt + 11 * ldc);
        cb1.intoArray(c, cAt + 11 * ldc + LANES);
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
