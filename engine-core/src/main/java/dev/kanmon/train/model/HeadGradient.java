package dev.kanmon.train.model;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.config.AlbertConfig;
import dev.kanmon.engine.config.BertConfig;
import dev.kanmon.engine.config.DebertaV2Config;
import dev.kanmon.engine.config.DistilBertConfig;
import dev.kanmon.engine.config.ElectraConfig;
import dev.kanmon.engine.config.EncoderConfig;
import dev.kanmon.engine.config.LlamaConfig;
import dev.kanmon.engine.config.ModernBertConfig;
import dev.kanmon.engine.config.MpNetConfig;
import dev.kanmon.engine.config.NomicBertConfig;
import dev.kanmon.engine.config.RobertaConfig;
import dev.kanmon.engine.head.Pooling;
import dev.kanmon.engine.head.SequenceHead;
import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * A {@link SequenceHead} that learns: {@code labels(drop(norm(act(dense(drop(pooled))))))}. It is one block of as many
 * rows as there are sequences.
 */
final class HeadGradient {

    private final Pooling pooling;
    private final int size;

    /** Whether the family drops before the dense layer, too. */
    private final boolean dropsPooled;

    private final DenseGradient dense;
    private final NormGradient norm;
    private final DenseGradient labels;
    private final Buffer pooled;
    private final Buffer before;
    private final Buffer activated;
    private final Buffer normed;
    private final Buffer logits;
    private final Buffer dMiddle;
    private final Buffer dPooled;
    private RowBlock block;

    /** The head {@code head} of an encoder of family {@code encoder}. */
    HeadGradient(SequenceHead head, EncoderConfig encoder, TrainableWeights weights) {
        Kernels kernels = weights.kernelsToTrain();
        pooling = head.pooling();
        size = head.size();
        dropsPooled = switch (encoder) {
            case ElectraConfig _, MpNetConfig _, RobertaConfig _ -> true;
            case AlbertConfig _,
                    BertConfig _,
                    DebertaV2Config _,
                    DistilBertConfig _,
                    LlamaConfig _,
                    ModernBertConfig _,
                    NomicBertConfig _ -> false;
        };
        var classifier = head.classifier();
        dense = classifier.dense() == null ? null : weights.dense(classifier.dense());
        norm = classifier.norm() == null ? null : new NormGradient(classifier.norm(), weights);
        labels = weights.dense(classifier.labels());
        pooled = new Buffer(kernels);
        before = new Buffer(kernels);
        activated = new Buffer(kernels);
        normed = new Buffer(kernels);
        logits = new Buffer(kernels);
        dMiddle = new Buffer(kernels);
        dPooled = new Buffer(kernels);
    }

    List<DenseGradient> matrices() {
        List<DenseGradient> all = new ArrayList<>();
        if (dense != null) {
            all.add(dense);
        }
        all.add(labels);
        return all;
    }

    /** Logits, a row for each sequence, from (tokens, size). */
    float[][] forward(TrainingPass pass, MemorySegment hidden) {
        int rows = pass.batch().sequences();
        block = new RowBlock(0, 0, rows, 0);
        MemorySegment x = pooled.floats((long) rows * size);
        pooling.pool(pass.batch(), hidden, size, x);
        if (dropsPooled) {
            pass.dropPooled(block, size, x, TrainingPass.POOLED);
        }
        if (dense != null) {
            x = middle(pass, x);
        }
        pass.dropPooled(block, labels.inputs(), x, TrainingPass.CLASSIFIED);
        MemorySegment out = logits.floats((long) rows * labels.outputs());
        labels.forward(pass, block, x, labels.inputs(), out);
        float[][] result = new float[rows][labels.outputs()];
        for (int row = 0; row < rows; row++) {
            long at = (long) row * labels.outputs() * Float.BYTES;
            MemorySegment.copy(out, ValueLayout.JAVA_FLOAT, at, result[row], 0, labels.outputs());
        }
        return result;
    }

