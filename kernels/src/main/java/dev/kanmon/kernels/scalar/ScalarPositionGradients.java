package dev.kanmon.kernels.scalar;

import dev.kanmon.kernels.AttentionGradients.PositionGradients;
import dev.kanmon.kernels.PackedPositions;
import dev.kanmon.kernels.RelativePositions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What positions add to the gradients of a head's queries and keys, and the gradients of their tables. */
final class ScalarPositionGradients {
    private final ScalarHead in;
    private final PositionGradients to;
    private final double[] bias;
    private final double[][] keys;
    private final double[][] queries;

    ScalarPositionGradients(ScalarHead in, PositionGradients to) {
        this.in = in;
        this.to = to;
        int headDim = in.shape.headDim();
        bias = to.bias() == null ? null : new double[2 * in.shape.positions().reach() + 1];
        keys = to.keys() == null ? null : new double[in.positionKeys.length][headDim];
        queries = to.queries() == null ? null : new double[in.positionQueries.length][headDim];
    }

    /** What the gradient of one score gives. */
    void add(int query, int key, double dScore, double[] dQuery, double[] dKey) {
        switch (in.shape.positions()) {
            case null -> {}
            case RelativePositions.Bias _ -> {
                if (bias != null) {
                    bias[in.column(query, key)] += dScore;
                }
            }
            case RelativePositions.Disentangled terms -> {
                int row = terms.bucket(query - key);
                if (in.positionKeys != null) {
                    ScalarHead.multiplyAdd(dScore, in.positionKeys[row], dQuery);
                }
                if (in.positionQueries != null) {
                    ScalarHead.multiplyAdd(dScore, in.positionQueries[row], dKey);
                }
                if (keys != null) {
                    ScalarHead.multiplyAdd(dScore, in.q[query], keys[row]);
                }
                if (queries != null) {
                    ScalarHead.multiplyAdd(dScore, in.k[key], queries[row]);
                }
            }
            case PackedPositions _ -> throw new AssertionError("packed positions were refused");
        }
    }

    /** Adds the sums of a head to the tables. */
    void write() {
        if (bias != null) {
            add(new double[][] {bias}, 1, to.bias(), 0, in.head * bias.length);
        }
        if (in.shape.positions() instanceof RelativePositions.Disentangled terms) {
            int column = in.head * in.shape.headDim();
            if (keys != null) {
                add(keys, in.shape.scale(), to.keys(), terms.stride(), column);
            }
            if (queries != null) {
                add(queries, in.shape.scale(), to.queries(), terms.stride(), column);
            }
        }
    }

    private static void add(double[][] x, double factor, MemorySegment to, int ld, int column) {
        for (int row = 0; row < x.length; row++) {
            for (int j = 0; j < x[row].length; j++) {
                long at = (long) row * ld + column + j;
                double sum = to.getAtIndex(ValueLayout.JAVA_FLOAT, at) + factor * x[row][j];
                to.setAtIndex(ValueLayout.JAVA_FLOAT, at, (float) sum);
            }
        }
    }
}
