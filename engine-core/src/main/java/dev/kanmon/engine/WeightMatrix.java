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

    /** {@link WeightPlan} patterns that fit its tensors and no others: their names, without their ends. */
    public List<String> patterns() {
        return tensors.stream().map(WeightPlan::bare).toList();
    }

    /** The first of them, which is enough to keep the whole matrix in a more exact type. */
    public String pattern() {
        return patterns().getFirst();
    }
}
