package dev.kanmon.kernels.vector;

import dev.kanmon.kernels.common.Checks;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Attention of one head as two products of a few query rows with packed panels: scores with Kᵀ, outputs with V.
 *
 * <p>Scratch holds, in this order: the mask, padded; Kᵀ in panels of keys; V in panels of columns; the scores of one
 * tile of queries; zeros to start accumulators from; one tile of outputs and the factors of its rows. Padding keys are masked by negative
 * infinity, so their weight is zero and no loop needs a tail.
 */
final class VectorAttention {
    private static final int LANES = Lanes.LENGTH;
    private static final int PANEL = GemmTiles.PANEL;
    private static final int TILE = Lanes.TILE_ROWS;

    private final int length;
    private final int paddedLength;
    private final int headDim;
    private final int paddedDim;
    private final float[] work;
    private final int mask;
    private final int keys;
    private final int values;
    private final int scores;
    private final int zeros;
    private final int outputs;
    private final int inverses;

    /** Lays out scratch and fills what all heads share. */
    VectorAttention(int length, int headDim, float[] keyMask, int keyMaskAt, boolean masked, float[] work, int at) {
        this.length = length;
        this.headDim = headDim;
        this.work = work;
        paddedLength = (int) Lanes.padToPanel(length);
        paddedDim = (int) Lanes.padToPanel(headDim);
        mask = at;
        keys = mask + paddedLength;
        values = keys + paddedLength * headDim;
        scores = values + length * paddedDim;
        zeros = scores + TILE * paddedLength;
        outputs = zeros + PANEL;
        inverses = outputs + TILE * PANEL;
        Arrays.fill(work, mask, mask + length, 0);
        if (masked) {
            System.arraycopy(keyMask, keyMaskAt, work, mask, length);
        }
        Arrays.fill(work, mask + length, mask + paddedLength, Float.NEGATIVE_INFINITY);
        Arrays.fill(work, zeros, zeros + PANEL, 0);
    }

    /** Floats of scratch; refuses what no array can hold, so that the offsets above are ints. */
    static long scratch(int length, int headDim) {
        long paddedLength = Lanes.padToPanel(length);
        long paddedDim = Lanes.padToPanel(headDim);
        Checks.arrayLength("attention", paddedLength, paddedDim);
        return paddedLength
                + paddedLength * headDim
                + length * paddedDim
                + TILE * paddedLength
                + PANEL
                + (long) TILE * PANEL
                + TILE;
    }

    /** One head; {@code q}, {@code k}, {@code v} and {@code out} are given at its first column. */
    void head(
            float scale,
            float[] q,
            int qAt,
            float[] k,
            int kAt,
            float[] v,
            int vAt,
            int ld,
            float[] out,
            int outAt,
            int ldo) {
        packKeys(k, kAt, ld);
        packValues(v, vAt, ld);
        for (int query = 0, rows; query < length; query += rows) {
            rows = GemmTiles.rowsOfNext(length - query);
            for (int j = 0; j < paddedLength; j += PANEL) {
                GemmTiles.tile(
                        rows,
                        q,
                        qAt + query * ld,
                        ld,
                        work,
                        keys + j * headDim,
                        work,
                        zeros,
                        work,
                        scores + j,
                        paddedLength,
                        headDim);
            }
            for (int row = 0; row < rows; row++) {
                work[inverses + row] = softmax(work, scores + row * paddedLength, mask, paddedLength, scale);
            }
            for (int j = 0; j < headDim; j += PANEL) {
                int width = Math.min(PANEL, headDim - j);
                int to = outAt + query * ldo + j;
                if (width == PANEL) {
                    GemmTiles.tile(
                            rows,
                            work,
                            scores,
                            paddedLength,
                            work,
                            values + j * length,
                            work,
                            zeros,
                            out,
                            to,
                            ldo,
                            length);
                    scaleRows(rows, out, to, ldo);
                } else {
                    GemmTiles.tile(
                            rows,
                            work,
                            scores,
                            paddedLength,
                            work,
                            values + j * length,
                            work,
                            zeros,
                            work,
                            outputs,
                            PANEL,
                            length);
                    scaleRows(rows, work, outputs, PANEL);
                    for (int row = 0; row < rows; row++) {
                        System.arraycopy(work, outputs + row * PANEL, out, to + row * ldo, width);
                    }
                }
            }
        }
    }

