package dev.kanmon.kernels.vector;

import dev.kanmon.kernels.Activation;
import java.util.Arrays;

/** Products whose sums are f32. */
final class FloatGemm {
    private static final int PANEL = GemmTiles.PANEL;

    private FloatGemm() {}

    /** Floats of scratch: one panel if the weights have to be unpacked, a start row, a tile for the last, partial panel. */
    static long scratch(VectorMatrix.Floats b) {
        long unpacked = b instanceof VectorMatrix.F32 ? 0 : (long) b.k() * PANEL;
        return unpacked + PANEL + (long) Lanes.TILE_ROWS * PANEL;
    }

    /** {@code Kernels.gemm} for checked arguments. */
    static void run(
            int m,
            float[] a,
            int aAt,
            int lda,
            VectorMatrix.Floats b,
            int fromN,
            int toN,
            float[] bias,
            int biasAt,
            Activation act,
            float[] c,
            int cAt,
            int ldc,
            float[] work,
            int workAt) {
        int start = workAt;
        int strip = start + PANEL;
        int unpacked = strip + Lanes.TILE_ROWS * PANEL;
        int k = b.k();
        for (int from = fromN; from < toN; from += PANEL) {
            int width = Math.min(PANEL, b.n() - from);
            int index = from / PANEL;
            startRow(bias, biasAt + from, width, work, start);
            if (m == 1) {
                b.row1(index, a, aAt, work, start, work, strip);
                VectorActivation.apply(act, work, strip, PANEL);
                System.arraycopy(work, strip, c, cAt + from, width);
                continue;
            }
            float[] panel = work;
            int panelAt = unpacked;
            if (b instanceof VectorMatrix.F32 f32) {
                panel = f32.weights();
                panelAt = index * k * PANEL;
            } else if (m > 0) {
                b.unpack(index, work, unpacked);
            }
            for (int row = 0, rows; row < m; row += rows) {
                rows = GemmTiles.rowsOfNext(m - row);
                int to = cAt + row * ldc + from;
                if (width == PANEL) {
                    GemmTiles.tile(rows, a, aAt + row * lda, lda, panel, panelAt, work, start, c, to, ldc, k);
                    activate(act, rows, c, to, ldc);
                } else {
                    GemmTiles.tile(rows, a, aAt + row * lda, lda, panel, panelAt, work, start, work, strip, PANEL, k);
                    activate(act, rows, work, strip, PANEL);
                    for (int r = 0; r < rows; r++) {
                        System.arraycopy(work, strip + r * PANEL, c, to + r * ldc, width);
                    }
                }
            }
        }
    }

    /** What the accumulators of a panel start from: its bias, zero without one and in the padding. */
    static void startRow(float[] bias, int from, int width, float[] work, int start) {
        int filled = bias == null ? 0 : width;
        if (bias != null) {
            System.arraycopy(bias, from, work, start, width);
        }
        Arrays.fill(work, start + filled, start + PANEL, 0);
    }

    private static void activate(Activation act, int rows, float[] x, int at, int ld) {
        if (act != Activation.NONE) {
            for (int row = 0; row < rows; row++) {
                VectorActivation.apply(act, x, at + row * ld, PANEL);
            }
        }
    }
}
