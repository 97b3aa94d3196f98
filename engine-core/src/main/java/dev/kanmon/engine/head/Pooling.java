package dev.kanmon.engine.head;

import dev.kanmon.engine.batch.TokenBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

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
                int start = batch.start(s);
                int last = start + batch.length(s) - 1;
                while (last > start && batch.id(last) == padding) {
                    last--;
                }
                row(hidden, last, size, pooled, s);
            }
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
            for (int s = 0; s < batch.sequences(); s++) {
                double[] sum = new double[size];
                int count = 0;
                for (int row = batch.start(s); row < batch.start(s) + batch.length(s); row++) {
                    if (!batch.isMasked(row)) {
                        for (int c = 0; c < size; c++) {
                            sum[c] += hidden.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * size + c);
                        }
                        count++;
                    }
                }
                for (int c = 0; c < size; c++) {
                    pooled.setAtIndex(ValueLayout.JAVA_FLOAT, (long) s * size + c, (float) (sum[c] / count));
                }
            }
        }
    }

    private static void row(MemorySegment from, int row, int size, MemorySegment to, int toRow) {
        long bytes = (long) size * Float.BYTES;
        MemorySegment.copy(from, row * bytes, to, toRow * bytes, bytes);
    }
}
