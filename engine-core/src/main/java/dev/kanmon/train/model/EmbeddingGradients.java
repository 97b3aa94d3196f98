package dev.kanmon.train.model;

import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.encoder.Parallel;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Supplier;

/**
 * A classifier of sequences that learns nothing and knows how its answers change with its words' embeddings, which the
 * caller gives. It computes in f32, whatever the guard's own weights are, and keeps each matrix twice, for the way forwards
 * and for the way back: nine bytes a weight, without the table of embeddings, which stays in the file.
 */
public final class EmbeddingGradients implements AutoCloseable {

    private final GradientGraph graph;
    private final WordRows words;

    private EmbeddingGradients(GradientGraph graph, WordRows words) {
        this.graph = graph;
        this.words = words;
    }

    /**
     * Makes one of a guard's files.
     *
     * @param files stay open as long as this is used, and the caller's
     * @param threads asked for when everything else is there; they are closed with this
     * @throws IOException if a file cannot be read
     * @throws IllegalArgumentException if there is no way back through a model of this kind, or it is packed
     */
    public static EmbeddingGradients of(ModelFiles files, Kernels kernels, Supplier<Parallel> threads)
            throws IOException {
        files.requireUnpacked();
        TrainableWeights weights = TrainableWeights.frozen(files, kernels);
        GradientGraph graph = new GradientGraph(files.config(), weights, WeightType.F32, threads);
        graph.pack();
        weights.release();
        return new EmbeddingGradients(graph, weights.given());
    }

    /** Numbers in an embedding. */
    public int size() {
        return words.table().columns();
    }

    /** Copies the embedding of the word {@code id} to the first {@link #size} numbers of {@code to}. */
    public void embedding(int id, MemorySegment to) {
        words.table().copy(id, 1, to);
    }

    /**
     * Room for the embeddings of the next {@link #forward}, to be written by the caller.
     *
     * @return (tokens, size) or more, the rows of one sequence behind those of another; valid until the next call
     */
    public MemorySegment rows(int tokens) {
        words.begin(tokens);
        return words.rows();
    }

    /**
     * Computes logits from the embeddings in {@link #rows}.
     *
     * @param batch as many tokens as there are rows, nothing masked; their ids say only what is padding
     * @return for each sequence one logit for each label
     * @throws IllegalArgumentException if an id, a type or a length is outside what the model has
     */
    public float[][] forward(List<TokenSequence> batch) {
        return graph.forward(batch, null);
    }

    /**
     * Goes back.
     *
     * @param dLogits derivatives by the logits of the last {@link #forward}
     * @return (tokens, size): derivatives by the embeddings; valid until the next call
     * @throws IllegalArgumentException if there are more or fewer than logits
     * @throws IllegalStateException if there is no forward pass that has not gone back yet
     */
    public MemorySegment backward(float[][] dLogits) {
        graph.backward(dLogits);
        return words.gradient();
    }

    /** Ends the threads; memory goes with the last reference to it. Idempotent. */
    @Override
    public void close() {
        graph.close();
    }
}
