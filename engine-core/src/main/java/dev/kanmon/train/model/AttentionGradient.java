package dev.kanmon.train.model;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.encoder.SelfAttention;
import dev.kanmon.kernels.AttentionGradients;
import dev.kanmon.kernels.AttentionGradients.PositionGradients;
import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.train.model.TrainingPass.Shared;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A {@link SelfAttention} that learns. It keeps queries, keys and values, and the context. */
final class AttentionGradient {

    private final SelfAttention attention;
    private final AttentionShape shape;
    private final PositionsGradient positions;
    private final HeadsGradient turns;
    private final DenseGradient projections;
    private final int heads;
    private final int headDim;
    private final int width;
    private final long site;
    private final Buffer qkv;
    private final Buffer context;

    /**
     * @param site of the layer's dropout
     * @param positions what distances add; null for nothing
     */
    AttentionGradient(SelfAttention attention, long site, PositionsGradient positions, TrainableWeights weights) {
        this.attention = attention;
        this.shape = attention.shape();
        this.positions = positions;
        this.site = site;
        projections = weights.dense(attention.qkv());
        heads = attention.heads();
        headDim = shape.headDim();
        width = (heads + 2 * keyHeads()) * headDim;
        turns = new HeadsGradient(attention, width, weights);
        qkv = new Buffer(weights.kernelsToTrain());
        context = new Buffer(weights.kernelsToTrain());
    }

    private int keyHeads() {
        return heads / shape.group();
    }

    private int contextWidth() {
        return heads * headDim;
    }

    List<DenseGradient> matrices() {
        List<DenseGradient> all = new ArrayList<>();
        all.add(projections);
        if (positions != null) {
            all.addAll(positions.matrices());
        }
        return all;
    }

    /** Whether anything beside its matrices learns. */
    boolean learns() {
        return turns.learns() || positions != null && positions.learns();
    }

    void begin(TrainingPass pass) {
        qkv.floats((long) pass.tokens() * width);
        context.floats((long) pass.tokens() * contextWidth());
        turns.begin(pass);
    }

    /** (tokens, columns of the query heads): what attention mixed together. */
    MemorySegment context() {
        return context.get();
    }

    /** From the block's hidden states {@code x} to its queries, keys and values. */
    void project(TrainingPass pass, RowBlock block, MemorySegment x) {
        MemorySegment rows = block.of(qkv.get(), width);
        projections.forward(pass, block, x, projections.inputs(), rows);
        turns.forward(pass, block, rows);
    }

    /** Mixes values; regions of its own. */
    void attend(TrainingPass pass) {
        if (positions != null) {
            positions.forward(pass);
        }
        AttentionShape now = positions == null ? shape : positions.of(shape);
        TokenBatch batch = pass.batch();
        int groups = groups(pass);
        pass.parallel().run(batch.sequences() * groups, (index, worker) -> {
            int group = index % groups;
            attend(pass, now, batch.longest(index / groups), head(group, groups), head(group + 1, groups), worker);
        });
    }

    /** Pieces that the heads of a sequence are cut into; long sequences would leave threads without work otherwise. */
    private int groups(TrainingPass pass) {
        int threads = pass.parallel().width();
        return threads == 1 ? 1 : Math.min(keyHeads(), 2 * threads);
    }

    private int head(int group, int groups) {
        return keyHeads() * group / groups * shape.group();
    }

    private void attend(TrainingPass pass, AttentionShape now, int sequence, int from, int to, int worker) {
        int length = pass.batch().length(sequence);
        int start = pass.batch().start(sequence);
        MemorySegment queries = Matrices.from(qkv.get(), start, width);
        MemorySegment keys = Matrices.skip(queries, contextWidth());
        MemorySegment values = Matrices.skip(keys, (long) keyHeads() * headDim);
        MemorySegment out = Matrices.from(context.get(), start, contextWidth());
        AttentionGradients.Dropout dropout = dropout(pass, sequence);
        if (dropout == null && positions == null) {
            pass.kernels()
                    .attention(
                            now,
                            length,
                            from,
                            to,
                            queries,
                            keys,
                            values,
                            width,
                            pass.keyMask(sequence),
                            out,
                            contextWidth(),
                            pass.attentionScratch(worker, pass.kernels().attentionScratch(now, length)));
        } else {
            pass.attention()
                    .forward(
                            now,
                            length,
                            from,
                            to,
                            queries,
                            keys,
                            values,
                            width,
                            pass.keyMask(sequence),
                            dropout,
                            out,
                            contextWidth(),
                            pass.attentionScratch(worker, pass.attention().scratch(now, length)));
        }
    }

