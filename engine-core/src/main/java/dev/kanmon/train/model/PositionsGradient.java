package dev.kanmon.train.model;

import dev.kanmon.kernels.AttentionGradients.PositionGradients;
import dev.kanmon.kernels.AttentionShape;
import java.util.List;

/** What the distance of query and key adds in one layer, made of parameters anew in each pass. */
interface PositionsGradient {

    /** Matrices that the layer has for positions alone. */
    List<DenseGradient> matrices();

    /** Whether a parameter that it is made of learns. */
    boolean learns();

    /** Makes the tables of this pass; regions of its own. */
    void forward(TrainingPass pass);

    /** {@code shape} with the tables of this pass. */
    AttentionShape of(AttentionShape shape);

    /** Where attention adds the tables' gradients; zeros now. */
    PositionGradients gradients(TrainingPass pass);

    /** From the tables' gradients to the parameters'; regions of its own. */
    void backward(TrainingPass pass);

    /** Has the matrices' gradients computed. */
    void weightGradients(TrainingPass pass, WeightGradients products);
}
