package dev.kanmon.engine.encoder;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.weights.EmbeddingTable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * {@code word + token type + position}, each from its table.
 *
 * @param words (vocabulary, size)
 * @param types (types, size), or null for none
 * @param positions (positions, size), or null for none
 * @param padding id of a token that takes no position: the others are counted from {@code padding + 1} on, and it
 *     stands at {@code padding} itself; -1 to count every token from 0 on
 */
public record SummedEmbeddings(EmbeddingTable words, EmbeddingTable types, EmbeddingTable positions, int padding)
        implements Embeddings {

    @Override
    public int size() {
        return words.columns();
    }

    @Override
    public void embed(Pass.Block block, TokenBatch batch, MemorySegment x) {
        int size = size();
        float[] sum = new float[size];
        float[] row = new float[size];
        int seen = tokensBefore(batch, block.from());
        for (int i = 0; i < block.rows(); i++) {
            int token = block.from() + i;
            words.read(batch.id(token), sum);
            if (types != null) {
                types.read(batch.typeId(token), row);
                add(sum, row);
            }
            seen = batch.position(token) == 0 ? 0 : seen;
            boolean counts = batch.id(token) != padding;
            if (positions != null) {
                positions.read(counts ? padding + 1 + seen : padding, row);
                add(sum, row);
            }
            seen += counts ? 1 : 0;
            MemorySegment.copy(sum, 0, x, ValueLayout.JAVA_FLOAT, (long) i * size * Float.BYTES, size);
        }
    }

    /** Tokens of the sequence of {@code row} before it, padding not counted. */
    private int tokensBefore(TokenBatch batch, int row) {
        int count = 0;
        for (int before = row - batch.position(row); before < row; before++) {
            count += batch.id(before) == padding ? 0 : 1;
        }
        return count;
    }

    private static void add(float[] sum, float[] row) {
        for (int c = 0; c < sum.length; c++) {
            sum[c] += row[c];
        }
    }
}
