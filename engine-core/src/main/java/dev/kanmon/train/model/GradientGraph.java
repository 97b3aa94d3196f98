package dev.kanmon.train.model;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.engine.encoder.EncoderStack;
import dev.kanmon.engine.encoder.Parallel;
import dev.kanmon.engine.family.Graph;
import dev.kanmon.engine.head.SequenceHead;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.WeightType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Supplier;

/** A classifier of sequences, forwards and backwards. It belongs to one thread at a time. */
final class GradientGraph implements AutoCloseable {

    private final ModelConfig config;
    private final boolean needsMasked;
    private final TrainingPass pass;
    private final WeightGradients products;
    private final PackedMatrices matrices;
    private final StackGradient stack;
    private final HeadGradient head;
    private boolean changed = true;
    private boolean goesBack;

    /**
     * @param weights become the graph's
     * @param compute how products take matrices
     * @param threads asked for when everything else is there; they become the graph's
     * @throws IllegalArgumentException if there is no way back through a model of this kind
     */
    GradientGraph(ModelConfig config, TrainableWeights weights, WeightType compute, Supplier<Parallel> threads)
            throws ModelFormatException {
        this.config = config;
        Graph graph = Graph.build(config, weights);
        needsMasked = graph.needsMasked();
        products = new WeightGradients(weights.kernelsToTrain(), compute);
        EncoderStack encoder = (EncoderStack) graph.encoder();
        stack = new StackGradient(encoder, Positions.of(config.encoder(), encoder, weights), products, weights);
        head = new HeadGradient((SequenceHead) graph.head(), config.encoder(), weights);
        matrices = new PackedMatrices(weights.matrices());
        pass = new TrainingPass(weights.kernelsToTrain(), threads.get());
    }

    Parallel threads() {
        return pass.parallel();
    }

    /** Parameters were written to. */
    void changed() {
        changed = true;
    }

    /** Packs matrices that were written to. */
    void pack() {
        if (changed) {
            stack.refresh();
            matrices.pack(pass);
            changed = false;
        }
    }

    /** As {@link TrainableModel#forward}. */
    float[][] forward(List<TokenSequence> batch, Dropout dropout) {
        if (batch.isEmpty()) {
            throw new IllegalArgumentException("a batch needs at least one sequence, found none");
        }
        batch.forEach(sequence -> sequence.requireFits(config.encoder()));
        pack();
        goesBack = false;
        pass.begin(TokenBatch.of(batch, needsMasked), dropout);
        MemorySegment hidden = stack.forward(pass, head.rows(pass.batch()));
        float[][] logits = head.forward(pass, hidden);
        goesBack = true;
        return logits;
    }

    /** As {@link TrainableModel#backward}. */
    void backward(float[][] dLogits) {
        if (!goesBack) {
            throw new IllegalStateException("backward: there is no forward pass to go back, expected one just before");
        }
        head.requireFits(dLogits);
        goesBack = false;
        MemorySegment dHidden = stack.gradient(pass);
        head.backward(pass, products, dLogits, dHidden);
        if (dHidden != null) {
            stack.backward(pass);
        }
    }

    /** Ends the threads. Idempotent. */
    @Override
    public void close() {
        pass.parallel().close();
    }
}
