package dev.kanmon.kernels.vector;

import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.PackedPositions;
import dev.kanmon.kernels.RelativePositions;
import dev.kanmon.kernels.common.Checks;
import dev.kanmon.kernels.common.Heap;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Attention of one head as two products of a few query rows with packed panels: scores with Kᵀ, outputs with V. Panels
 * of keys that none of the rows sees are passed over.
 *
 * <p>Scratch holds, in this order: the mask, padded; Kᵀ in panels of keys; V in panels of columns; the scores of one
 * tile of queries; zeros to start accumulators from; one tile of outputs and the factors of its rows; the bias of a
 * head for each distance, or what {@link PositionTerms} needs. Padding keys are masked by negative infinity, so their
 * weight is zero and no loop needs a tail.
 */
final class VectorAttention {
    private static final int LANES = Lanes.LENGTH;
    private static final int PANEL = GemmTiles.PANEL;
    private static final int TILE = Lanes.TILE_ROWS;

    private final AttentionShape shape;
    private final int length;
    private final int paddedLength;
    private final int headDim;
    private final float[] work;
    private final int mask;
    private final int keys;
    private final int values;
    private final int scores;
    private final int zeros;
    private final int outputs;
    private final int inverses;
    private final int bias;
    private final PositionTerms terms;
    /** The key head that is packed, or -1. */
    private int packed = -1;

    /**
     * Lays out scratch and fills what all heads share.
     *
     * @param positions the packed positions of {@code shape}, or null if it has none that can be packed
     */
    VectorAttention(
            AttentionShape shape, VectorPositions positions, int length, MemorySegment keyMask, float[] work, int at) {
        this.shape = shape;
        this.length = length;
        this.work = work;
        headDim = shape.headDim();
        paddedLength = (int) Lanes.padToPanel(length);
        mask = at;
        keys = mask + paddedLength;
        values = keys + paddedLength * headDim;
        scores = values + length * (int) Lanes.padToPanel(headDim);
        zeros = scores + TILE * paddedLength;
        outputs = zeros + PANEL;
        inverses = outputs + TILE * PANEL;
        bias = inverses + TILE;
        terms = positions == null ? null : new PositionTerms(positions, work, zeros, bias);
        Arrays.fill(work, mask, mask + length, 0);
        if (keyMask != null) {
            System.arraycopy(Heap.array(keyMask), Heap.offset(keyMask), work, mask, length);
        }
        Arrays.fill(work, mask + length, mask + paddedLength, Float.NEGATIVE_INFINITY);
        Arrays.fill(work, zeros, zeros + PANEL, 0);
    }

    /** Floats of scratch; refuses what no array can hold, so that the offsets above are ints. */
    static long scratch(AttentionShape shape, int length) {
        long paddedLength = Lanes.padToPanel(length);
        long paddedDim = Lanes.padToPanel(shape.headDim());
        Checks.arrayLength("attention", paddedLength, paddedDim);
        long positions =
                switch (shape.positions()) {
                    case null -> 0;
                    case RelativePositions.Bias _ -> paddedLength + length;
                    case RelativePositions.Disentangled plain ->
                        PositionTerms.scratch(plain.rows(), plain.queries() != null, length);
                    case PackedPositions other -> {
                        var own = VectorPositions.own(other);
                        yield PositionTerms.scratch(own.rows(), own.queries() != null, length);
                    }
                };
        return paddedLength
                + paddedLength * shape.headDim()
                + length * paddedDim
                + TILE * paddedLength
                + PANEL
                + (long) TILE * PANEL
                + TILE
                + positions;
    }

