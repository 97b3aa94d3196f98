package dev.kanmon.engine;

import dev.kanmon.kernels.WeightType;
import java.util.List;

/**
 * A matrix that a model multiplies by.
 *
 * @param tensors names of the tensors whose rows it has, without the family's prefix; several where layers that read
 *     the same input are computed as one
 * @param outputs rows
 * @param inputs columns
 * @param type how it is kept
 */
public record WeightMatrix(List<String> tensors, int outputs, int inputs, WeightType type) {

    public WeightMatrix {
        tensors = List.copyOf(tensors);
    }

    /** Numbers in it. */
    public long size() {
        return (long) outputs * inputs;
    }

    /** A {@link WeightPlan} pattern that fits it and no other matrix: the first tensor's name, without its end. */
    public String pattern() {
        return WeightPlan.bare(tensors.getFirst());
    }
}