    private AttentionGradients.Dropout dropout(TrainingPass pass, int sequence) {
        return pass.dropout() == null || pass.dropout().attention() == 0
                ? null
                : new AttentionGradients.Dropout(pass.dropout().attention(), pass.seed(site, sequence));
    }

    void beginBackward(TrainingPass pass) {
        pass.shared(Shared.QKV, width);
        turns.ready(pass.blocks());
    }

    /** From {@link Shared#CONTEXT} to {@link Shared#QKV}; regions of its own. */
    void attendBackward(TrainingPass pass) {
        AttentionShape now = positions == null ? shape : positions.of(shape);
        TokenBatch batch = pass.batch();
        if (positions != null && positions.learns()) {
            // Sums over sequences: a thread adds up those of its heads, in their order.
            PositionGradients gradients = positions.gradients(pass);
            pass.parallel().run(keyHeads(), (head, worker) -> {
                for (int s = 0; s < batch.sequences(); s++) {
                    attendBackward(pass, now, s, head * shape.group(), (head + 1) * shape.group(), gradients, worker);
                }
            });
            positions.backward(pass);
            return;
        }
        int groups = groups(pass);
        pass.parallel().run(batch.sequences() * groups, (index, worker) -> {
            int group = index % groups;
            attendBackward(
                    pass,
                    now,
                    batch.longest(index / groups),
                    head(group, groups),
                    head(group + 1, groups),
                    PositionGradients.NONE,
                    worker);
        });
    }

    private void attendBackward(
            TrainingPass pass,
            AttentionShape now,
            int sequence,
            int from,
            int to,
            PositionGradients gradients,
            int worker) {
        int length = pass.batch().length(sequence);
        int start = pass.batch().start(sequence);
        long keysAt = contextWidth();
        long valuesAt = keysAt + (long) keyHeads() * headDim;
        MemorySegment queries = Matrices.from(qkv.get(), start, width);
        MemorySegment dQueries = Matrices.from(pass.shared(Shared.QKV), start, width);
        pass.attention()
                .backward(
                        now,
                        length,
                        from,
                        to,
                        queries,
                        Matrices.skip(queries, keysAt),
                        Matrices.skip(queries, valuesAt),
                        width,
                        pass.keyMask(sequence),
                        dropout(pass, sequence),
                        Matrices.from(pass.shared(Shared.CONTEXT), start, contextWidth()),
                        contextWidth(),
                        dQueries,
                        Matrices.skip(dQueries, keysAt),
                        Matrices.skip(dQueries, valuesAt),
                        gradients,
                        pass.attentionScratch(worker, pass.attention().scratch(now, length)));
    }

    /**
     * From {@link Shared#QKV} to the hidden states.
     *
     * @param d the block's rows, added to; null if nobody wants them
     */
    void projectBackward(TrainingPass pass, RowBlock block, MemorySegment d) {
        MemorySegment dQkv = block.of(pass.shared(Shared.QKV), width);
        turns.backward(pass, block, dQkv);
        if (d == null) {
            projections.sumBias(pass, block, dQkv);
        } else {
            projections.backwardAdding(pass, block, dQkv, d);
        }
    }

    /** Has the projections' gradient computed; {@code x} is what they read. */
    void weightGradients(TrainingPass pass, WeightGradients products, MemorySegment x) {
        products.add(projections.matrix(), pass.tokens(), pass.shared(Shared.QKV), width, x, projections.inputs());
        if (positions != null) {
            if (positions.learns()) {
                positions.weightGradients(pass, products);
            }
        }
    }

    void fold(TrainingPass pass) {
        turns.fold(pass);
    }
}
