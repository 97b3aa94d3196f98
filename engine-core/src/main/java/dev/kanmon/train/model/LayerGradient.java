package dev.kanmon.train.model;

import dev.kanmon.engine.encoder.Layer;
import dev.kanmon.engine.encoder.PostNormLayer;
import dev.kanmon.engine.encoder.PreNormLayer;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A {@link Layer} that learns, in the halves that inference has. All matrices are whole, (tokens, columns); a half works
 * on the rows of its block.
 */
sealed interface LayerGradient permits PostNormGradient, PreNormGradient {

    /** The layer {@code layer}, applied once; a layer that is applied again is another one with the same parameters. */
    static LayerGradient of(Layer layer, int index, PositionsGradient positions, TrainableWeights weights) {
        return switch (layer) {
            case PostNormLayer post -> new PostNormGradient(post, index, positions, weights);
            case PreNormLayer pre -> new PreNormGradient(pre, index, positions, weights);
        };
    }

    /** The attention between the halves. */
    AttentionGradient attention();

    /** Its matrices. */
    List<DenseGradient> matrices();

    /** Whether anything of it learns. */
    boolean learns();

    /** Room for a pass. */
    void begin(TrainingPass pass);

    /** The first half: from the hidden states {@code x} to queries, keys and values. */
    void project(TrainingPass pass, RowBlock block, MemorySegment x);

    /** The second half: from attention's context and {@code x} to the next hidden states {@code out}. */
    void finish(TrainingPass pass, RowBlock block, MemorySegment x, MemorySegment out);

    /** Room for the way back, and sums over {@link TrainingPass#blocks()}. */
    void beginBackward(TrainingPass pass);

    /**
     * The second half back: {@code d} is the gradient of its result and becomes the part of the gradient of {@code x} that
     * goes around attention; that of the context goes to {@link TrainingPass.Shared#CONTEXT}.
     */
    void finishBackward(TrainingPass pass, RowBlock block, MemorySegment x, MemorySegment d);

    /**
     * The first half back: adds the part that goes through attention to {@code d}.
     *
     * @param further whether anybody wants {@code d}; otherwise only gradients of parameters are computed
     */
    void projectBackward(TrainingPass pass, RowBlock block, MemorySegment x, MemorySegment d, boolean further);

    /** Has the matrices' gradients computed. */
    void weightGradients(TrainingPass pass, WeightGradients products, MemorySegment x);

    /** Adds what was summed over blocks to the gradients. */
    void fold(TrainingPass pass);
}
