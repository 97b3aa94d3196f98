package dev.kanmon.engine.encoder;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.encoder.Workspace.Own;
import dev.kanmon.engine.weights.EmbeddingTable;
import dev.kanmon.kernels.Activation;
import java.lang.foreign.MemorySegment;

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
        int end = block.from() + block.rows();
        int place = positions == null ? 0 : padding + 1 + tokensBefore(batch, block.from());
        for (int from = block.from(); from < end; ) {
            place = batch.position(from) == 0 ? padding + 1 : place;
            int rows = alike(batch, from, end);
            MemorySegment run = Rows.from(x, from - block.from(), size);
            for (int i = 0; i < rows; i++) {
                words.copy(batch.id(from + i), 1, Rows.from(run, i, size));
            }
            boolean counts = batch.id(from) != padding;
            add(block, batch.typeId(from), counts ? place : padding, rows, run);
            place += counts ? rows : 0;
            from += rows;
        }
    }

    /** How many rows from {@code from} on have the same token type and positions that follow each other. */
    private int alike(TokenBatch batch, int from, int end) {
        int row = from + 1;
        while (row < end
                && batch.id(from) != padding
                && batch.id(row) != padding
                && batch.position(row) != 0
                && batch.typeId(row) == batch.typeId(from)) {
            row++;
        }
        return row - from;
    }

    /** Adds the rows of the token type and of positions from {@code place} on to {@code rows} rows of {@code x}. */
    private void add(Pass.Block block, int typeId, int place, int rows, MemorySegment x) {
        int size = size();
        MemorySegment type = types == null ? null : types.rows(typeId, 1, block.own(Own.TYPE, size));
        if (positions != null) {
            MemorySegment places = positions.rows(place, rows, block.own(Own.BRANCH, size));
            block.pass().kernels().add(rows, size, x, size, type, places, size);
        } else if (type != null) {
            block.pass().kernels().activate(rows, size, x, size, type, Activation.NONE);
        }
    }

    /** Tokens of the sequence of {@code row} before it, padding not counted. */
    private int tokensBefore(TokenBatch batch, int row) {
        if (padding < 0) {
            return batch.position(row);
        }
        int count = 0;
        for (int before = row - batch.position(row); before < row; before++) {
            count += batch.id(before) == padding ? 0 : 1;
        }
        return count;
    }
}
