package dev.kanmon.engine.weights;

import dev.kanmon.formats.TensorView;
import dev.kanmon.kernels.WeightType;
import java.util.List;
import java.util.SequencedMap;

/** The weights of a file, and what of it was asked for. */
public sealed interface ModelWeights extends WeightSource permits FileWeights, PackedWeights {

    /** Numbers in the tensors used so far. */
    long parameters();

    /** How the matrices used so far are kept, by the names of their tensors inside, in the order they were asked for. */
    SequencedMap<String, WeightType> matrices();

    /** Exceptions of the plan of types that no matrix used so far has the name of. */
    List<String> unmatchedExceptions();

    /** The tensors used so far, by the names they have inside, in the order they were asked for. */
    SequencedMap<String, TensorView> used();

    /** Tensors of the file that nobody asked for, as the file spells them. */
    List<String> unused();
}
