package dev.kanmon.kernels.vector;

import dev.kanmon.kernels.AttentionGradients.Dropout;
import dev.kanmon.kernels.AttentionGradients.PositionGradients;
import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.RelativePositions;
import dev.kanmon.kernels.common.DropoutHash;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * One call of attention for training: head by head on copies in scratch, and in a head a block of queries at a time. A
 * block's products are those of {@link GemmTiles} with packed keys and values where they are by token, those of
 * {@link GradientTiles} where they sum over tokens. Gradients of scores are kept before scaling; what they are summed to
 * is scaled on its way out.
 */
final class AttentionPass {
    private static final int PANEL = GemmTiles.PANEL;

    private final AttentionShape shape;
    private final GradientLayout at;
    private final float[] x;
    private final Dropout dropout;
    private final int threshold;
    private final RelativePositions.Bias bias;
    private final DistanceTables tables;
    /** The key head that is loaded, or -1. */
    private int loaded = -1;

    /** Fills what all heads share. */
    AttentionPass(
            AttentionShape shape, GradientLayout layout, MemorySegment keyMask, Dropout dropout, float[] scratch) {
        this.shape = shape;
        this.dropout = dropout;
        at = layout;
        x = scratch;
        threshold = dropout == null ? 0 : DropoutHash.threshold(dropout.p());
        bias = shape.positions() instanceof RelativePositions.Bias plain ? plain : null;
        tables = shape.positions() instanceof RelativePositions.Disentangled terms
                ? new DistanceTables(terms, layout, scratch)
                : null;
        Arrays.fill(x, at.zeros, at.zeros + PANEL, 0);
        if (keyMask == null) {
            Arrays.fill(x, at.mask, at.mask + at.length, 0);
        } else {
            HeadRows.load(keyMask, 0, at.length, x, at.mask, at.length);
        }
        Arrays.fill(x, at.mask + at.length, at.mask + at.keys, Float.NEGATIVE_INFINITY);
    }

    /** The outputs of a head. */
    void forward(int head, MemorySegment q, MemorySegment k, MemorySegment v, int ld, MemorySegment out, int ldo) {
        load(head, q, k, v, ld);
        Arrays.fill(x, at.dq, at.dq + at.rows * at.columns, 0);
        for (int query = 0; query < at.length; query += at.block) {
            int rows = Math.min(at.block, at.length - query);
            prepare(query, rows);
            for (int row = 0, n; row < rows; row += n) {
                n = GemmTiles.rowsOfNext(GradientLayout.tiles(rows) - row);
                scores(query, row, n);
                for (int i = row; i < row + n; i++) {
                    weightsOfForward(head, query, i, fromKey(query + row), toKey(query + row + n - 1));
                }
            }
            for (int row = 0, n; row < rows; row += n) {
                n = GradientTiles.rowsOfNext(GradientLayout.tiles(rows - row));
                int from = fromKey(query + row);
                int end = Math.min(toKey(query + row + n - 1), at.length);
                GradientTiles.addRows(
                        n,
                        x,
                        at.weights + row * at.stride + from,
                        at.stride,
                        1,
                        at.v + from * at.columns,
                        at.dq + (query + row) * at.columns,
                        at.columns,
                        end - from);
            }
        }
        HeadRows.store(x, at.dq, at.columns, 1, at.length, at.headDim, out, (long) head * at.headDim, ldo);
    }

    /** The gradients of a head; those of its key head are written after the last head of the group or the call. */
    void backward(
            int head,
            boolean isLast,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            int ld,
            MemorySegment dOut,
            int ldo,
            MemorySegment dq,
            MemorySegment dk,
            MemorySegment dv,
            PositionGradients positions) {
        if (head % shape.group() == 0) {
            Arrays.fill(x, at.dk, at.dk + at.rows * at.columns, 0);
            Arrays.fill(x, at.dv, at.dv + at.rows * at.columns, 0);
        }
        boolean isNew = load(head, q, k, v, ld);
        if (isNew) {
            HeadRows.panels(x, at.v, at.columns, at.length, at.keys, at.headDim, at.valuePanels);
        }
        load(dOut, head, ldo, at.dOut);
        Arrays.fill(x, at.dq, at.dq + at.rows * at.columns, 0);
        clear(positions);
        for (int query = 0; query < at.length; query += at.block) {
            int rows = Math.min(at.block, at.length - query);
            prepare(query, rows);
            for (int row = 0, n; row < rows; row += n) {
                n = GemmTiles.rowsOfNext(GradientLayout.tiles(rows) - row);
                scores(query, row, n);
                products(n, at.dOut, at.valuePanels, query, row, at.dScores);
                for (int i = row; i < row + n; i++) {
                    dScoresOf(head, query, i, fromKey(query + row), toKey(query + row + n - 1));
                }
            }
            int end = at.dScores + (rows + GradientLayout.MARGIN) * at.stride;
            Arrays.fill(x, at.dScores + rows * at.stride, end, 0);
            sums(query, rows);
            addPositions(positions, query, rows);
        }
        long column = (long) head * at.headDim;
        HeadRows.store(x, at.dq, at.columns, shape.scale(), at.length, at.headDim, dq, column, ld);
        if (tables != null) {
            tables.store(positions, head, shape);
        }
        if (positions.bias() != null) {
            storeBias(head, positions.bias());
        }
        if (isLast || (head + 1) % shape.group() == 0) {
            long keyColumn = (long) (head / shape.group()) * at.headDim;
            HeadRows.store(x, at.dk, at.columns, shape.scale(), at.length, at.headDim, dk, keyColumn, ld);
            HeadRows.store(x, at.dv, at.columns, 1, at.length, at.headDim, dv, keyColumn, ld);
        }
    }

