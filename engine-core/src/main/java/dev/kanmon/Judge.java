package dev.kanmon;

import dev.kanmon.engine.config.ClassifierConfig;
import dev.kanmon.engine.config.ClassifierConfig.Outputs;
import java.util.Arrays;
import java.util.List;

/** Turns logits into the probability of harm, and that into yes or no. */
final class Judge {

    /** Threshold where neither the model nor its user names one. */
    static final double DEFAULT_THRESHOLD = 0.5;

    private final List<String> labels;
    private final int[] harmful;
    private final Outputs outputs;
    private final double threshold;
    private final double temperature;

    /**
     * @param classifier the model's head
     * @param wishes the user's; what they leave empty is taken from the sidecar
     * @throws IllegalArgumentException if labels and head do not fit, it is not known which labels are harmful, or the
     *     sidecar does not have the policy that the user named
     */
    Judge(ClassifierConfig classifier, Policy wishes, Sidecar sidecar, String model) {
        Policy policy = wishes.orElse(sidecar.policy());
        labels = policy.labels().isEmpty() ? classifier.labels() : policy.labels();
        if (labels.size() != classifier.labels().size()) {
            throw new IllegalArgumentException(model + ": " + labels.size() + " labels were named, the classifier has "
                    + classifier.labels().size() + " outputs");
        }
        boolean named = classifier.named() || !policy.labels().isEmpty();
        harmful = HarmfulLabels.find(labels, named, policy.harmful(), model);
        outputs = labels.size() == 1 && classifier.outputs() == Outputs.ONE_OF ? Outputs.ANY_OF : classifier.outputs();
        threshold = policy.name().isPresent()
                ? sidecar.threshold(policy.name().get(), model)
                : policy.threshold().orElse(DEFAULT_THRESHOLD);
        temperature = policy.temperature().orElse(1);
    }

    /**
     * The probability of harm: with one-of outputs the harmful labels' share of the softmax, with any-of outputs
     * the largest of their sigmoids, with a regression the largest of their values, brought between 0 and 1.
     */
    double probability(float[] logits) {
        return switch (outputs) {
            case ONE_OF -> {
                double max = Double.NEGATIVE_INFINITY;
                for (float logit : logits) {
                    max = Math.max(max, logit);
                }
                double all = 0;
                for (float logit : logits) {
                    all += Math.exp((logit - max) / temperature);
                }
                double harm = 0;
                for (int label : harmful) {
                    harm += Math.exp((logits[label] - max) / temperature);
                }
                yield Math.min(1, harm / all);
            }
            case ANY_OF -> {
                double most = 0;
                for (int label : harmful) {
                    most = Math.max(most, 1 / (1 + Math.exp(-logits[label] / temperature)));
                }
                yield most;
            }
            case VALUES -> {
                double most = 0;
                for (int label : harmful) {
                    most = Math.max(most, logits[label]);
                }
                yield Math.min(1, most);
            }
        };
    }

    /**
     * The natural logarithm of P / (1 - P), where {@link #probability} gives P, at any temperature. It keeps what P
     * loses next to 1.
     */
    double logOdds(float[] logits, double divisor) {
        return switch (outputs) {
            case ONE_OF -> {
                boolean[] harm = new boolean[logits.length];
                for (int label : harmful) {
                    harm[label] = true;
                }
                yield logOfSum(logits, harm, true, divisor) - logOfSum(logits, harm, false, divisor);
            }
            case ANY_OF -> {
                double most = Double.NEGATIVE_INFINITY;
                for (int label : harmful) {
                    most = Math.max(most, logits[label] / divisor);
                }
                yield most;
            }
            case VALUES -> {
                double p = probability(logits);
                yield Math.log(p) - Math.log1p(-p);
            }
        };
    }

    /**
     * The derivatives of {@link #logOdds} by the logits, at this guard's temperature. Where one label is the largest of
     * several, it has all of the slope.
     *
     * @throws IllegalStateException for a regression
     */
    float[] slopes(float[] logits) {
        float[] slopes = new float[logits.length];
        switch (outputs) {
            case ONE_OF -> {
                boolean[] harm = new boolean[logits.length];
                for (int label : harmful) {
                    harm[label] = true;
                }
                double harms = logOfSum(logits, harm, true, temperature);
                double others = logOfSum(logits, harm, false, temperature);
                for (int label = 0; label < logits.length; label++) {
                    double share = Math.exp(logits[label] / temperature - (harm[label] ? harms : others));
                    slopes[label] = (float) ((harm[label] ? share : -share) / temperature);
                }
            }
            case ANY_OF -> slopes[largest(logits)] = (float) (1 / temperature);
            case VALUES -> throw new IllegalStateException("log-odds of a regression have no slope everywhere");
        }
        return slopes;
    }

    /** The harmful label that has the largest logit. */
    private int largest(float[] logits) {
        int most = harmful[0];
        for (int label : harmful) {
            most = logits[label] > logits[most] ? label : most;
        }
        return most;
    }

    /** Whether log-odds are finite wherever logits are, and have slopes. */
    boolean isSmooth() {
        return outputs != Outputs.VALUES;
    }

    /** ln Σ exp(z / divisor) over the labels that are harmful or not. */
    private static double logOfSum(float[] logits, boolean[] harm, boolean wanted, double divisor) {
        double max = Double.NEGATIVE_INFINITY;
        for (int label = 0; label < logits.length; label++) {
            max = harm[label] == wanted ? Math.max(max, logits[label]) : max;
        }
        double sum = 0;
        for (int label = 0; label < logits.length; label++) {
            sum += harm[label] == wanted ? Math.exp((logits[label] - max) / divisor) : 0;
        }
        return max / divisor + Math.log(sum);
    }

    List<String> labels() {
        return labels;
    }

    List<String> harmfulLabels() {
        return Arrays.stream(harmful).mapToObj(labels::get).toList();
    }

    double threshold() {
        return threshold;
    }

    double temperature() {
        return temperature;
    }
}
