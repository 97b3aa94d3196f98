package dev.kanmon.train.model;

import dev.kanmon.engine.encoder.PreNormLayer;
import dev.kanmon.train.model.TrainingPass.Shared;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@link PreNormLayer} that learns:
 *
 * <pre>
 *   s = x + drop(output(attention(norm(x))))
 *   x = s + drop(feedForward(norm(s)))
 * </pre>
 *
 * It keeps s and both normalised hidden states.
 */
final class PreNormGradient implements LayerGradient {

    private final int size;
    private final long site;
    private final NormGradient attentionNorm;
    private final AttentionGradient attention;
    private final DenseGradient output;
    private final NormGradient feedForwardNorm;
    private final FeedForwardGradient feedForward;
    private final Buffer attentionInput;
    private final Buffer middle;
    private final Buffer feedForwardInput;

    PreNormGradient(PreNormLayer layer, int index, PositionsGradient positions, TrainableWeights weights) {
        size = layer.feedForwardNorm().size();
        site = TrainingPass.site(index);
        attentionNorm = layer.attentionNorm() == null ? null : new NormGradient(layer.attentionNorm(), weights);
        attention = new AttentionGradient(layer.attention(), site, positions, weights);
        output = weights.dense(layer.output());
        feedForwardNorm = new NormGradient(layer.feedForwardNorm(), weights);
        feedForward = new FeedForwardGradient(layer.feedForward(), weights);
        attentionInput = new Buffer(weights.kernelsToTrain());
        middle = new Buffer(weights.kernelsToTrain());
        feedForwardInput = new Buffer(weights.kernelsToTrain());
    }

    @Override
    public AttentionGradient attention() {
        return attention;
    }

    @Override
    public List<DenseGradient> matrices() {
        List<DenseGradient> all = new ArrayList<>(attention.matrices());
        all.add(output);
        all.addAll(feedForward.matrices());
        return all;
    }

    @Override
    public boolean learns() {
        return attention.learns()
                || attentionNorm != null && attentionNorm.learns()
                || feedForwardNorm.learns()
                || matrices().stream().anyMatch(DenseGradient::learns);
    }

    @Override
    public void begin(TrainingPass pass) {
        attention.begin(pass);
        feedForward.begin(pass);
        long floats = (long) pass.tokens() * size;
        if (attentionNorm != null) {
            attentionInput.floats(floats);
        }
        middle.floats(floats);
        feedForwardInput.floats(floats);
    }

    /** What attention reads: {@code x}, or that normalised. */
    private MemorySegment attentionInput(MemorySegment x) {
        return attentionNorm == null ? x : attentionInput.get();
    }

    @Override
    public void project(TrainingPass pass, RowBlock block, MemorySegment x) {
        MemorySegment in = block.of(attentionInput(x), size);
        if (attentionNorm != null) {
            attentionNorm.forward(pass.kernels(), block.rows(), block.of(x, size), null, in);
        }
        attention.project(pass, block, in);
    }

    @Override
    public void finish(TrainingPass pass, RowBlock block, MemorySegment x, MemorySegment out) {
        MemorySegment s = block.of(middle.get(), size);
        output.forward(pass, block, block.of(attention.context(), output.inputs()), output.inputs(), s);
        pass.dropHidden(block, size, s, site + 1);
        feedForwardNorm.forward(
                pass.kernels(), block.rows(), s, block.of(x, size), block.of(feedForwardInput.get(), size));
        feedForward.forward(pass, block, feedForwardInput.get(), out);
        MemorySegment next = block.of(out, size);
        pass.dropHidden(block, size, next, site + 2);
        pass.kernels().add(block.rows(), size, next, size, null, s, size);
    }

    @Override
    public void beginBackward(TrainingPass pass) {
        pass.shared(Shared.OUTPUT, size);
        pass.shared(Shared.CONTEXT, output.inputs());
        pass.shared(Shared.BRANCH, size);
        attention.beginBackward(pass);
        feedForward.beginBackward(pass);
        matrices().forEach(dense -> dense.ready(pass.blocks()));
        feedForwardNorm.ready(pass.blocks());
        if (attentionNorm != null) {
            attentionNorm.ready(pass.blocks());
        }
    }

    @Override
    public void finishBackward(TrainingPass pass, RowBlock block, MemorySegment x, MemorySegment d) {
        MemorySegment rows = block.of(d, size);
        MemorySegment dDown = block.of(pass.shared(Shared.DOWN), size);
        Matrices.copy(rows, dDown, block.count(size));
        pass.dropHidden(block, size, dDown, site + 2);
        MemorySegment branch = clearedBranch(pass, block);
        feedForward.backward(pass, block, pass.shared(Shared.BRANCH));
        feedForwardNorm.backward(pass, block, block.of(middle.get(), size), branch, branch);
        pass.kernels().add(block.rows(), size, rows, size, null, branch, size);
        MemorySegment dOutput = block.of(pass.shared(Shared.OUTPUT), size);
        Matrices.copy(rows, dOutput, block.count(size));
        pass.dropHidden(block, size, dOutput, site + 1);
        output.backward(pass, block, dOutput, block.of(pass.shared(Shared.CONTEXT), output.inputs()));
    }

    private MemorySegment clearedBranch(TrainingPass pass, RowBlock block) {
        MemorySegment branch = block.of(pass.shared(Shared.BRANCH), size);
        Matrices.clear(branch, block.count(size));
        return branch;
    }

    @Override
    public void projectBackward(TrainingPass pass, RowBlock block, MemorySegment x, MemorySegment d, boolean further) {
        if (attentionNorm == null) {
            attention.projectBackward(pass, block, further ? block.of(d, size) : null);
            return;
        }
        MemorySegment branch = clearedBranch(pass, block);
        attention.projectBackward(pass, block, branch);
        attentionNorm.backward(pass, block, block.of(x, size), branch, branch);
        pass.kernels().add(block.rows(), size, block.of(d, size), size, null, branch, size);
    }

    @Override
    public void weightGradients(TrainingPass pass, WeightGradients products, MemorySegment x) {
        feedForward.weightGradients(pass, products, feedForwardInput.get());
        products.add(
                output.matrix(), pass.tokens(), pass.shared(Shared.OUTPUT), size, attention.context(), output.inputs());
        attention.weightGradients(pass, products, attentionInput(x));
    }

    @Override
    public void fold(TrainingPass pass) {
        matrices().forEach(dense -> dense.fold(pass.kernels()));
        attention.fold(pass);
        feedForwardNorm.fold(pass.kernels());
        if (attentionNorm != null) {
            attentionNorm.fold(pass.kernels());
        }
    }
}
