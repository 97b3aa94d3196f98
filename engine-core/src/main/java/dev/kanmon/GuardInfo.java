package dev.kanmon;

import dev.kanmon.engine.WeightMatrix;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.WeightType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * What a guard runs on, for people and logs.
 *
 * @param model where the model came from, or its name
 * @param family the encoder's family, as {@code model_type} names it
 * @param labels names of the classifier's outputs, in order
 * @param harmful the labels whose probability makes an exchange harmful
 * @param threshold probability from which on an exchange is harmful
 * @param policy name of the model's policy that the threshold is of; empty for another threshold
 * @param policies thresholds that the model's sidecar has names for, in the order of the file
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
        Optional<String> policy,
        SequencedMap<String, Double> policies,
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
        policies = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(policies));
        matrices = List.copyOf(matrices);
        notChosen = List.copyOf(notChosen);
        unusedTensors = List.copyOf(unusedTensors);
    }

    /** The matrices that are not kept as {@link #weights} says. */
    public List<WeightMatrix> exceptions() {
        return matrices.stream().filter(matrix -> matrix.type() != weights).toList();
    }
}
