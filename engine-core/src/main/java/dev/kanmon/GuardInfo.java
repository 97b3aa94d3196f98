package dev.kanmon;

import dev.kanmon.engine.WeightMatrix;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.WeightType;
import java.util.List;

/**
 * What a guard runs on, for people and logs.
 *
 * @param model where the model came from, or its name
 * @param family the encoder's family, as {@code model_type} names it
 * @param labels names of the classifier's outputs, in order
 * @param harmful the labels whose probability makes an exchange harmful
 * @param threshold probability from which on an exchange is harmful
 * @param temperature divisor of the logits
 * @param maxTokens the longest window, special tokens included
 * @param parameters numbers in the model's tensors that are used
 * @param weights how the weight matrices are kept in memory
 * @param matrices each of them, in the order of the computation
 * @param kernels name of the kernels that compute
 * @param kernelsDescription the same in words, with the width of a register
 * @param notChosen the kernels that do not compute, each with the reason
 * @param threads threads that a call uses
 * @param unusedTensors tensors of the file that the model has no place for
 */
public record GuardInfo(
        String model,
        String family,
        List<String> labels,
        List<String> harmful,
        double threshold,
        double temperature,
        int maxTokens,
        long parameters,
        WeightType weights,
        List<WeightMatrix> matrices,
        String kernels,
        String kernelsDescription,
        List<KernelChoice.NotChosen> notChosen,
        int threads,
        List<String> unusedTensors) {

    public GuardInfo {
        labels = List.copyOf(labels);
        harmful = List.copyOf(harmful);
        matrices = List.copyOf(matrices);
        notChosen = List.copyOf(notChosen);
        unusedTensors = List.copyOf(unusedTensors);
    }

    /** The matrices that are not kept as {@link #weights} says. */
    public List<WeightMatrix> exceptions() {
        return matrices.stream().filter(matrix -> matrix.type() != weights).toList();
    }
}