    /** Whether keys and values were loaded too, as they are at the first head of a group or a call. */
    private boolean load(int head, MemorySegment q, MemorySegment k, MemorySegment v, int ld) {
        load(q, head, ld, at.q);
        int keyHead = head / shape.group();
        boolean isNew = keyHead != loaded;
        if (isNew) {
            load(k, keyHead, ld, at.k);
            load(v, keyHead, ld, at.v);
            HeadRows.panels(x, at.k, at.columns, at.length, at.keys, at.headDim, at.keyPanels);
            loaded = keyHead;
        }
        if (bias != null) {
            loadBias(head);
        }
        if (tables != null) {
            tables.load(head);
        }
        return isNew;
    }

    private void load(MemorySegment from, int head, int ld, int to) {
        HeadRows.load(from, (long) head * at.headDim, ld, at.length, at.headDim, x, to, at.rows, at.columns);
    }

    /** The first panel of keys that a query sees. */
    private int fromKey(int query) {
        return shape.firstKey(Math.min(query, at.length - 1)) / PANEL * PANEL;
    }

    /** The end of the last panel of keys that a query sees. */
    private int toKey(int query) {
        int end = shape.endOfKeys(Math.min(query, at.length - 1), at.length);
        return (end + PANEL - 1) / PANEL * PANEL;
    }

    private void prepare(int query, int rows) {
        if (tables != null) {
            tables.prepare(query, rows, fromKey(query), toKey(query + rows - 1));
        }
    }

    /** The scores of a tile of {@code n} queries, of which the first is {@code row} of a block from {@code query} on. */
    private void scores(int query, int row, int n) {
        int first = query + row;
        products(n, at.q, at.keyPanels, query, row, at.weights);
        if (tables != null) {
            tables.add(n, first, query, fromKey(first), toKey(first + n - 1), at.weights + row * at.stride);
        }
    }

    /** Products of a tile of rows with packed keys or values, for all keys that one of the queries sees. */
    private void products(int n, int matrix, int panels, int query, int row, int to) {
        int end = toKey(query + row + n - 1);
        for (int j = fromKey(query + row); j < end; j += PANEL) {
            GemmTiles.tile(
                    n,
                    x,
                    matrix + (query + row) * at.columns,
                    at.columns,
                    x,
                    panels + j * at.headDim,
                    x,
                    at.zeros,
                    x,
                    to + row * at.stride + j,
                    at.stride,
                    at.headDim);
        }
    }

    /** Turns the scores of a query, present for [from, to), into exponentials; returns what makes weights of them. */
    private float softmax(int query, int row, int from, int to) {
        int weights = at.weights + row * at.stride;
        float scale = shape.scale();
        if (bias != null) {
            VectorSoftmax.addBias(x, weights, at.bias + at.length - 1 - query, from, to, scale);
            scale = 1;
        }
        int first = shape.firstKey(query);
        int end = shape.endOfKeys(query, at.length);
        // the mask hides padding keys, unless a distance that no token has brought NaN to them
        boolean seesAll = first <= from && (end >= to || end == at.length && shape.positions() == null);
        return seesAll
                ? VectorSoftmax.all(x, weights, at.mask, from, to, scale)
                : VectorSoftmax.within(x, weights, at.mask, from, to, first, end, scale);
    }

