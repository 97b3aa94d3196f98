package dev.kanmon.kernels.vector;

import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.common.Checks;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The two terms of disentangled attention for tiles of queries. Both are products with rows of a table of positions,
 * made by the tiles of {@link GemmTiles} for the rows that the distances at hand use, from where each score picks its
 * own: content to position has a row of products for each query, position to content one for each key.
 *
 * <p>Scratch holds, in this order, the products of one tile of queries and those of all keys, both with the columns of
 * the whole table, of which only those in use are written.
 */
final class PositionTerms {
    private static final int LANES = Lanes.LENGTH;
    private static final int PANEL = GemmTiles.PANEL;
    private static final VectorSpecies<Integer> INTS =
            Lanes.SPECIES.vectorShape().withLanes(int.class);
    /** Keys whose products stay in the first cache while the queries of a tile pick theirs: whole vectors. */
    private static final int KEYS = 128;

    private final VectorPositions positions;
    private final int headDim;
    private final int[] falling;
    private final float[] work;
    private final int zeros;
    private final int stride;
    private final int ofQueries;
    private final int ofKeys;

    /** Terms on scratch from {@code at} on; {@code zeros} is where a panel's width of zeros lies. */
    PositionTerms(VectorPositions positions, float[] work, int zeros, int at) {
        this.positions = positions;
        this.work = work;
        this.zeros = zeros;
        headDim = positions.headDim();
        falling = positions.falling();
        stride = stride(positions.rows());
        ofQueries = at;
        ofKeys = at + Lanes.TILE_ROWS * stride;
    }

    /** Floats of scratch. */
    static long scratch(int rows, boolean keysToo, int length) {
        return (Lanes.TILE_ROWS + (keysToo ? Lanes.padToPanel(length) : 0L)) * stride(rows);
    }

    /** A vector may be read from any column on; an odd number of them keeps rows apart in the sets of a cache. */
    static int stride(int rows) {
        return Checks.arrayLength("positions", Lanes.padToPanel(rows) + LANES, 1);
    }

    /** Makes the products of position to content of all keys of a head; {@code k} is given at its first column. */
    void prepare(int head, AttentionShape shape, int length, float[] k, int kAt, int ld) {
        if (positions.queries() == null) {
            return;
        }
        for (int key = 0, rows; key < length; key += rows) {
            rows = GemmTiles.rowsOfNext(length - key);
            products(
                    rows,
                    k,
                    kAt + key * ld,
                    ld,
                    positions.queries(),
                    head,
                    -Math.min(key + rows - 1, shape.after()),
                    Math.min(length - 1 - key, shape.before()),
                    ofKeys + key * stride);
        }
    }

    /**
     * Adds the terms to the scores of {@code rows} queries from {@code query} on and the keys [fromKey, toKey), whole
     * panels.
     */
    void add(int head, int rows, int query, int fromKey, int toKey, float[] q, int qAt, int ld, int scores, int lds) {
        if (positions.keys() != null) {
            int nearest = query - (toKey - 1);
            products(rows, q, qAt, ld, positions.keys(), head, nearest, query + rows - 1 - fromKey, ofQueries);
            for (int row = 0; row < rows; row++) {
                int at = ofQueries + row * stride;
                if (positions.isStepwise()) {
                    pickNeighbours(query + row, fromKey, toKey, at, scores + row * lds);
                } else {
                    pick(query + row, fromKey, toKey, at, 0, falling, scores + row * lds);
                }
            }
        }
        if (positions.queries() != null) {
            for (int key = fromKey; key < toKey; key += KEYS) {
                int end = Math.min(key + KEYS, toKey);
                for (int row = 0; row < rows; row++) {
                    pick(query + row, key, end, ofKeys, stride, positions.skewed(), scores + row * lds);
                }
            }
        }
    }

    /** Products of a tile of rows with the rows of a table for these distances. */
    private void products(
            int rows,
            float[] a,
            int aAt,
            int lda,
            float[] table,
            int head,
            int leastDistance,
            int greatestDistance,
            int to) {
        boolean stepwise = positions.isStepwise();
        int first = stepwise ? positions.row(leastDistance) / PANEL * PANEL : 0;
        int last = stepwise ? positions.row(greatestDistance) : positions.rows() - 1;
        int panels = positions.panels(head);
        for (int j = first; j <= last; j += PANEL) {
            GemmTiles.tile(rows, a, aAt, lda, table, panels + j * headDim, work, zeros, work, to + j, stride, headDim);
        }
    }

    /**
     * {@code scores[j] += products[row(i - j)]} for the keys of a range. The rows of a vector's distances lie within
     * one vector of products, because they fall by one or not at all from key to key.
     */
    private void pickNeighbours(int query, int fromKey, int toKey, int products, int scores) {
        int start = falling.length / 2 - query;
        int most = falling.length - LANES;
        for (int j = fromKey; j < toKey; j += LANES) {
            int at = Math.max(0, Math.min(start + j, most));
            int least = falling[at + LANES - 1];
            var chosen = IntVector.fromArray(INTS, falling, at)
                    .sub(least)
                    .selectFrom(FloatVector.fromArray(Lanes.SPECIES, work, products + least)
                            .reinterpretAsInts())
                    .reinterpretAsFloats();
            FloatVector.fromArray(Lanes.SPECIES, work, scores + j).add(chosen).intoArray(work, scores + j);
        }
    }

    /**
     * {@code scores[j] += products[j · step + row(i - j)]} for the keys of a range; {@code map} holds the rows by
     * falling distance, each plus {@code step} times its index. For keys that do not exist or that the query
     * does not see, it picks what happens to lie there; the softmax does not look at them.
     */
    private void pick(int query, int fromKey, int toKey, int products, int step, int[] map, int scores) {
        int start = map.length / 2 - query;
        int most = map.length - LANES;
        for (int j = fromKey; j < toKey; j += LANES) {
            int at = Math.max(0, Math.min(start + j, most));
            var chosen = FloatVector.fromArray(Lanes.SPECIES, work, products + (j - at) * step, map, at);
            FloatVector.fromArray(Lanes.SPECIES, work, scores + j).add(chosen).intoArray(work, scores + j);
        }
    }
}
