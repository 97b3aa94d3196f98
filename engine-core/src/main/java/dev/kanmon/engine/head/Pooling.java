package dev.kanmon.engine.head;

import dev.kanmon.engine.batch.TokenBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The hidden state that stands for a whole sequence. Immutable. */
public sealed interface Pooling {

    /**
     * Writes one row for each sequence.
     *
     * @param hidden (tokens, size)
     * @param pooled (sequences, size), overwritten
     */
    void pool(TokenBatch batch, MemorySegment hidden, int size, MemorySegment pooled);

    /** Whether it looks at tokens that are masked. */
    default boolean needsMasked() {
        return false;
    }

    /** The first token's. */
    record First() implements Pooling {
        @Override
        public void pool(TokenBatch batch, MemorySegment hidden, int size, MemorySegment pooled) {
            for (int s = 0; s < batch.sequences(); s++) {
                row(hidden, batch.start(s), size, pooled, s);
            }
        }
    }

    /**
     * The last token's that is not padding, by its id and not by the mask, as the reference has it
     * (transformers, {@code GenericForSequenceClassification}).
     *
     * @param padding id of the padding token, -1 for none
     */
    record Last(int padding) implements Pooling {
        @Override
        public void pool(TokenBatch batch, MemorySegment hidden, int size, MemorySegment pooled) {
            for (int s = 0; s < batch.sequences(); s++) {
                Pooling.row(hidden, row(batch, s), size, pooled, s);
            }
        }

        /** The row of the batch that stands for sequence {@code s}. */
        public int row(TokenBatch batch, int s) {
            int start = batch.start(s);
            int last = start + batch.length(s) - 1;
            while (last > start && batch.id(last) == padding) {
                last--;
            }
            return last;
        }

        @Override
        public boolean needsMasked() {
            return true;
        }
    }

    /** The mean of the tokens that are not masked. */
    record Mean() implements Pooling {
        @Override
        public void pool(TokenBatch batch, MemorySegment hidden, int size, MemorySegment pooled) {
            double[] sum = new double[size];
            float[] row = new float[size];
            for (int s = 0; s < batch.sequences(); s++) {
                Arrays.fill(sum, 0);
                int count = 0;
                for (int token = batch.start(s); token < batch.start(s) + batch.length(s); token++) {
                    if (!batch.isMasked(token)) {
                        MemorySegment.copy(hidden, ValueLayout.JAVA_FLOAT, rowBytes(token, size), row, 0, size);
                        for (int c = 0; c < size; c++) {
                            sum[c] += row[c];
                        }
                        count++;
                    }
                }
                for (int c = 0; c < size; c++) {
                    row[c] = (float) (sum[c] / count);
                }
                MemorySegment.copy(row, 0, pooled, ValueLayout.JAVA_FLOAT, rowBytes(s, size), size);
            }
        }
    }

    private static void row(MemorySegment from, int row, int size, MemorySegment to, int toRow) {
        MemorySegment.copy(from, rowBytes(row, size), to, rowBytes(toRow, size), rowBytes(1, size));
    }

    private static long rowBytes(int row, int size) {
        return (long) row * size * Float.BYTES;
    }
}
