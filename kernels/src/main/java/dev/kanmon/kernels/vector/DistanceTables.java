package dev.kanmon.kernels.vector;

import dev.kanmon.kernels.AttentionGradients.PositionGradients;
import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.RelativePositions;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * The two terms of disentangled attention and their gradients, for one head at a time. The rows of the tables are first
 * brought into the order of distances: those of content to position by {@code t = key - query + length - 1}, those of
 * position to content by {@code u = query - key + length - 1}. Then a score (query, key) has its products at t of its
 * query and at u of its key, and sums over all pairs of a distance are sums along diagonals, for which
 * {@link GradientTiles} read the gradients of scores with shifted rows. Rows of the tables that stand for many distances
 * are summed at the end.
 */
final class DistanceTables {
    private static final int LANES = Lanes.LENGTH;
    private static final int PANEL = GemmTiles.PANEL;
    private static final int MOST_ROWS = GradientTiles.MOST_ROWS;

    private final RelativePositions.Disentangled terms;
    private final GradientLayout at;
    private final float[] x;
    private final int last;
    /** Where the products of each key with a block's first query lie. */
    private final int[] ofKeys;

    DistanceTables(RelativePositions.Disentangled terms, GradientLayout at, float[] scratch) {
        this.terms = terms;
        this.at = at;
        x = scratch;
        last = at.length - 1;
        ofKeys = new int[terms.queries() == null ? 0 : at.keys];
    }

    /** Brings the tables of a head into order. */
    void load(int head) {
        if (terms.keys() != null) {
            for (int t = 0; t <= 2 * last; t++) {
                load(terms.keys(), head, last - t, at.keyRows + t * at.columns);
            }
            pack(at.keyRows, at.keyTable);
        }
        if (terms.queries() != null) {
            for (int u = 0; u <= 2 * last; u++) {
                load(terms.queries(), head, u - last, at.queryRows + u * at.columns);
            }
            pack(at.queryRows, at.queryTable);
        }
    }

    private void load(MemorySegment table, int head, int distance, int to) {
        long from = (long) terms.bucket(distance) * terms.stride() + (long) head * at.headDim;
        HeadRows.load(table, from, at.headDim, x, to, at.columns);
    }

    private void pack(int rows, int table) {
        Arrays.fill(x, rows + (2 * last + 1) * at.columns, rows + at.distances * at.columns, 0);
        HeadRows.panels(x, rows, at.columns, 2 * last + 1, at.distances, at.headDim, table);
    }

    /** Makes the products of position to content of a block of queries with the keys [fromKey, toKey). */
    void prepare(int query, int rows, int fromKey, int toKey) {
        if (terms.queries() == null) {
            return;
        }
        int end = Math.min(toKey, at.rows);
        for (int key = fromKey, n; key < end; key += n) {
            n = GemmTiles.rowsOfNext(end - key);
            int first = Math.max(0, query + last - (key + n - 1)) / PANEL * PANEL;
            int stop = Math.min(query + rows - 1 + last - key, 2 * last) + 1;
            for (int u = first; u < stop; u += PANEL) {
                product(n, at.k + key * at.columns, at.queryTable, u, at.keyProducts + key * at.productStride, first);
            }
            for (int row = 0; row < n; row++) {
                ofKeys[key + row] = (key + row) * at.productStride + query + last - (key + row) - first;
            }
        }
    }

    /** Products of rows with the panel of distances from {@code distance} on, which is kept from {@code first} on. */
    private void product(int rows, int a, int table, int distance, int to, int first) {
        GemmTiles.tile(
                rows,
                x,
                a,
                at.columns,
                x,
                table + distance * at.headDim,
                x,
                at.zeros,
                x,
                to + distance - first,
                at.productStride,
                at.headDim);
    }

    /**
     * Adds both terms to the scores of {@code rows} queries from {@code query} on, of which the block has the first
     * at {@code block}, and the keys [fromKey, toKey), whole panels.
     */
    void add(int rows, int query, int block, int fromKey, int toKey, int scores) {
        if (terms.keys() != null) {
            int first = Math.max(0, fromKey + last - (query + rows - 1)) / PANEL * PANEL;
            int stop = Math.min(toKey - 1 + last - query, 2 * last) + 1;
            for (int t = first; t < stop; t += PANEL) {
                product(rows, at.q + query * at.columns, at.keyTable, t, at.queryProducts, first);
            }
            for (int row = 0; row < Math.min(rows, at.length - query); row++) {
                int from = at.queryProducts + row * at.productStride + last - (query + row) - first;
                GradientRows.add(x, from + fromKey, toKey - fromKey, scores + row * at.stride + fromKey);
            }
        }
        if (terms.queries() != null) {
            for (int row = 0; row < Math.min(rows, at.length - query); row++) {
                pick(at.keyProducts + query + row - block, fromKey, toKey, scores + row * at.stride);
            }
        }
    }