    private MemorySegment middle(TrainingPass pass, MemorySegment x) {
        int n = dense.outputs();
        long count = block.count(n);
        MemorySegment wide = before.floats(count);
        dense.forward(pass, block, x, size, wide);
        MemorySegment out = activated.floats(count);
        Matrices.copy(wide, out, count);
        pass.kernels().activate(block.rows(), n, out, n, null, dense.activation());
        if (norm == null) {
            return out;
        }
        MemorySegment last = normed.floats(count);
        norm.forward(pass.kernels(), block.rows(), out, null, last);
        return last;
    }

    /** @throws IllegalArgumentException if {@code dLogits} has not the shape of the last logits */
    void requireFits(float[][] dLogits) {
        if (dLogits.length != block.rows()) {
            throw new IllegalArgumentException("backward: found gradients of " + dLogits.length
                    + " sequences, expected those of the " + block.rows() + " of the last forward pass");
        }
        for (float[] row : dLogits) {
            if (row.length != labels.outputs()) {
                throw new IllegalArgumentException("backward: found gradients of " + row.length
                        + " logits of a sequence, expected " + labels.outputs());
            }
        }
    }

    /**
     * Adds to the gradients and overwrites {@code dHidden}, (tokens, size).
     *
     * @param dHidden null if nobody wants it
     */
    void backward(TrainingPass pass, WeightGradients products, float[][] dLogits, MemorySegment dHidden) {
        matrices().forEach(matrix -> matrix.ready(1));
        int rows = block.rows();
        int n = labels.outputs();
        MemorySegment d = logits.get();
        for (int row = 0; row < rows; row++) {
            MemorySegment.copy(dLogits[row], 0, d, ValueLayout.JAVA_FLOAT, (long) row * n * Float.BYTES, n);
        }
        int inputs = labels.inputs();
        MemorySegment x = dense == null ? pooled.get() : norm == null ? activated.get() : normed.get();
        products.add(labels.matrix(), rows, d, n, x, inputs);
        MemorySegment back = dMiddle.floats(block.count(inputs));
        labels.backward(pass, block, d, back);
        pass.dropPooled(block, inputs, back, TrainingPass.CLASSIFIED);
        if (dense != null) {
            if (norm != null) {
                norm.ready(1);
                norm.backward(pass, block, activated.get(), back, back);
                norm.fold(pass.kernels());
            }
            pass.gradients().activateBackward(rows, inputs, before.get(), inputs, dense.activation(), back, inputs);
            products.add(dense.matrix(), rows, back, inputs, pooled.get(), size);
            MemorySegment first = dPooled.floats(block.count(size));
            dense.backward(pass, block, back, first);
            back = first;
        }
        products.run(pass);
        matrices().forEach(matrix -> matrix.fold(pass.kernels()));
        if (dHidden != null) {
            if (dropsPooled) {
                pass.dropPooled(block, size, back, TrainingPass.POOLED);
            }
            unpool(pass.batch(), back, dHidden);
        }
    }

    /** Gives each hidden state the gradient of what was pooled of it. */
    private void unpool(TokenBatch batch, MemorySegment d, MemorySegment dHidden) {
        Matrices.clear(dHidden, (long) batch.tokens() * size);
        for (int s = 0; s < batch.sequences(); s++) {
            MemorySegment row = Matrices.from(d, s, size);
            switch (pooling) {
                case Pooling.First _ -> Matrices.copy(row, Matrices.from(dHidden, batch.start(s), size), size);
                case Pooling.Last last -> Matrices.copy(row, Matrices.from(dHidden, last.row(batch, s), size), size);
                case Pooling.Mean _ -> spread(batch, s, row, dHidden);
            }
        }
    }

    private void spread(TokenBatch batch, int s, MemorySegment row, MemorySegment dHidden) {
        float[] share = new float[size];
        MemorySegment.copy(row, ValueLayout.JAVA_FLOAT, 0, share, 0, size);
        int end = batch.start(s) + batch.length(s);
        int count = 0;
        for (int token = batch.start(s); token < end; token++) {
            count += batch.isMasked(token) ? 0 : 1;
        }
        for (int i = 0; i < size; i++) {
            share[i] /= count;
        }
        for (int token = batch.start(s); token < end; token++) {
            if (!batch.isMasked(token)) {
                MemorySegment.copy(share, 0, dHidden, ValueLayout.JAVA_FLOAT, (long) token * size * Float.BYTES, size);
            }
        }
    }
}
