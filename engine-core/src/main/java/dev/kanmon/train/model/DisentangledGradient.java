package dev.kanmon.train.model;

import dev.kanmon.kernels.AttentionGradients.PositionGradients;
import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.RelativePositions.Disentangled;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Consumer;

/**
 * One layer's projections of relative positions that learn: by matrices of their own, or by the content's queries and keys.
 * The embeddings of positions are dropped from as hidden states are (transformers, {@code DisentangledSelfAttention}).
 */
final class DisentangledGradient implements PositionsGradient {

    /**
     * A projection that positions go through.
     *
     * @param dense the matrix
     * @param made (rows, outputs) in this pass
     * @param gradient of the same
     */
    private record Projection(DenseGradient dense, Buffer made, Buffer gradient) {
        static Projection of(DenseGradient dense, Kernels kernels) {
            return new Projection(dense, new Buffer(kernels), new Buffer(kernels));
        }

        long floats(int rows) {
            return (long) rows * dense.outputs();
        }
    }

    private final PositionTable table;
    private final boolean firstLayer;
    private final int size;
    private final long site;
    private final boolean contentToPosition;
    private final boolean positionToContent;

    /** Of queries, keys and values together, where positions share the content's matrices; else null. */
    private final Projection shared;

    private final Projection keys;
    private final Projection queries;
    private final Buffer dropped;
    private final Buffer dInput;

    private DisentangledGradient(
            PositionTable table,
            int layer,
            int size,
            Projection shared,
            Projection keys,
            Projection queries,
            boolean contentToPosition,
            boolean positionToContent,
            Kernels kernels) {
        this.table = table;
        this.firstLayer = layer == 0;
        this.size = size;
        this.site = TrainingPass.site(layer) + 3;
        this.shared = shared;
        this.keys = keys;
        this.queries = queries;
        this.contentToPosition = contentToPosition;
        this.positionToContent = positionToContent;
        dropped = new Buffer(kernels);
        dInput = new Buffer(kernels);
    }

    /** Through the content's own matrix of queries, keys and values. */
    static DisentangledGradient shared(
            PositionTable table, int layer, int size, DenseGradient qkv, boolean c2p, boolean p2c, Kernels kernels) {
        return new DisentangledGradient(table, layer, size, Projection.of(qkv, kernels), null, null, c2p, p2c, kernels);
    }

    /** Through matrices of their own; either may be null. */
    static DisentangledGradient separate(
            PositionTable table, int layer, int size, DenseGradient keys, DenseGradient queries, Kernels kernels) {
        return new DisentangledGradient(
                table,
                layer,
                size,
                null,
                keys == null ? null : Projection.of(keys, kernels),
                queries == null ? null : Projection.of(queries, kernels),
                keys != null,
                queries != null,
                kernels);
    }

    private List<Projection> projections() {
        return shared != null
                ? List.of(shared)
                : keys == null ? List.of(queries) : queries == null ? List.of(keys) : List.of(keys, queries);
    }

    @Override
    public List<DenseGradient> matrices() {
        return shared != null
                ? List.of() // the layer's own
                : projections().stream().map(Projection::dense).toList();
    }

    @Override
    public boolean learns() {
        return table.learns() || projections().stream().anyMatch(projection -> projection.dense.learns());
    }

    /** Runs {@code work} on no more blocks of the table's rows than a pass has: sums over rows have places for so many. */
    private void overRows(TrainingPass pass, Consumer<RowBlock> work) {
        int rows = table.rows();
        int each =
                Math.ceilDiv(rows, Math.min(pass.blocks(), 2 * pass.parallel().width()));
        pass.parallel()
                .run(
                        Math.ceilDiv(rows, each),
                        (index, worker) -> work.accept(
                                new RowBlock(index, index * each, Math.min(each, rows - index * each), worker)));
    }

    @Override
    public void forward(TrainingPass pass) {
        if (firstLayer) {
            table.begin(pass);
        }
        int rows = table.rows();
        boolean drops = pass.dropout() != null && pass.dropout().hidden() > 0;
        MemorySegment in = drops ? dropped.floats((long) rows * size) : table.normed();
        projections().forEach(projection -> projection.made.floats(projection.floats(rows)));
        overRows(pass, block -> {
            MemorySegment x = block.of(in, size);
            if (drops) {
                Matrices.copy(block.of(table.normed(), size), x, block.count(size));
                pass.dropHidden(block, size, x, site);
            }
            for (Projection projection : projections()) {
                projection.dense.forward(
                        pass, block, x, size, block.of(projection.made.get(), projection.dense.outputs()));
            }
        });
    }

    /** What the projections read in this pass. */
    private MemorySegment input(TrainingPass pass) {
        return pass.dropout() != null && pass.dropout().hidden() > 0 ? dropped.get() : table.normed();
    }

    @Override
    public AttentionShape of(AttentionShape shape) {
        MemorySegment asKeys;
        MemorySegment asQueries;
        if (shared != null) {
            asKeys = contentToPosition ? Matrices.skip(shared.made.get(), size) : null;
            asQueries = positionToContent ? shared.made.get() : null;
        } else {
            asKeys = keys == null ? null : keys.made.get();
            asQueries = queries == null ? null : queries.made.get();
        }
        return shape.withPositions(new Disentangled(asKeys, asQueries, stride(), table.rows(), table.buckets()));
    }

    private int stride() {
        return shared != null ? shared.dense.outputs() : size;
    }

    @Override
    public PositionGradients gradients(TrainingPass pass) {
        for (Projection projection : projections()) {
            long floats = projection.floats(table.rows());
            Matrices.clear(projection.gradient.floats(floats), floats);
        }
        if (shared != null) {
            return new PositionGradients(
                    contentToPosition ? Matrices.skip(shared.gradient.get(), size) : null,
                    positionToContent ? shared.gradient.get() : null,
                    null);
        }
        return new PositionGradients(
                keys == null ? null : keys.gradient.get(), queries == null ? null : queries.gradient.get(), null);
    }

    @Override
    public void backward(TrainingPass pass) {
        MemorySegment d = dInput.floats((long) table.rows() * size);
        overRows(pass, block -> {
            MemorySegment rows = block.of(d, size);
            boolean first = true;
            for (Projection projection : projections()) {
                MemorySegment dOut = block.of(projection.gradient.get(), projection.dense.outputs());
                if (first) {
                    projection.dense.backward(pass, block, dOut, rows);
                } else {
                    projection.dense.backwardAdding(pass, block, dOut, rows);
                }
                first = false;
            }
            pass.dropHidden(block, size, rows, site);
        });
        table.backward(pass, d);
    }

    @Override
    public void weightGradients(TrainingPass pass, WeightGradients products) {
        for (Projection projection : projections()) {
            products.add(
                    projection.dense.matrix(),
                    table.rows(),
                    projection.gradient.get(),
                    projection.dense.outputs(),
                    input(pass),
                    size);
        }
    }
}
