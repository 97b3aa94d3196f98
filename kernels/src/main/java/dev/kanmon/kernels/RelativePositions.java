package dev.kanmon.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * What the distance between a query and a key adds to their score. Distances that lie further than the tables
 * reach count as the furthest. Tables belong to the kernels that allocated them and are only read; they must stay
 * as they are while attention runs.
 */
public sealed interface RelativePositions
        permits RelativePositions.Bias, RelativePositions.Disentangled, PackedPositions {

    /** The distance up to which the tables tell distances apart, at least 0. */
    int reach();

    /**
     * A learned number for each head and distance, as in T5 and MPNet (Raffel et al. 2020, section 2.1): added to
     * the score after {@link AttentionShape#scale}, score(i, j) += bias[head][j - i + reach].
     *
     * @param bias (heads, 2 · reach + 1)
     * @param reach greatest distance with a number of its own
     */
    record Bias(MemorySegment bias, int reach) implements RelativePositions {
        public Bias {
            Objects.requireNonNull(bias, "bias");
            requireReach(reach);
        }
    }

    /**
     * Disentangled attention (He et al. 2021, "DeBERTa", equation 4): content to position and position to content.
     * Before the scaling, score(i, j) += q[i] · keys[b] + queries[b] · k[j], where b = buckets[i - j + reach] and rows
     * of the tables have a column for each column of q. {@link Kernels#pack(Disentangled, int, int, Operands)} brings them into the
     * order that a sibling computes on.
     *
     * @param keys projected positions as keys: rows of stride {@code stride}; null leaves out content to position
     * @param queries projected positions as queries, likewise; null leaves out position to content
     * @param stride row stride of both tables, at least the columns of all query heads
     * @param rows rows of each table
     * @param buckets row for each distance i - j from -reach to reach; not copied, must not be changed
     */
    record Disentangled(MemorySegment keys, MemorySegment queries, int stride, int rows, int[] buckets)
            implements RelativePositions {
        public Disentangled {
            if (buckets.length % 2 == 0) {
                throw new IllegalArgumentException(
                        "buckets: found " + buckets.length + ", expected an odd number, one for each distance");
            }
            for (int i = 0; i < buckets.length; i++) {
                if (buckets[i] < 0 || buckets[i] >= rows) {
                    throw new IllegalArgumentException("buckets: distance " + (i - buckets.length / 2) + " has row "
                            + buckets[i] + ", expected one in [0, " + rows + ")");
                }
            }
        }

        @Override
        public int reach() {
            return buckets.length / 2;
        }

        /** The row for the distance i - j. */
        public int bucket(int distance) {
            return buckets[Math.clamp(distance, -reach(), reach()) + reach()];
        }
    }

    private static void requireReach(int reach) {
        if (reach < 0) {
            throw new IllegalArgumentException("reach: found " + reach + ", expected 0 or more");
        }
    }
}
