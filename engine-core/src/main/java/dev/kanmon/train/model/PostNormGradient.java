package dev.kanmon.train.model;

import dev.kanmon.engine.encoder.PostNormLayer;
import dev.kanmon.train.model.TrainingPass.Shared;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@link PostNormLayer} that learns:
 *
 * <pre>
 *   s = x + drop(output(attention(x))),  h = norm(s)
 *   t = h + drop(feedForward(h)),        x = norm(t)
 * </pre>
 *
 * It keeps s, h and t.
 */
final class PostNormGradient implements LayerGradient {

    private final int size;
    private final long site;
    private final AttentionGradient attention;
    private final DenseGradient output;
    private final NormGradient attentionNorm;
    private final FeedForwardGradient feedForward;
    private final NormGradient outputNorm;
    private final Buffer attentionSum;
    private final Buffer middle;
    private final Buffer outputSum;

    PostNormGradient(PostNormLayer layer, int index, PositionsGradient positions, TrainableWeights weights) {
        size = layer.attentionNorm().size();
        site = TrainingPass.site(index);
        attention = new AttentionGradient(layer.attention(), site, positions, weights);
        output = weights.dense(layer.output(), layer.outputBias());
        attentionNorm = new NormGradient(layer.attentionNorm(), weights);
        feedForward = new FeedForwardGradient(layer.feedForward(), weights);
        outputNorm = new NormGradient(layer.outputNorm(), weights);
        attentionSum = new Buffer(weights.kernelsToTrain());
        middle = new Buffer(weights.kernelsToTrain());
        outputSum = new Buffer(weights.kernelsToTrain());
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
                || attentionNorm.learns()
                || outputNorm.learns()
                || matrices().stream().anyMatch(DenseGradient::learns);
    }

    @Override
    public void begin(TrainingPass pass) {
        attention.begin(pass);
        feedForward.begin(pass);
        long floats = (long) pass.tokens() * size;
        attentionSum.floats(floats);
        middle.floats(floats);
        outputSum.floats(floats);
    }

    @Override
    public void project(TrainingPass pass, RowBlock block, MemorySegment x) {
        attention.project(pass, block, block.of(x, size));
    }

    @Override
    public void finish(TrainingPass pass, RowBlock block, MemorySegment x, MemorySegment out) {
        MemorySegment s = block.of(attentionSum.get(), size);
        output.forward(pass, block, block.of(attention.context(), output.inputs()), output.inputs(), s);
        pass.dropHidden(block, size, s, site + 1);
        attentionNorm.forward(pass.kernels(), block.rows(), s, block.of(x, size), block.of(middle.get(), size));
        feedForward.forward(pass, block, middle.get(), outputSum.get());
        MemorySegment t = block.of(outputSum.get(), size);
        pass.dropHidden(block, size, t, site + 2);
        outputNorm.forward(pass.kernels(), block.rows(), t, block.of(middle.get(), size), block.of(out, size));
    }

    @Override
    public void beginBackward(TrainingPass pass) {
        pass.shared(Shared.OUTPUT, size);
        pass.shared(Shared.CONTEXT, output.inputs());
        attention.beginBackward(pass);
        feedForward.beginBackward(pass);
        matrices().forEach(dense -> dense.ready(pass.blocks()));
        attentionNorm.ready(pass.blocks());
        outputNorm.ready(pass.blocks());
    }

    @Override
    public void finishBackward(TrainingPass pass, RowBlock block, MemorySegment x, MemorySegment d) {
        MemorySegment rows = block.of(d, size);
        outputNorm.backward(pass, block, block.of(outputSum.get(), size), rows, rows);
        MemorySegment dDown = block.of(pass.shared(Shared.DOWN), size);
        Matrices.copy(rows, dDown, block.count(size));
        pass.dropHidden(block, size, dDown, site + 2);
        feedForward.backward(pass, block, d);
        attentionNorm.backward(pass, block, block.of(attentionSum.get(), size), rows, rows);
        MemorySegment dOutput = block.of(pass.shared(Shared.OUTPUT), size);
        Matrices.copy(rows, dOutput, block.count(size));
        pass.dropHidden(block, size, dOutput, site + 1);
        output.backward(pass, block, dOutput, block.of(pass.shared(Shared.CONTEXT), output.inputs()));
    }

    @Override
    public void projectBackward(TrainingPass pass, RowBlock block, MemorySegment x, MemorySegment d, boolean further) {
        attention.projectBackward(pass, block, further ? block.of(d, size) : null);
    }

    @Override
    public void weightGradients(TrainingPass pass, WeightGradients products, MemorySegment x) {
        feedForward.weightGradients(pass, products, middle.get());
        products.add(
                output.matrix(), pass.tokens(), pass.shared(Shared.OUTPUT), size, attention.context(), output.inputs());
        attention.weightGradients(pass, products, x);
    }

    @Override
    public void fold(TrainingPass pass) {
        matrices().forEach(dense -> dense.fold(pass.kernels()));
        attention.fold(pass);
        attentionNorm.fold(pass.kernels());
        outputNorm.fold(pass.kernels());
    }
}
