package dev.kanmon.train.model;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.config.DebertaV2Config;
import dev.kanmon.engine.encoder.LayerNorm;
import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;

/**
 * DeBERTa's embeddings of relative positions, normalised where the model does so. Of the table only those rows take part in
 * a pass that its longest sequence has distances for.
 */
final class PositionTable {

    private final DebertaV2Config.RelativePositions config;
    private final int size;
    private final Parameter table;
    private final NormGradient norm;
    private final Buffer normed;
    private int first;
    private int rows;
    private int[] buckets;

    PositionTable(DebertaV2Config deberta, TrainableWeights weights) {
        Kernels kernels = weights.kernelsToTrain();
        config = deberta.positions();
        size = deberta.hiddenSize();
        table = weights.parameter("encoder.rel_embeddings.weight");
        norm = config.normalised()
                ? new NormGradient(
                        new LayerNorm(
                                weights.parameter("encoder.LayerNorm.weight").value(),
                                weights.parameter("encoder.LayerNorm.bias").value(),
                                deberta.epsilon(),
                                size),
                        weights)
                : null;
        normed = new Buffer(kernels);
    }

    boolean learns() {
        return !table.frozen() || norm != null && norm.learns();
    }

    /** Makes the rows of this pass. */
    void begin(TrainingPass pass) {
        TokenBatch batch = pass.batch();
        int reach = Math.min(config.furthest(), batch.length(batch.longest(0)) - 1);
        first = config.row(-reach);
        rows = config.row(reach) - first + 1;
        buckets = new int[2 * reach + 1];
        for (int distance = -reach; distance <= reach; distance++) {
            buckets[distance + reach] = config.row(distance) - first;
        }
        MemorySegment out = normed.floats((long) rows * size);
        Matrices.copy(used(table.value()), out, (long) rows * size);
        if (norm != null) {
            norm.forward(pass.kernels(), rows, out, size);
        }
    }

    private MemorySegment used(MemorySegment whole) {
        return Matrices.part(whole, (long) first * size, (long) rows * size);
    }

    /** Rows that take part. */
    int rows() {
        return rows;
    }

    /** The row, of those that take part, of each distance from the least to the greatest. */
    int[] buckets() {
        return buckets;
    }

    /** (rows, hidden size): those that take part, normalised. */
    MemorySegment normed() {
        return normed.get();
    }

    /**
     * Adds to the gradients of table and normalisation.
     *
     * @param d gradient of {@link #normed}, overwritten
     */
    void backward(TrainingPass pass, MemorySegment d) {
        if (norm != null) {
            RowBlock all = new RowBlock(0, 0, rows, 0);
            norm.ready(1);
            norm.backward(pass, all, used(table.value()), d, d);
            norm.fold(pass.kernels());
        }
        if (!table.frozen()) {
            pass.kernels().add(rows, size, used(table.gradient()), size, null, d, size);
        }
    }
}
