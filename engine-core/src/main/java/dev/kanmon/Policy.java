package dev.kanmon;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How a classifier's outputs become a verdict: the labels' names, which of them are harmful, from which
 * probability on, and at which temperature. What is left empty is taken from the model: its sidecar
 * {@code kanmon.json}, then the label names in its configuration.
 *
 * @param labels names of the classifier's outputs in order; empty to keep the model's
 * @param harmful names of the labels that count as harmful; empty to keep the model's
 * @param threshold probability from which on an exchange is harmful, 0 to 1; empty for the model's, or 0.5
 * @param name of one of the model's own policies, whose threshold is taken; never beside a {@code threshold}
 * @param temperature divisor of the logits before the probability, above 0; empty for the model's, or 1
 */
public record Policy(
        List<String> labels,
        List<String> harmful,
        OptionalDouble threshold,
        Optional<String> name,
        OptionalDouble temperature) {

    /** A policy that takes everything from the model. */
    public static final Policy OF_THE_MODEL =
            new Policy(List.of(), List.of(), OptionalDouble.empty(), Optional.empty(), OptionalDouble.empty());

    public Policy {
        labels = List.copyOf(labels);
        harmful = List.copyOf(harmful);
        Objects.requireNonNull(threshold, "threshold");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(temperature, "temperature");
        if (threshold.isPresent() && name.isPresent()) {
            throw new IllegalArgumentException("found the threshold " + threshold.getAsDouble() + " and the policy \""
                    + name.get() + "\", expected one of them");
        }
        threshold.ifPresent(Policy::requireThreshold);
        temperature.ifPresent(t -> {
            if (!(t > 0 && t < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("temperature: found " + t + ", expected a number above 0");
            }
        });
    }

    /** @throws IllegalArgumentException if this is no probability from which on an exchange can be harmful */
    static void requireThreshold(double threshold) {
        if (!(threshold >= 0 && threshold <= 1)) {
            throw new IllegalArgumentException(
                    "threshold: found " + threshold + ", expected a probability from 0 to 1");
        }
    }

    /**
     * The threshold that the model's sidecar gives this name, everything else as the model has it.
     *
     * @param name {@link GuardInfo#policies} has those of a model; a guard without it is not loaded
     */
    public static Policy named(String name) {
        return OF_THE_MODEL.withName(name);
    }

    /** The same policy with another threshold, in place of a name. */
    public Policy withThreshold(double probability) {
        return new Policy(labels, harmful, OptionalDouble.of(probability), Optional.empty(), temperature);
    }

    /** The same policy with the threshold that the model's sidecar gives this name. */
    public Policy withName(String ofTheModel) {
        return new Policy(labels, harmful, OptionalDouble.empty(), Optional.of(ofTheModel), temperature);
    }

    /** The same policy with another temperature. */
    public Policy withTemperature(double divisor) {
        return new Policy(labels, harmful, threshold, name, OptionalDouble.of(divisor));
    }

    /** The same policy with these labels counted as harmful. */
    public Policy withHarmful(String... names) {
        return new Policy(labels, List.of(names), threshold, name, temperature);
    }

    /** The same policy with these names for the classifier's outputs, in order. */
    public Policy withLabels(String... names) {
        return new Policy(List.of(names), harmful, threshold, name, temperature);
    }

    /** This policy, with what it leaves empty taken from {@code fallback}. */
    public Policy orElse(Policy fallback) {
        boolean judges = threshold.isPresent() || name.isPresent();
        return new Policy(
                labels.isEmpty() ? fallback.labels : labels,
                harmful.isEmpty() ? fallback.harmful : harmful,
                judges ? threshold : fallback.threshold,
                judges ? name : fallback.name,
                temperature.isPresent() ? temperature : fallback.temperature);
    }
}
