package dev.kanmon.kernels.scalar;

import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.PackedPositions;
import dev.kanmon.kernels.RelativePositions;
import dev.kanmon.kernels.common.Heap;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Attention of one sequence, a query at a time. */
final class ScalarAttention {
    private final AttentionShape shape;
    private final int length;
    private final int headDim;
    private final MemorySegment mask;
    // keys[d][t], values[t][d] of one head: arrays of their own let C2 vectorise the sums, see ScalarMatrix
    private final float[][] keys;
    private final float[][] values;
    private final float[] scores;
    private final float[] sums;

    ScalarAttention(AttentionShape shape, int length, MemorySegment mask) {
        this.shape = shape;
        this.length = length;
        this.mask = mask;
        headDim = shape.headDim();
        keys = new float[headDim][length];
        values = new float[length][headDim];
        scores = new float[length];
        sums = new float[headDim];
    }

    void head(
            int head,
            int queries,
            MemorySegment q,
            int ldq,
            MemorySegment k,
            MemorySegment v,
            int ldkv,
            MemorySegment out,
            int ldo) {
        int column = head * headDim;
        int keyColumn = head / shape.group() * headDim;
        for (int t = 0; t < length; t++) {
            int kRow = Heap.offset(k) + t * ldkv + keyColumn;
            for (int d = 0; d < headDim; d++) {
                keys[d][t] = Heap.array(k)[kRow + d];
            }
            System.arraycopy(Heap.array(v), Heap.offset(v) + t * ldkv + keyColumn, values[t], 0, headDim);
        }
        int first = length - queries;
        for (int t = first; t < length; t++) {
            int query = Heap.offset(q) + (t - first) * ldq + column;
            Arrays.fill(scores, 0);
            for (int d = 0; d < headDim; d++) {
                multiplyAdd(Heap.array(q)[query + d], keys[d], scores);
            }
            addPositions(head, t, Heap.array(q), query);
            softmax(shape.firstKey(t), shape.endOfKeys(t, length));
            Arrays.fill(sums, 0);
            for (int key = shape.firstKey(t); key < shape.endOfKeys(t, length); key++) {
                multiplyAdd(scores[key], values[key], sums);
            }
            System.arraycopy(sums, 0, Heap.array(out), Heap.offset(out) + (t - first) * ldo + column, headDim);
        }
    }

    /** Scales the scores of the query at place {@code t} and adds what distance and mask say. */
    private void addPositions(int head, int t, float[] q, int query) {
        for (int key = shape.firstKey(t); key < shape.endOfKeys(t, length); key++) {
            float score = scores[key];
            float bias = mask == null ? 0 : Heap.array(mask)[Heap.offset(mask) + key];
            switch (shape.positions()) {
                case null -> {}
                case RelativePositions.Bias(MemorySegment table, int reach) -> {
                    int distance = Math.clamp(key - t, -reach, reach);
                    bias += Heap.array(table)[Heap.offset(table) + head * (2 * reach + 1) + distance + reach];
                }
                case RelativePositions.Disentangled terms -> score += disentangled(terms, head, t, key, q, query);
                case PackedPositions packed ->
                    score += disentangled(((ScalarPositions) packed).terms(), head, t, key, q, query);
            }
            scores[key] = score * shape.scale() + bias;
        }
    }

    /** Content to position and position to content. */
    private float disentangled(RelativePositions.Disentangled terms, int head, int t, int key, float[] q, int query) {
        int row = terms.bucket(t - key) * terms.stride() + head * headDim;
        float sum = 0;
        if (terms.keys() != null) {
            float[] positions = Heap.array(terms.keys());
            int at = Heap.offset(terms.keys()) + row;
            for (int d = 0; d < headDim; d++) {
                sum += q[query + d] * positions[at + d];
            }
        }
        if (terms.queries() != null) {
            float[] positions = Heap.array(terms.queries());
            int at = Heap.offset(terms.queries()) + row;
            for (int d = 0; d < headDim; d++) {
                sum += keys[d][key] * positions[at + d];
            }
        }
        return sum;
    }

    /** The softmax of the scores {@code from} to {@code to - 1}. */
    private void softmax(int from, int to) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int j = from; j < to; j++) {
            largest = Math.max(largest, scores[j]);
        }
        double sum = 0;
        for (int j = from; j < to; j++) {
            double weight = Math.exp((double) scores[j] - largest);
            scores[j] = (float) weight;
            sum += weight;
        }
        for (int j = from; j < to; j++) {
            scores[j] = (float) (scores[j] / sum);
        }
    }

    private static void multiplyAdd(float factor, float[] b, float[] c) {
        for (int j = 0; j < c.length; j++) {
            c[j] += factor * b[j];
        }
    }
}
