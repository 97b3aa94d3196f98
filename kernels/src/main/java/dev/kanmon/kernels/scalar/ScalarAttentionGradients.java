package dev.kanmon.kernels.scalar;

import dev.kanmon.kernels.AttentionGradients;
import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.common.AttentionGradientChecks;
import dev.kanmon.kernels.common.Checks;
import java.lang.foreign.MemorySegment;

/** Attention for training as plain loops: the definition, and the oracle of the tests. */
public final class ScalarAttentionGradients implements AttentionGradients {
    private final Checks memory;

    /** For operands in this kind of memory. */
    public ScalarAttentionGradients(Checks memory) {
        this.memory = memory;
    }

    @Override
    public int scratch(AttentionShape shape, int length) {
        AttentionGradientChecks.scratch(shape, length);
        Checks.arrayLength("attention", length, shape.headDim());
        return 0;
    }

    @Override
    public void forward(
            AttentionShape shape,
            int length,
            int fromHead,
            int toHead,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            int ldqkv,
            MemorySegment keyMask,
            Dropout dropout,
            MemorySegment out,
            int ldo,
            float[] scratch) {
        AttentionGradientChecks.forward(
                memory, shape, length, fromHead, toHead, q, k, v, ldqkv, keyMask, out, ldo, scratch, 0);
        for (int head = fromHead; head < toHead; head++) {
            var in = new ScalarHead(shape, length, head, q, k, v, ldqkv, keyMask);
            var outputs = new double[length][shape.headDim()];
            for (int query = 0; query < length; query++) {
                var weights = in.weights(query);
                drop(dropout, head, query, weights);
                for (int key = shape.firstKey(query); key < shape.endOfKeys(query, length); key++) {
                    ScalarHead.multiplyAdd(weights[key], in.v[key], outputs[query]);
                }
            }
            ScalarHead.write(outputs, 1, out, ldo, head * shape.headDim());
        }
    }

    @Override
    public void backward(
            AttentionShape shape,
            int length,
            int fromHead,
            int toHead,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            int ldqkv,
            MemorySegment keyMask,
            Dropout dropout,
            MemorySegment dOut,
            int ldo,
            MemorySegment dq,
            MemorySegment dk,
            MemorySegment dv,
            PositionGradients positions,
            float[] scratch) {
        AttentionGradientChecks.backward(
                memory, shape, length, fromHead, toHead, q, k, v, ldqkv, keyMask, dOut, ldo, dq, dk, dv, positions,
                scratch, 0);
        int headDim = shape.headDim();
        var dKeys = new double[length][headDim];
        var dValues = new double[length][headDim];
        for (int head = fromHead; head < toHead; head++) {
            var in = new ScalarHead(shape, length, head, q, k, v, ldqkv, keyMask);
            var dOutputs = ScalarHead.read(dOut, length, headDim, ldo, head * headDim);
            var dQueries = new double[length][headDim];
            var dPositions = new ScalarPositionGradients(in, positions);
            for (int query = 0; query < length; query++) {
                var weights = in.weights(query);
                var dropped = weights.clone();
                drop(dropout, head, query, dropped);
                int from = shape.firstKey(query);
                int to = shape.endOfKeys(query, length);
                var dWeights = new double[length];
                double mean = 0;
                for (int key = from; key < to; key++) {
                    dWeights[key] = ScalarHead.dot(dOutputs[query], in.v[key]);
                    ScalarHead.multiplyAdd(dropped[key], dOutputs[query], dValues[key]);
                }
                drop(dropout, head, query, dWeights);
                for (int key = from; key < to; key++) {
                    mean += weights[key] * dWeights[key];
                }
                for (int key = from; key < to; key++) {
                    double dScore = weights[key] * (dWeights[key] - mean);
                    ScalarHead.multiplyAdd(dScore, in.k[key], dQueries[query]);
                    ScalarHead.multiplyAdd(dScore, in.q[query], dKeys[key]);
                    dPositions.add(query, key, dScore, dQueries[query], dKeys[key]);
                }
            }
            ScalarHead.write(dQueries, shape.scale(), dq, ldqkv, head * headDim);
            dPositions.write();
            if ((head + 1) % shape.group() == 0 || head + 1 == toHead) {
                int keyColumn = head / shape.group() * headDim;
                ScalarHead.write(dKeys, shape.scale(), dk, ldqkv, keyColumn);
                ScalarHead.write(dValues, 1, dv, ldqkv, keyColumn);
                dKeys = new double[length][headDim];
                dValues = new double[length][headDim];
            }
        }
    }

    /** Multiplies a query's row by the dropout. */
    private static void drop(Dropout dropout, int head, int query, double[] row) {
        if (dropout != null) {
            for (int key = 0; key < row.length; key++) {
                row[key] = dropout.keeps(head, query, key) ? row[key] * dropout.scale() : 0;
            }
        }
    }
}