    /** {@code scores[j] += products[ofKeys[j]]}; for keys that do not exist, what lies there: nobody looks at them. */
    private void pick(int products, int fromKey, int toKey, int scores) {
        for (int j = fromKey; j < toKey; j += LANES) {
            FloatVector.fromArray(Lanes.SPECIES, x, scores + j)
                    .add(FloatVector.fromArray(Lanes.SPECIES, x, products, ofKeys, j))
                    .intoArray(x, scores + j);
        }
    }

    /** Begins the sums of a head's gradients. */
    void clear(PositionGradients to) {
        if (to.keys() != null) {
            Arrays.fill(x, at.dKeyRows, at.dKeyRows + at.distances * at.columns, 0);
        }
        if (to.queries() != null) {
            Arrays.fill(x, at.dQueryRows, at.dQueryRows + at.distances * at.columns, 0);
        }
    }

    /** What the gradients of a block's scores give to queries, keys and tables. */
    void backward(PositionGradients to, int query, int rows, int fromKey, int toKey) {
        int endOfKeys = Math.min(toKey, at.length);
        if (terms.keys() != null) {
            toQueries(query, rows, fromKey, endOfKeys);
        }
        if (terms.queries() != null) {
            toKeys(query, rows, fromKey, endOfKeys);
        }
        if (to.keys() != null) {
            toKeyTable(query, rows, fromKey, endOfKeys);
        }
        if (to.queries() != null) {
            toQueryTable(query, rows, fromKey, endOfKeys);
        }
    }

    /** Where the gradient of a score lies; also of rows and keys that are not there but zero. */
    private int dScore(int row, int key) {
        return at.dScores + row * at.stride + key;
    }

    private void toQueries(int query, int rows, int fromKey, int endOfKeys) {
        for (int row = 0, n; row < rows; row += n) {
            n = GradientTiles.rowsOfNext(GradientLayout.tiles(rows - row));
            int i = query + row;
            int first = Math.max(0, fromKey + last - (i + n - 1));
            int stop = endOfKeys + last - i;
            GradientTiles.addRows(
                    n,
                    x,
                    dScore(row, first - last + i),
                    at.stride + 1,
                    1,
                    at.keyRows + first * at.columns,
                    at.dq + i * at.columns,
                    at.columns,
                    stop - first);
        }
    }

    private void toKeys(int query, int rows, int fromKey, int endOfKeys) {
        for (int key = fromKey, n; key < endOfKeys; key += n) {
            n = GradientTiles.rowsOfNext(GradientLayout.tiles(endOfKeys - key));
            int first = Math.max(0, query + last - (key + n - 1));
            int stop = query + rows + last - key;
            GradientTiles.addRows(
                    n,
                    x,
                    dScore(first - last + key - query, key),
                    at.stride + 1,
                    at.stride,
                    at.queryRows + first * at.columns,
                    at.dk + key * at.columns,
                    at.columns,
                    stop - first);
        }
    }

    private void toKeyTable(int query, int rows, int fromKey, int endOfKeys) {
        int end = endOfKeys + last - query;
        for (int t = Math.max(0, fromKey + last - (query + rows - 1)) / MOST_ROWS * MOST_ROWS;
                t < end;
                t += MOST_ROWS) {
            int first = Math.max(query, fromKey + last - (t + MOST_ROWS - 1));
            int stop = Math.min(query + rows, endOfKeys + last - t);
            GradientTiles.addRows(
                    MOST_ROWS,
                    x,
                    dScore(first - query, t - last + first),
                    1,
                    at.stride + 1,
                    at.q + first * at.columns,
                    at.dKeyRows + t * at.columns,
                    at.columns,
                    stop - first);
        }
    }

    private void toQueryTable(int query, int rows, int fromKey, int endOfKeys) {
        int end = query + rows + last - fromKey;
        for (int u = Math.max(0, query + last - (endOfKeys - 1)) / MOST_ROWS * MOST_ROWS; u < end; u += MOST_ROWS) {
            int first = Math.max(fromKey, query + last - (u + MOST_ROWS - 1));
            int stop = Math.min(endOfKeys, query + rows + last - u);
            GradientTiles.addRows(
                    MOST_ROWS,
                    x,
                    dScore(u - last + first - query, first),
                    at.stride,
                    at.stride + 1,
                    at.k + first * at.columns,
                    at.dQueryRows + u * at.columns,
                    at.columns,
                    stop - first);
        }
    }

    /** Adds the gradients of a head's tables to where they belong. */
    void store(PositionGradients to, int head, AttentionShape shape) {
        for (int i = 0; i <= 2 * last; i++) {
            if (to.keys() != null) {
                add(at.dKeyRows + i * at.columns, shape, to.keys(), head, last - i);
            }
            if (to.queries() != null) {
                add(at.dQueryRows + i * at.columns, shape, to.queries(), head, i - last);
            }
        }
    }

    private void add(int row, AttentionShape shape, MemorySegment to, int head, int distance) {
        long target = (long) terms.bucket(distance) * terms.stride() + (long) head * at.headDim;
        HeadRows.add(x, row, shape.scale(), at.headDim, to, target);
    }
}
