package dev.kanmon.engine.family;

import dev.kanmon.engine.config.DebertaV2Config;
import dev.kanmon.engine.encoder.Dense;
import dev.kanmon.engine.encoder.LayerNorm;
import dev.kanmon.engine.weights.WeightSource;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.RelativePositions.Disentangled;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * DeBERTa's attention (He et al. 2021, equation 4). The projections of relative positions depend on the weights alone,
 * so they are computed once, when the model is loaded.
 */
final class DisentangledAttention {

    private final DebertaV2Config config;
    private final DebertaV2Config.RelativePositions positions;
    private final WeightSource weights;
    private final MemorySegment table;
    private final int[] buckets;
    private MemorySegment first;
    private MemorySegment second;
    private boolean warm;
    private final Map<String, Dense> projections = new HashMap<>();

    DisentangledAttention(DebertaV2Config config, WeightSource weights) throws ModelFormatException {
        this.config = config;
        this.positions = config.positions();
        this.weights = weights;
        this.table = positions.used() ? table() : null;
        this.buckets = positions.used() ? buckets() : null;
    }

    /** (rows, hidden size): the embeddings of relative positions. */
    private MemorySegment table() throws ModelFormatException {
        int hidden = config.hiddenSize();
        int rows = 2 * positions.span();
        MemorySegment embeddings = weights.table("encoder.rel_embeddings.weight", rows, hidden);
        if (positions.normalised()) {
            LayerNorm norm = weights.layerNorm("encoder.LayerNorm", hidden, config.epsilon());
            weights.kernels().ifPresent(kernels -> norm.apply(kernels, rows, embeddings, null, null, embeddings));
        }
        return embeddings;
    }

    private int[] buckets() {
        int reach = positions.furthest();
        int[] rows = new int[2 * reach + 1];
        for (int distance = -reach; distance <= reach; distance++) {
            rows[distance + reach] = positions.row(distance);
        }
        return rows;
    }

    /** Queries, keys and values of the layer whose attention has its tensors below {@code prefix}. */
    Dense projections(String prefix) throws ModelFormatException {
        int hidden = config.hiddenSize();
        Dense dense = BertBlocks.projections(prefix, List.of("query_proj", "key_proj", "value_proj"), hidden, weights);
        projections.put(prefix, dense);
        return dense;
    }

    /** What that layer's attention computes. */
    AttentionShape shape(String prefix) throws ModelFormatException {
        int headDim = config.hiddenSize() / config.heads();
        int terms = 1 + (positions.contentToPosition() ? 1 : 0) + (positions.positionToContent() ? 1 : 0);
        AttentionShape shape = AttentionShape.full(headDim, (float) (1 / Math.sqrt((double) headDim * terms)))
                .withOperands(projections.get(prefix).operands());
        if (!positions.used() || terms == 1) {
            return shape;
        }
        return positions.sharedKeys() ? shared(shape, projections.remove(prefix)) : separate(shape, prefix);
    }

    /** The content's own matrices project positions too: of its columns of queries, keys and values, the last are left empty. */
    private AttentionShape shared(AttentionShape shape, Dense qkv) {
        if (weights.kernels().isEmpty()) {
            return shape;
        }
        int hidden = config.hiddenSize();
        MemorySegment projected =
                project(qkv, 2 * hidden, first, weights.kernels().get());
        first = projected;
        return packed(
                shape,
                new Disentangled(
                        positions.contentToPosition() ? projected.asSlice((long) hidden * Float.BYTES) : null,
                        positions.positionToContent() ? projected : null,
                        3 * hidden,
                        2 * positions.span(),
                        buckets),
                weights.kernels().get());
    }

    private AttentionShape separate(AttentionShape shape, String prefix) throws ModelFormatException {
        int hidden = config.hiddenSize();
        Dense keys =
                positions.contentToPosition() ? weights.dense(prefix + "pos_key_proj", hidden, hidden, true) : null;
        Dense queries =
                positions.positionToContent() ? weights.dense(prefix + "pos_query_proj", hidden, hidden, true) : null;
        if (weights.kernels().isEmpty()) {
            return shape;
        }
        Kernels kernels = weights.kernels().get();
        first = keys == null ? null : project(keys, hidden, first, kernels);
        second = queries == null ? null : project(queries, hidden, second, kernels);
        return packed(shape, new Disentangled(first, second, hidden, 2 * positions.span(), buckets), kernels);
    }

    private AttentionShape packed(AttentionShape shape, Disentangled terms, Kernels kernels) {
        return shape.withPositions(kernels.pack(terms, config.heads(), shape.headDim(), shape.operands()));
    }

    /**
     * Projects the positions.
     *
     * @param room where to; null for none yet
     */
    private MemorySegment project(Dense dense, int columns, MemorySegment room, Kernels kernels) {
        int rows = 2 * positions.span();
        // All layers have the same sizes; what is packed is no longer needed.
        MemorySegment projected = room != null ? room : kernels.allocate((long) rows * dense.outputs());
        // The first product finds its kernels uncompiled, when vectors are objects: on one thread it leaves a processor
        // to the compiler, and half the garbage.
        dense.apply(kernels, warm ? weights.pieces() : Pieces.inOrder(), rows, columns, table, projected);
        warm = true;
        return projected;
    }
}
