package dev.kanmon.kernels.vector;

import jdk.incubator.vector.FloatVector;

/**
 * The inner loops of products that add to what is there: {@code c[r][j] += Σᵢ a[r · rowStep + i · depthStep] · b[i][j]}
 * for a few rows and a panel of two vectors, all in one array. With both steps free, the left side may be a matrix, its
 * transpose, or either with rows shifted against each other, which is what sums along diagonals are. Each element is
 * one chain of fused multiply-adds in the order of i, whatever the tile.
 *
 * <p>Steps that C2 does not know cost the checks of indices, about an eighth of the speed of {@link GemmTiles}.
 */
final class GradientTiles {
    /** What the rows of a product are a multiple of. */
    static final int LEAST_ROWS = 4;
    /** Rows of the largest tile: with 16 registers, 4 x 2 accumulators leave room for the operands. */
    static final int MOST_ROWS = Lanes.LENGTH >= 16 ? 8 : 4;

    private static final int LANES = Lanes.LENGTH;

    private GradientTiles() {}

    /** Rows of the next tile when {@code left} rows, a multiple of {@link #LEAST_ROWS}, are left. */
    static int rowsOfNext(int left) {
        return Math.min(left, left >= MOST_ROWS ? MOST_ROWS : LEAST_ROWS);
    }

    /** One tile; {@code rows} comes from {@link #rowsOfNext}. */
    static void add(int rows, float[] x, int a, int rowStep, int depthStep, int b, int ldb, int c, int ldc, int k) {
        switch (rows) {
            case 8 -> add8x2(x, a, rowStep, depthStep, b, ldb, c, ldc, k);
            case 4 -> add4x2(x, a, rowStep, depthStep, b, ldb, c, ldc, k);
            default -> throw new IllegalArgumentException("there is no tile of " + rows + " rows");
        }
    }

    /** A tile of all columns, a whole number of panels that lie side by side in b and in c. */
    static void addRows(int rows, float[] x, int a, int rowStep, int depthStep, int b, int c, int columns, int k) {
        for (int j = 0; j < columns; j += GemmTiles.PANEL) {
            add(rows, x, a, rowStep, depthStep, b + j, columns, c + j, columns, k);
        }
    }

    private static void add8x2(float[] x, int a, int rowStep, int depthStep, int b, int ldb, int c, int ldc, int k) {
        int a1 = a + rowStep;
        int a2 = a + 2 * rowStep;
        int a3 = a + 3 * rowStep;
        int a4 = a + 4 * rowStep;
        int a5 = a + 5 * rowStep;
        int a6 = a + 6 * rowStep;
        int a7 = a + 7 * rowStep;
        var c00 = FloatVector.fromArray(Lanes.SPECIES, x, c);
        var c01 = FloatVector.fromArray(Lanes.SPECIES, x, c + LANES);
        var c10 = FloatVector.fromArray(Lanes.SPECIES, x, c + ldc);
        var c11 = FloatVector.fromArray(Lanes.SPECIES, x, c + ldc + LANES);
        var c20 = FloatVector.fromArray(Lanes.SPECIES, x, c + 2 * ldc);
        var c21 = FloatVector.fromArray(Lanes.SPECIES, x, c + 2 * ldc + LANES);
        var c30 = FloatVector.fromArray(Lanes.SPECIES, x, c + 3 * ldc);
        var c31 = FloatVector.fromArray(Lanes.SPECIES, x, c + 3 * ldc + LANES);
        var c40 = FloatVector.fromArray(Lanes.SPECIES, x, c + 4 * ldc);
        var c41 = FloatVector.fromArray(Lanes.SPECIES, x, c + 4 * ldc + LANES);
        var c50 = FloatVector.fromArray(Lanes.SPECIES, x, c + 5 * ldc);
        var c51 = FloatVector.fromArray(Lanes.SPECIES, x, c + 5 * ldc + LANES);
        var c60 = FloatVector.fromArray(Lanes.SPECIES, x, c + 6 * ldc);
        var c61 = FloatVector.fromArray(Lanes.SPECIES, x, c + 6 * ldc + LANES);
        var c70 = FloatVector.fromArray(Lanes.SPECIES, x, c + 7 * ldc);
        var c71 = FloatVector.fromArray(Lanes.SPECIES, x, c + 7 * ldc + LANES);
        for (int i = 0; i < k; i++) {
            int at = i * depthStep;
            var b0 = FloatVector.fromArray(Lanes.SPECIES, x, b + i * ldb);
            var b1 = FloatVector.fromArray(Lanes.SPECIES, x, b + i * ldb + LANES);
            var f0 = FloatVector.broadcast(Lanes.SPECIES, x[a + at]);
            c00 = f0.fma(b0, c00);
            c01 = f0.fma(b1, c01);
            var f1 = FloatVector.broadcast(Lanes.SPECIES, x[a1 + at]);
            c10 = f1.fma(b0, c10);
            c11 = f1.fma(b1, c11);
            var f2 = FloatVector.broadcast(Lanes.SPECIES, x[a2 + at]);
            c20 = f2.fma(b0, c20);
            c21 = f2.fma(b1, c21);
            var f3 = FloatVector.broadcast(Lanes.SPECIES, x[a3 + at]);
            c30 = f3.fma(b0, c30);
            c31 = f3.fma(b1, c31);
            var f4 = FloatVector.broadcast(Lanes.SPECIES, x[a4 + at]);
            c40 = f4.fma(b0, c40);
            c41 = f4.fma(b1, c41);
            var f5 = FloatVector.broadcast(Lanes.SPECIES, x[a5 + at]);
            c50 = f5.fma(b0, c50);
            c51 = f5.fma(b1, c51);
            var f6 = FloatVector.broadcast(Lanes.SPECIES, x[a6 + at]);
            c60 = f6.fma(b0, c60);
            c61 = f6.fma(b1, c61);
            var f7 = FloatVector.broadcast(Lanes.SPECIES, x[a7 + at]);
            c70 = f7.fma(b0, c70);
            c71 = f7.fma(b1, c71);
        }
        c00.intoArray(x, c);
        c01.intoArray(x, c + LANES);
        c10.intoArray(x, c + ldc);
        c11.intoArray(x, c + ldc + LANES);
        c20.intoArray(x, c + 2 * ldc);
        c21.intoArray(x, c + 2 * ldc + LANES);
        c30.intoArray(x, c + 3 * ldc);
        c31.intoArray(x, c + 3 * ldc + LANES);
        c40.intoArray(x, c + 4 * ldc);
        c41.intoArray(x, c + 4 * ldc + LANES);
        c50.intoArray(x, c + 5 * ldc);
        c51.intoArray(x, c + 5 * ldc + LANES);
        c60.intoArray(x, c + 6 * ldc);
        c61.intoArray(x, c + 6 * ldc + LANES);
        c70.intoArray(x, c + 7 * ldc);
        c71.intoArray(x, c + 7 * ldc + LANES);
    }

