package dev.kanmon.engine.weights;

import dev.kanmon.engine.WeightMatrix;
import dev.kanmon.formats.TensorView;
import java.util.List;
import java.util.SequencedMap;

/** The weights of a file, and what of it was asked for. */
public sealed interface ModelWeights extends WeightSource permits FileWeights, PackedWeights {

    /** Numbers in the tensors used so far. */
    long parameters();

    /**
     * The matrices used so far, in the order they were asked for.
     *
     * @throws IllegalArgumentException if an exception of the plan of weights fits none of them
     */
    List<WeightMatrix> matrices();

    /** The tensors used so far, by the names they have inside, in the order they were asked for. */
    SequencedMap<String, TensorView> used();

    /** Tensors of the file that nobody asked for, as the file spells them. */
    List<String> unused();
}
