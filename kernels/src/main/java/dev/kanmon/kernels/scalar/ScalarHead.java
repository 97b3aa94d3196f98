package dev.kanmon.kernels.scalar;

import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.PackedPositions;
import dev.kanmon.kernels.RelativePositions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What one head of attention reads, and its weights. Operands of any memory are copied; sums are double. */
final class ScalarHead {
    final AttentionShape shape;
    final int head;
    final float[][] q;
    final float[][] k;
    final float[][] v;
    private final float[] mask;
    /** Rows of the tables of disentangled attention, null for one that there is not. */
    final float[][] positionKeys;

    final float[][] positionQueries;
    private final float[] bias;

    ScalarHead(
            AttentionShape shape,
            int length,
            int head,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            int ld,
            MemorySegment keyMask) {
        this.shape = shape;
        this.head = head;
        int headDim = shape.headDim();
        int keyColumn = head / shape.group() * headDim;
        this.q = read(q, length, headDim, ld, head * headDim);
        this.k = read(k, length, headDim, ld, keyColumn);
        this.v = read(v, length, headDim, ld, keyColumn);
        mask = keyMask == null ? new float[length] : read(keyMask, 1, length, length, 0)[0];
        var terms = shape.positions() instanceof RelativePositions.Disentangled disentangled ? disentangled : null;
        positionKeys = terms == null ? null : table(terms.keys(), terms);
        positionQueries = terms == null ? null : table(terms.queries(), terms);
        bias = shape.positions() instanceof RelativePositions.Bias(MemorySegment table, int reach)
                ? read(table, 1, 2 * reach + 1, 0, head * (2 * reach + 1))[0]
                : null;
    }

    private float[][] table(MemorySegment table, RelativePositions.Disentangled terms) {
        return table == null
                ? null
                : read(table, terms.rows(), shape.headDim(), terms.stride(), head * shape.headDim());
    }

    /** What a query gives each key, after the softmax; 0 for keys that it does not see. */
    double[] weights(int query) {
        var weights = new double[k.length];
        int from = shape.firstKey(query);
        int to = shape.endOfKeys(query, k.length);
        double largest = Double.NEGATIVE_INFINITY;
        for (int key = from; key < to; key++) {
            weights[key] = score(query, key);
            largest = Math.max(largest, weights[key]);
        }
        double sum = 0;
        for (int key = from; key < to; key++) {
            weights[key] = Math.exp(weights[key] - largest);
            sum += weights[key];
        }
        for (int key = from; key < to; key++) {
            weights[key] /= sum;
        }
        return weights;
    }

    private float score(int query, int key) {
        double score = dot(q[query], k[key]);
        float added = mask[key];
        switch (shape.positions()) {
            case null -> {}
            case RelativePositions.Bias _ -> added += bias[column(query, key)];
            case RelativePositions.Disentangled terms -> {
                int row = terms.bucket(query - key);
                score += positionKeys == null ? 0 : dot(q[query], positionKeys[row]);
                score += positionQueries == null ? 0 : dot(positionQueries[row], k[key]);
            }
            case PackedPositions _ -> throw new AssertionError("packed positions were refused");
        }
        // in f32: a mask of -Float.MAX_VALUE is to swallow the score
        return (float) (score * shape.scale()) + added;
    }

    /** Where the bias of a distance lies in the row of its head. */
    int column(int query, int key) {
        int reach = shape.positions().reach();
        return Math.clamp(key - query, -reach, reach) + reach;
    }

    static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) {
            sum += (double) a[d] * b[d];
        }
        return sum;
    }

    static void multiplyAdd(double factor, float[] b, double[] c) {
        for (int d = 0; d < c.length; d++) {
            c[d] += factor * b[d];
        }
    }

    /** Copies columns of a matrix. */
    static float[][] read(MemorySegment x, int rows, int columns, int ld, int column) {
        var copy = new float[rows][columns];
        for (int row = 0; row < rows; row++) {
            for (int j = 0; j < columns; j++) {
                copy[row][j] = x.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * ld + column + j);
            }
        }
        return copy;
    }

    /** Overwrites columns of a matrix with {@code factor} times x. */
    static void write(double[][] x, double factor, MemorySegment to, int ld, int column) {
        for (int row = 0; row < x.length; row++) {
            for (int j = 0; j < x[row].length; j++) {
                to.setAtIndex(ValueLayout.JAVA_FLOAT, (long) row * ld + column + j, (float) (factor * x[row][j]));
            }
        }
    }
}