    /** One head; {@code q}, {@code k}, {@code v} and {@code out} are given at the first column of head 0. */
    void head(
            int head,
            int queries,
            float[] q,
            int qAt,
            int ldq,
            float[] k,
            int kAt,
            float[] v,
            int vAt,
            int ldkv,
            float[] out,
            int outAt,
            int ldo) {
        int keyHead = head / shape.group();
        int kHead = kAt + keyHead * headDim;
        if (packed != keyHead) {
            packKeys(k, kHead, ldkv);
            packValues(v, vAt + keyHead * headDim, ldkv);
            packed = keyHead;
        }
        if (shape.positions() instanceof RelativePositions.Bias(MemorySegment table, int reach)) {
            spreadBias(Heap.array(table), Heap.offset(table) + head * (2 * reach + 1), reach);
        }
        if (terms != null) {
            terms.prepare(head, shape, length, k, kHead, ldkv);
        }
        int firstQuery = length - queries;
        for (int query = firstQuery, rows; query < length; query += rows) {
            rows = GemmTiles.rowsOfNext(length - query);
            weights(head, rows, query, q, qAt + (query - firstQuery) * ldq + head * headDim, ldq);
            outputs(rows, query, out, outAt + (query - firstQuery) * ldo + head * headDim, ldo);
        }
    }

    /** Fills the scores of a tile of queries with exponentials, and {@link #inverses} with what makes them weights. */
    private void weights(int head, int rows, int query, float[] q, int qAt, int ld) {
        int from = shape.firstKey(query) / PANEL * PANEL;
        int to = (int) Lanes.padToPanel(shape.endOfKeys(query + rows - 1, length));
        for (int j = from; j < to; j += PANEL) {
            GemmTiles.tile(
                    rows, q, qAt, ld, work, keys + j * headDim, work, zeros, work, scores + j, paddedLength, headDim);
        }
        if (terms != null) {
            terms.add(head, rows, query, from, to, q, qAt, ld, scores, paddedLength);
        }
        for (int row = 0; row < rows; row++) {
            int at = scores + row * paddedLength;
            float scale = shape.scale();
            if (shape.positions() instanceof RelativePositions.Bias) {
                VectorSoftmax.addBias(work, at, bias + length - 1 - (query + row), from, to, scale);
                scale = 1;
            }
            int first = shape.firstKey(query + row);
            int end = shape.endOfKeys(query + row, length);
            // the mask hides padding keys, unless a distance that no token has brought NaN to them
            boolean seesAll = first <= from && (end >= to || end == length && shape.positions() == null);
            work[inverses + row] = seesAll
                    ? VectorSoftmax.all(work, at, mask, from, to, scale)
                    : VectorSoftmax.within(work, at, mask, from, to, first, end, scale);
        }
    }

    /** The weighted sums of values for a tile of queries. */
    private void outputs(int rows, int query, float[] out, int outAt, int ldo) {
        int first = shape.firstKey(query);
        int count = shape.endOfKeys(query + rows - 1, length) - first;
        for (int j = 0; j < headDim; j += PANEL) {
            int width = Math.min(PANEL, headDim - j);
            boolean whole = width == PANEL;
            float[] c = whole ? out : work;
            int to = whole ? outAt + j : outputs;
            int ldc = whole ? ldo : PANEL;
            GemmTiles.tile(
                    rows,
                    work,
                    scores + first,
                    paddedLength,
                    work,
                    values + j * length + first * PANEL,
                    work,
                    zeros,
                    c,
                    to,
                    ldc,
                    count);
            scaleRows(rows, c, to, ldc);
            if (!whole) {
                for (int row = 0; row < rows; row++) {
                    System.arraycopy(work, outputs + row * PANEL, out, outAt + j + row * ldo, width);
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

    /** The bias for each distance j - i from 1 - length on, so that a query's row begins at length - 1 - i. */
    private void spreadBias(float[] table, int at, int reach) {
        int own = bias + length - 1;
        int end = bias + length + paddedLength;
        int left = Math.min(reach, length - 1);
        int right = Math.min(reach, end - 1 - own);
        Arrays.fill(work, bias, own - left, table[at]);
        System.arraycopy(table, at + reach - left, work, own - left, left + right + 1);
        Arrays.fill(work, own + right + 1, end, table[at + 2 * reach]);
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
