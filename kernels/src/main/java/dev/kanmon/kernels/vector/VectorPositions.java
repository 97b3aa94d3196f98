package dev.kanmon.kernels.vector;

import dev.kanmon.kernels.Operands;
import dev.kanmon.kernels.PackedPositions;
import dev.kanmon.kernels.RelativePositions;
import dev.kanmon.kernels.common.Checks;
import dev.kanmon.kernels.common.Heap;
import java.lang.foreign.MemorySegment;

/**
 * Tables of positions in panels, as a tile reads its right side: (head, panel, headDim, PANEL), the last panel of a
 * head padded with zeros. The rows of distances are kept in falling order of the distance, which is the order of keys
 * along a row of scores, and {@link #PAD} distances further than they reach, so that a vector of them can be read
 * wherever any of its lanes lies within.
 */
final class VectorPositions implements PackedPositions {
    /** Distances beyond the reach on either side, for which the furthest row stands. */
    static final int PAD = GemmTiles.PANEL;

    private static final int PANEL = GemmTiles.PANEL;

    private final int fromHead;
    private final int heads;
    private final int headDim;
    private final Operands operands;
    private final int rows;
    private final float[] keys;
    private final float[] queries;
    private final int[] falling;
    private final int[] skewed;
    private final boolean stepwise;

    private VectorPositions(
            int fromHead,
            int heads,
            int headDim,
            Operands operands,
            int rows,
            float[] keys,
            float[] queries,
            int[] falling,
            int[] skewed) {
        this.fromHead = fromHead;
        this.heads = heads;
        this.headDim = headDim;
        this.operands = operands;
        this.rows = rows;
        this.keys = keys;
        this.queries = queries;
        this.falling = falling;
        this.skewed = skewed;
        stepwise = isStepwise(falling);
    }

    /** Packs the columns of the heads {@code fromHead} to {@code toHead - 1}. */
    static VectorPositions pack(
            RelativePositions.Disentangled terms, int fromHead, int toHead, int headDim, Operands operands) {
        int reach = terms.reach();
        var falling = new int[Checks.arrayLength("pack", 2L * (reach + (long) PAD) + 1, 1)];
        for (int i = 0; i < falling.length; i++) {
            falling[i] = terms.bucket(reach + PAD - i);
        }
        int stride = PositionTerms.stride(terms.rows());
        Checks.arrayLength("pack", falling.length, stride);
        var skewed = new int[falling.length];
        for (int i = 0; i < falling.length; i++) {
            skewed[i] = falling[i] + i * stride;
        }
        return new VectorPositions(
                fromHead,
                toHead,
                headDim,
                operands,
                terms.rows(),
                pack(terms.keys(), terms, fromHead, toHead, headDim),
                pack(terms.queries(), terms, fromHead, toHead, headDim),
                falling,
                skewed);
    }

    /**
     * What this sibling packed.
     *
     * @throws IllegalArgumentException if another did
     */
    static VectorPositions own(PackedPositions positions) {
        if (positions instanceof VectorPositions own) {
            return own;
        }
        throw Checks.foreign(positions, "vector");
    }

    private static float[] pack(
            MemorySegment segment, RelativePositions.Disentangled terms, int fromHead, int toHead, int headDim) {
        if (segment == null) {
            return null;
        }
        long padded = Lanes.padToPanel(terms.rows());
        var table = new float[Checks.arrayLength("pack", padded * headDim, toHead - fromHead)];
        var source = Heap.array(segment);
        int to = 0;
        for (int head = fromHead; head < toHead; head++) {
            for (int first = 0; first < padded; first += PANEL) {
                for (int row = first; row < Math.min(first + PANEL, terms.rows()); row++) {
                    int from = Heap.offset(segment) + row * terms.stride() + head * headDim;
                    for (int d = 0; d < headDim; d++) {
                        table[to + d * PANEL + row - first] = source[from + d];
                    }
                }
                to += headDim * PANEL;
            }
        }
        return table;
    }

    /** Whether the row of a distance is that of the one below or the next. */
    private static boolean isStepwise(int[] falling) {
        for (int i = 1; i < falling.length; i++) {
            int step = falling[i - 1] - falling[i];
            if (step != 0 && step != 1) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int reach() {
        return falling.length / 2 - PAD;
    }

    @Override
    public int heads() {
        return heads;
    }

    @Override
    public int headDim() {
        return headDim;
    }

    @Override
    public Operands operands() {
        return operands;
    }

    @Override
    public long bytes() {
        long floats = (keys == null ? 0 : keys.length) + (queries == null ? 0 : (long) queries.length);
        return floats * Float.BYTES + 2L * falling.length * Integer.BYTES;
    }

    /** Rows of a table. */
    int rows() {
        return rows;
    }

    /** Content to position, or null. */
    float[] keys() {
        return keys;
    }

    /** Position to content, or null. */
    float[] queries() {
        return queries;
    }

    /** Where in a table the panels of a head begin. */
    int panels(int head) {
        return (head - fromHead) * (int) Lanes.padToPanel(rows) * headDim;
    }

    /** Rows by falling distance: that of a distance d is at {@code reach + PAD - d}. */
    int[] falling() {
        return falling;
    }

    /**
     * {@link #falling()} plus {@link PositionTerms#stride} times the index: how far from each other the products lie
     * that one query picks from the rows of key after key.
     */
    int[] skewed() {
        return skewed;
    }

    /**
     * Whether the row of a distance is that of the one below or the next: then the rows of neighbouring distances are
     * neighbours or the same, and the greatest distance has the last row.
     */
    boolean isStepwise() {
        return stepwise;
    }

    /** The row for a distance. */
    int row(int distance) {
        return falling[Math.clamp(falling.length / 2 - (long) distance, 0, falling.length - 1)];
    }
}
