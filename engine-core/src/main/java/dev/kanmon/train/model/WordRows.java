package dev.kanmon.train.model;

import dev.kanmon.engine.weights.EmbeddingTable;
import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * Word embeddings that a caller gives, token by token, in place of the table's rows, and the gradient by them. Memory is
 * the kernels' and grows to what is asked for.
 */
final class WordRows {

    private final EmbeddingTable table;
    private final Buffer rows;
    private final Buffer gradient;

    WordRows(EmbeddingTable table, Kernels kernels) {
        this.table = table;
        rows = new Buffer(kernels);
        gradient = new Buffer(kernels);
    }

    /** Those of the model. */
    EmbeddingTable table() {
        return table;
    }

    /** Room for a pass. */
    void begin(int tokens) {
        rows.floats((long) tokens * table.columns());
        gradient.floats((long) tokens * table.columns());
    }

    /** (tokens, size): what the pass reads. */
    MemorySegment rows() {
        return rows.get();
    }

    /** (tokens, size): overwritten by the way back. */
    MemorySegment gradient() {
        return gradient.get();
    }
}
