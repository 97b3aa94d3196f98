package dev.kanmon.engine.config;

import java.util.List;

/**
 * The classification head: its outputs and what they mean.
 *
 * @param labels names of the outputs, in order, at least one; {@code LABEL_i} where the model names none
 * @param named whether the names are the model's own
 * @param outputs how logits become probabilities
 * @param task what has a row of outputs
 */
public record ClassifierConfig(List<String> labels, boolean named, Outputs outputs, Task task) {

    /** What is classified. */
    public enum Task {
        /** Each sequence as a whole. */
        SEQUENCES,
        /** Each token. */
        TOKENS
    }

    /** How logits become probabilities. */
    public enum Outputs {
        /** One of the labels holds: softmax. */
        ONE_OF,
        /** Each label holds or not: a sigmoid each. */
        ANY_OF,
        /** Regression: the outputs are values as they stand. */
        VALUES
    }

    public ClassifierConfig {
        labels = List.copyOf(labels);
    }
}
