package dev.kanmon.engine.encoder;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.weights.EmbeddingTable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * {@code LayerNorm(word + position + token type)}.
 *
 * @param words (vocabulary, hidden size)
 * @param positions (positions, hidden size)
 * @param types (types, hidden size)
 * @param norm normalises the sum
 */
public record BertEmbeddings(EmbeddingTable words, EmbeddingTable positions, EmbeddingTable types, LayerNorm norm) {

    /** Overwrites {@code x}, the rows of {@code block}, with the embeddings of those tokens. */
    void embed(Pass.Block block, TokenBatch batch, MemorySegment x) {
        int size = norm.size();
        float[] sum = new float[size];
        float[] row = new float[size];
        for (int i = 0; i < block.rows(); i++) {
            int token = block.from() + i;
            words.read(batch.id(token), sum);
            positions.read(batch.position(token), row);
            add(sum, row);
            types.read(batch.typeId(token), row);
            add(sum, row);
            MemorySegment.copy(sum, 0, x, ValueLayout.JAVA_FLOAT, (long) i * size * Float.BYTES, size);
        }
        norm.apply(block, x, null, null);
    }

    private static void add(float[] sum, float[] row) {
        for (int c = 0; c < sum.length; c++) {
            sum[c] += row[c];
        }
    }
}