    /** Kᵀ in panels (headDim, PANEL) of keys. */
    private void packKeys(float[] k, int kAt, int ld) {
        for (int j = 0; j < paddedLength; j += PANEL) {
            int panel = keys + j * headDim;
            int count = Math.min(PANEL, length - j);
            if (count < PANEL) {
                Arrays.fill(work, panel, panel + PANEL * headDim, 0);
            }
            for (int key = 0; key < count; key++) {
                int from = kAt + (j + key) * ld;
                for (int d = 0; d < headDim; d++) {
                    work[panel + d * PANEL + key] = k[from + d];
                }
            }
        }
    }

    /** V in panels (length, PANEL) of columns. */
    private void packValues(float[] v, int vAt, int ld) {
        for (int j = 0; j < headDim; j += PANEL) {
            int panel = values + j * length;
            int width = Math.min(PANEL, headDim - j);
            for (int key = 0; key < length; key++) {
                System.arraycopy(v, vAt + key * ld + j, work, panel + key * PANEL, width);
                Arrays.fill(work, panel + key * PANEL + width, panel + (key + 1) * PANEL, 0);
            }
        }
    }

    /**
     * {@code y = scale · row + mask, row = exp(y - max(y))} over n floats, a multiple of two vectors. Returns the
     * inverse of their sum: the outputs, which are fewer, are scaled by it instead of the weights.
     */
    private static float softmax(float[] x, int row, int mask, int n, float scale) {
        var scales = FloatVector.broadcast(Lanes.SPECIES, scale);
        var largest = FloatVector.broadcast(Lanes.SPECIES, Float.NEGATIVE_INFINITY);
        for (int j = 0; j < n; j += LANES) {
            var s = FloatVector.fromArray(Lanes.SPECIES, x, row + j)
                    .fma(scales, FloatVector.fromArray(Lanes.SPECIES, x, mask + j));
            // passes NaN over; it comes back through the exponential and the sum
            largest = largest.blend(s, s.compare(VectorOperators.GT, largest));
        }
        float max = largest.reduceLanes(VectorOperators.MAX);
        var sum = FloatVector.zero(Lanes.SPECIES);
        for (int j = 0; j < n; j += LANES) {
            var y = FloatVector.fromArray(Lanes.SPECIES, x, row + j)
                    .fma(scales, FloatVector.fromArray(Lanes.SPECIES, x, mask + j))
                    .sub(max);
            var t = y.lanewise(VectorOperators.FMA, Exp.LOG2_E, Exp.ROUNDER);
            var whole = t.sub(Exp.ROUNDER);
            var r = whole.lanewise(VectorOperators.FMA, -Exp.LN2_HIGH, y);
            r = whole.lanewise(VectorOperators.FMA, -Exp.LN2_LOW, r);
            var p = FloatVector.broadcast(Lanes.SPECIES, Exp.C6);
            p = p.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C5));
            p = p.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C4));
            p = p.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C3));
            p = p.fma(r, FloatVector.broadcast(Lanes.SPECIES, Exp.C2));
            p = p.fma(r.mul(r), r).add(1f);
            var power = t.reinterpretAsInts()
                    .add(Exp.BIAS)
                    .lanewise(VectorOperators.LSHL, 23)
                    .reinterpretAsFloats();
            var e = p.mul(power);
            e = e.blend(0f, y.compare(VectorOperators.LT, Exp.LEAST));
            e.intoArray(x, row + j);
            sum = sum.add(e);
        }
        return 1 / Lanes.sum(sum);
    }

    /** Divides a tile of outputs by the sums of its weights. */
    private void scaleRows(int rows, float[] x, int at, int ld) {
        for (int row = 0; row < rows; row++) {
            float inverse = work[inverses + row];
            int from = at + row * ld;
            FloatVector.fromArray(Lanes.SPECIES, x, from).mul(inverse).intoArray(x, from);
            FloatVector.fromArray(Lanes.SPECIES, x, from + LANES).mul(inverse).intoArray(x, from + LANES);
        }
    }
}