    private static void add4x2(float[] x, int a, int rowStep, int depthStep, int b, int ldb, int c, int ldc, int k) {
        int a1 = a + rowStep;
        int a2 = a + 2 * rowStep;
        int a3 = a + 3 * rowStep;
        var c00 = FloatVector.fromArray(Lanes.SPECIES, x, c);
        var c01 = FloatVector.fromArray(Lanes.SPECIES, x, c + LANES);
        var c10 = FloatVector.fromArray(Lanes.SPECIES, x, c + ldc);
        var c11 = FloatVector.fromArray(Lanes.SPECIES, x, c + ldc + LANES);
        var c20 = FloatVector.fromArray(Lanes.SPECIES, x, c + 2 * ldc);
        var c21 = FloatVector.fromArray(Lanes.SPECIES, x, c + 2 * ldc + LANES);
        var c30 = FloatVector.fromArray(Lanes.SPECIES, x, c + 3 * ldc);
        var c31 = FloatVector.fromArray(Lanes.SPECIES, x, c + 3 * ldc + LANES);
        for (int i = 0; i < k; i++) {
            int at = i * depthStep;
            var b0 = FloatVector.fromArray(Lanes.SPECIES, x, b + i * ldb);
            var b1 = FloatVector.fromArray(Lanes.SPECIES, x, b + i * ldb + LANES);
            var f0 = FloatVector.broadcast(Lanes.SPECIES, x[a + at]);
            c00 = f0.fma(b0, c00);
            c01 = f0.fma(b1, c01);
            var f1 = FloatVector.broadcast(Lanes.SPECIES, x[a1 + at]);
            c10 = f1.fma(b0, c10);
            c11 = f1.fma(b1, c11);
            var f2 = FloatVector.broadcast(Lanes.SPECIES, x[a2 + at]);
            c20 = f2.fma(b0, c20);
            c21 = f2.fma(b1, c21);
            var f3 = FloatVector.broadcast(Lanes.SPECIES, x[a3 + at]);
            c30 = f3.fma(b0, c30);
            c31 = f3.fma(b1, c31);
        }
        c00.intoArray(x, c);
        c01.intoArray(x, c + LANES);
        c10.intoArray(x, c + ldc);
        c11.intoArray(x, c + ldc + LANES);
        c20.intoArray(x, c + 2 * ldc);
        c21.intoArray(x, c + 2 * ldc + LANES);
        c30.intoArray(x, c + 3 * ldc);
        c31.intoArray(x, c + 3 * ldc + LANES);
    }
}
