package dev.kanmon.kernels.vector;

import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.PackedPositions;
import dev.kanmon.kernels.RelativePositions;
import dev.kanmon.kernels.common.Checks;

/**
 * Where in the scratch of attention for training everything lies. Matrices by tokens have rows of {@link #columns},
 * the columns of a head padded with zeros to whole panels, and a number of rows that tiles divide. Weights and their
 * gradients are kept for {@link #block} queries at a time, so that scratch grows with the length and not its square.
 */
final class GradientLayout {
    /** Most queries of a block: two matrices of them by 512 keys fit the second cache. */
    private static final int MOST_BLOCK = 128;
    /** Zeros around the gradients of scores on all sides, where tiles that go along diagonals read past the corners. */
    static final int MARGIN = GradientTiles.MOST_ROWS;

    private static final int PANEL = GemmTiles.PANEL;

    final int length;
    final int headDim;
    /** The length in whole panels. */
    final int keys;
    /** The length in whole tiles. */
    final int rows;
    /** The columns of a head in whole panels. */
    final int columns;
    /** Queries of a block, whole tiles. */
    final int block;
    /** Row stride of weights and gradients of scores. */
    final int stride;
    /** Numbers of a table by distance. */
    final int distances;
    /** Row stride of a tile's products with positions: a block of keys or queries, the skew of a tile, two cut panels. */
    final int productStride;

    /** A panel's width of zeros, then the mask. */
    final int zeros;

    final int mask;
    final int q;
    final int k;
    final int v;
    final int dOut;
    /** Kᵀ and Vᵀ in panels (headDim, PANEL) of keys. */
    final int keyPanels;

    final int valuePanels;
    /** Gradients of queries, which is where the forward pass has its outputs. */
    final int dq;

    final int dk;
    final int dv;
    /** (block, stride), and the same with {@link #MARGIN} rows of zeros above and below. */
    final int weights;

    final int dScores;
    /** The bias of a head by distance, and its gradient. */
    final int bias;

    final int dBias;
    /** Tables by distance: rows, panels, gradients; products of a tile of queries, and of all keys with a block. */
    final int keyRows;

    final int keyTable;
    final int dKeyRows;
    final int queryProducts;
    final int queryRows;
    final int queryTable;
    final int dQueryRows;
    final int keyProducts;
    /** Of all. */
    final int floats;

    private long next;

    GradientLayout(AttentionShape shape, int length) {
        this.length = length;
        headDim = shape.headDim();
        keys = pad(length, PANEL);
        rows = pad(length, GradientTiles.LEAST_ROWS);
        columns = pad(headDim, PANEL);
        block = Math.min(rows, MOST_BLOCK);
        stride = keys + MARGIN;
        distances = pad(2 * length, PANEL);
        productStride = Math.max(keys, block) + Lanes.TILE_ROWS + 2 * PANEL;
        zeros = take(PANEL, 1);
        mask = take(keys, 1);
        q = take(rows, columns);
        k = take(rows, columns);
        v = take(rows, columns);
        dOut = take(rows, columns);
        keyPanels = take(keys, headDim);
        valuePanels = take(keys, headDim);
        dq = take(rows, columns);
        dk = take(rows, columns);
        dv = take(rows, columns);
        weights = take(block, stride);
        dScores = take(block + 2 * MARGIN, stride) + MARGIN * stride;
        var terms = shape.positions() instanceof RelativePositions.Disentangled plain ? plain : null;
        boolean biased =
                switch (shape.positions()) {
                    case RelativePositions.Bias _ -> true;
                    case RelativePositions.Disentangled _ -> false;
                    case PackedPositions _ -> throw new AssertionError("packed positions were refused");
                    case null -> false;
                };
        // a query reads whole panels of keys, at whatever distance
        bias = take(biased ? distances + keys : 0, 1);
        dBias = take(biased ? distances + keys : 0, 1);
        int ofKeys = terms != null && terms.keys() != null ? distances : 0;
        keyRows = take(ofKeys, columns);
        keyTable = take(ofKeys, headDim);
        dKeyRows = take(ofKeys, columns);
        queryProducts = take(ofKeys > 0 ? Lanes.TILE_ROWS : 0, productStride);
        int ofQueries = terms != null && terms.queries() != null ? distances : 0;
        queryRows = take(ofQueries, columns);
        queryTable = take(ofQueries, headDim);
        dQueryRows = take(ofQueries, columns);
        keyProducts = take(ofQueries > 0 ? rows : 0, productStride);
        floats = Checks.arrayLength("attention", next, 1);
    }

    /** Rows in whole tiles. */
    static int tiles(int rows) {
        return (rows + GradientTiles.LEAST_ROWS - 1) / GradientTiles.LEAST_ROWS * GradientTiles.LEAST_ROWS;
    }

    private static int pad(int n, int multiple) {
        return Checks.arrayLength("attention", (n + multiple - 1L) / multiple, multiple);
    }

    private int take(long rows, long columns) {
        long at = next;
        next = Checks.arrayLength("attention", 1, at + Math.multiplyExact(rows, columns));
        return (int) at;
    }
}