    /** Weights after dropout; of the sums, zero where the tile has more rows than there are queries. */
    private void weightsOfForward(int head, int query, int row, int from, int to) {
        int i = query + row;
        int weights = at.weights + row * at.stride;
        if (i >= at.length) {
            Arrays.fill(x, weights, weights + at.keys, 0);
            return;
        }
        float factor = softmax(i, row, from, to);
        if (dropout != null) {
            GradientRows.drop(x, weights, from, to, DropoutHash.ofRow(dropout.seed(), head, i), threshold);
            factor *= dropout.scale();
        }
        GradientRows.scale(x, weights + from, to - from, factor);
        clear(weights, from, to);
    }

    private void dScoresOf(int head, int query, int row, int from, int to) {
        int i = query + row;
        int weights = at.weights + row * at.stride;
        int dScores = at.dScores + row * at.stride;
        if (i >= at.length) {
            return;
        }
        float inverse = softmax(i, row, from, to);
        if (threshold == 0) {
            GradientRows.backward(x, weights, dScores, from, to, inverse);
        } else {
            int key = DropoutHash.ofRow(dropout.seed(), head, i);
            GradientRows.backward(x, weights, dScores, from, to, inverse, key, threshold, dropout.scale());
        }
        clear(weights, from, to);
        clear(dScores, from, to);
    }

    /** Zeros for keys that none of a tile's queries sees. */
    private void clear(int row, int from, int to) {
        Arrays.fill(x, row, row + from, 0);
        Arrays.fill(x, row + to, row + at.keys, 0);
    }

    /** Adds what a block of queries gives to the gradients of queries, keys and values. */
    private void sums(int query, int rows) {
        for (int row = 0, n; row < rows; row += n) {
            n = GradientTiles.rowsOfNext(GradientLayout.tiles(rows - row));
            int from = fromKey(query + row);
            int end = Math.min(toKey(query + row + n - 1), at.length);
            GradientTiles.addRows(
                    n,
                    x,
                    at.dScores + row * at.stride + from,
                    at.stride,
                    1,
                    at.k + from * at.columns,
                    at.dq + (query + row) * at.columns,
                    at.columns,
                    end - from);
        }
        int end = Math.min(toKey(query + rows - 1), at.length);
        for (int key = fromKey(query), n; key < end; key += n) {
            n = GradientTiles.rowsOfNext(GradientLayout.tiles(end - key));
            int to = key * at.columns;
            int from = query * at.columns;
            GradientTiles.addRows(n, x, at.dScores + key, 1, at.stride, at.q + from, at.dk + to, at.columns, rows);
            GradientTiles.addRows(n, x, at.weights + key, 1, at.stride, at.dOut + from, at.dv + to, at.columns, rows);
        }
    }

    /** The bias for each distance key - query from 1 - length on, so that a query's row begins at length - 1 - query. */
    private void loadBias(int head) {
        int reach = bias.reach();
        for (int i = 0; i < at.length + at.keys; i++) {
            int column = Math.clamp(i - (at.length - 1L), -reach, reach) + reach;
            x[at.bias + i] = bias.bias().getAtIndex(ValueLayout.JAVA_FLOAT, head * (2L * reach + 1) + column);
        }
    }

    private void clear(PositionGradients positions) {
        if (tables != null) {
            tables.clear(positions);
        }
        if (positions.bias() != null) {
            Arrays.fill(x, at.dBias, at.dBias + at.length + at.keys, 0);
        }
    }

    private void addPositions(PositionGradients positions, int query, int rows) {
        if (tables != null) {
            tables.backward(positions, query, rows, fromKey(query), toKey(query + rows - 1));
        }
        if (positions.bias() != null) {
            for (int row = 0; row < rows; row++) {
                GradientRows.add(x, at.dScores + row * at.stride, at.keys, at.dBias + at.length - 1 - (query + row));
            }
        }
    }

    private void storeBias(int head, MemorySegment to) {
        int reach = bias.reach();
        for (int i = 0; i < 2 * at.length - 1; i++) {
            int column = Math.clamp(i - (at.length - 1L), -reach, reach) + reach;
            long target = head * (2L * reach + 1) + column;
            to.setAtIndex(
                    ValueLayout.JAVA_FLOAT, target, to.getAtIndex(ValueLayout.JAVA_FLOAT, target) + x[at.dBias + i]);
        }
    }

    /** Zeros around the gradients of scores, which stay so. */
    void clearMargins() {
        int begin = at.dScores - GradientLayout.MARGIN * at.stride;
        Arrays.fill(x, begin, at.dScores, 0);
        for (int row = 0; row < at.block; row++) {
            int end = at.dScores + (row + 1) * at.stride;
            Arrays.fill(x, end - GradientLayout.MARGIN, end, 0);
        }
    }
}
