package dev.kanmon;

import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * How a classifier's outputs become a verdict: the labels' names, which of them are harmful, from which
 * probability on, and at which temperature. What is left empty is taken from the model: its sidecar
 * {@code kanmon.json}, then the label names in its configuration.
 *
 * @param labels names of the classifier's outputs in order; empty to keep the model's
 * @param harmful names of the labels that count as harmful; empty to keep the model's
 * @param threshold probability from which on an exchange is harmful, 0 to 1; empty for the model's, or 0.5
 * @param temperature divisor of the logits before the probability, above 0; empty for the model's, or 1
 */
public record Policy(List<String> labels, List<String> harmful, OptionalDouble threshold, OptionalDouble temperature) {

    /** A policy that takes everything from the model. */
    public static final Policy OF_THE_MODEL =
            new Policy(List.of(), List.of(), OptionalDouble.empty(), OptionalDouble.empty());

    public Policy {
        labels = List.copyOf(labels);
        harmful = List.copyOf(harmful);
        Objects.requireNonNull(threshold, "threshold");
        Objects.requireNonNull(temperature, "temperature");
        threshold.ifPresent(t -> {
            if (!(t >= 0 && t <= 1)) {
                throw new IllegalArgumentException("threshold: found " + t + ", expected a probability from 0 to 1");
            }
        });
        temperature.ifPresent(t -> {
            if (!(t > 0 && t < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("temperature: found " + t + ", expected a number above 0");
            }
        });
    }

    /** The same policy with another threshold. */
    public Policy withThreshold(double probability) {
        return new Policy(labels, harmful, OptionalDouble.of(probability), temperature);
    }

    /** The same policy with another temperature. */
    public Policy withTemperature(double divisor) {
        return new Policy(labels, harmful, threshold, OptionalDouble.of(divisor));
    }

    /** The same policy with these labels counted as harmful. */
    public Policy withHarmful(String... names) {
        return new Policy(labels, List.of(names), threshold, temperature);
    }

    /** The same policy with these names for the classifier's outputs, in order. */
    public Policy withLabels(String... names) {
        return new Policy(List.of(names), harmful, threshold, temperature);
    }

    /** This policy, with what it leaves empty taken from {@code fallback}. */
    public Policy orElse(Policy fallback) {
        return new Policy(
                labels.isEmpty() ? fallback.labels : labels,
                harmful.isEmpty() ? fallback.harmful : harmful,
                threshold.isPresent() ? threshold : fallback.threshold,
                temperature.isPresent() ? temperature : fallback.temperature);
    }
}
