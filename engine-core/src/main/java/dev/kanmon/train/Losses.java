package dev.kanmon.train;

import java.util.List;

/**
 * The losses of one step. Every part is a mean over the whole step, whatever passes it is done in: of row {@code i} with
 * weight {@code w} the loss is {@code wᵢ · (aᵢ · cᵢ / c̄ · CEᵢ + bᵢ · KLᵢ) / Σw}, where {@code c} is the weight of its class,
 * {@code c̄} the mean of those over the step (weighted with {@code w · a}), and {@code a} and {@code b} the shares of the two
 * parts. So cross-entropy is torch's {@code F.cross_entropy(z, y, weight=c)}, which divides by the sum of the classes'
 * weights, and the divergence is torch's {@code F.kl_div(log_softmax(z), [1-q, q], reduction="batchmean")}.
 *
 * <p>Logits are those of class 0, safe, and class 1, harmful. Everything is computed in double.
 */
final class Losses {

    private final TrainOptions.Loss options;
    private final double weights;
    private final double classWeight;

    /** The losses of a step that sees {@code rows}. */
    Losses(TrainOptions.Loss options, List<Example> rows) {
        this.options = options;
        double weights = 0;
        double shares = 0;
        double classes = 0;
        for (Example row : rows) {
            double share = row.weight() * labelShare(row);
            weights += row.weight();
            shares += share;
            classes += share * weightOf(row);
        }
        this.weights = weights;
        this.classWeight = shares == 0 ? 1 : classes / shares;
    }

    /** The share of the part that looks at the label; the rest looks at the teacher. */
    private double labelShare(Example row) {
        if (row.teacher().isEmpty()) {
            return 1;
        }
        if (row.harmful().isEmpty()) {
            return 0;
        }
        return switch (options.kind()) {
            case CE, FOCAL -> 1;
            case KL -> 0;
            case CE_KL -> 0.5;
        };
    }

    private double weightOf(Example row) {
        return row.harmful().isEmpty() ? 1 : weightOf(row.harmful().getAsInt());
    }

    private double weightOf(int label) {
        return label == 1 ? options.harmfulWeight() : options.safeWeight();
    }

    /**
     * What a row adds to the loss of the step.
     *
     * @param logits two
     * @param gradient overwritten with the derivative of that by the logits
     */
    double of(Example row, float[] logits, float[] gradient) {
        double max = Math.max(logits[0], logits[1]);
        double logSum = max + Math.log(Math.exp(logits[0] - max) + Math.exp(logits[1] - max));
        double[] logP = {logits[0] - logSum, logits[1] - logSum};
        double[] derivative = new double[2];
        double share = labelShare(row);
        double loss = 0;
        if (share > 0) {
            double factor = row.weight() * share / classWeight / weights;
            int label = row.harmful().getAsInt();
            loss += options.kind() == TrainOptions.Loss.Kind.FOCAL
                    ? focal(label, logP, factor, derivative)
                    : crossEntropy(label, logP, factor, derivative);
        }
        if (share < 1) {
            double factor = row.weight() * (1 - share) / weights;
            loss += divergence(row.teacher().getAsDouble(), logP, factor, derivative);
        }
        gradient[0] = (float) derivative[0];
        gradient[1] = (float) derivative[1];
        return loss;
    }

    /** {@code -Σ tₖ · cₖ · log pₖ} with the smoothed target {@code t}. */
    private double crossEntropy(int label, double[] logP, double factor, double[] derivative) {
        double loss = 0;
        double all = 0;
        for (int k = 0; k < 2; k++) {
            double target = options.smoothing() / 2 + (k == label ? 1 - options.smoothing() : 0);
            double pull = target * weightOf(k);
            loss -= pull * logP[k];
            all += pull;
            derivative[k] -= factor * pull;
        }
        for (int k = 0; k < 2; k++) {
            derivative[k] += factor * all * Math.exp(logP[k]);
        }
        return factor * loss;
    }

    /** {@code -c · (1 - p)^γ · log p} of the label's probability. */
    private double focal(int label, double[] logP, double factor, double[] derivative) {
        double p = Math.exp(logP[label]);
        double rest = Math.exp(logP[1 - label]); // 1 - p, exact also where p is all but 1
        double weight = weightOf(label) * factor;
        double gamma = options.focus();
        double modulation = Math.pow(rest, gamma);
        // d/dz of the label's logit: (1-p)^γ · (γ · p · log p - (1-p)); of the other one the opposite
        double slope = weight * modulation * (gamma * p * logP[label] - rest);
        derivative[label] += slope;
        derivative[1 - label] -= slope;
        return -weight * modulation * logP[label];
    }

    /** {@code KL([1-q, q] ‖ p)}. */
    private static double divergence(double q, double[] logP, double factor, double[] derivative) {
        double[] target = {1 - q, q};
        double loss = 0;
        for (int k = 0; k < 2; k++) {
            loss += target[k] == 0 ? 0 : target[k] * (Math.log(target[k]) - logP[k]);
            derivative[k] += factor * (Math.exp(logP[k]) - target[k]);
        }
        return factor * loss;
    }

    /** The probability of harm. */
    static double probability(float[] logits) {
        return 1 / (1 + Math.exp((double) logits[0] - logits[1]));
    }
}
