package dev.kanmon.augment;

import dev.kanmon.Exchange;
import java.util.List;

/** Gives probabilities of harm that others learn from. Whoever opened a teacher closes it. */
public interface Teacher extends AutoCloseable {

    /** Beyond it a probability is no different from 0 or 1 in a double's arithmetic of losses. */
    double LARGEST_LOGIT = 30;

    /** Which model judges and how, in one line that goes into rows. */
    String description();

    /**
     * Judges exchanges.
     *
     * @return for each {@code ln(p / (1 - p))} of its probability p of harm, from -{@value #LARGEST_LOGIT} to
     *     {@value #LARGEST_LOGIT}
     */
    double[] logits(List<Exchange> exchanges);

    @Override
    void close();

    /** The logit of a probability, within the bounds. */
    static double logit(double probability) {
        double logit = Math.log(probability) - Math.log1p(-probability);
        return Math.clamp(logit, -LARGEST_LOGIT, LARGEST_LOGIT);
    }

    /** The probability of a logit. */
    static double probability(double logit) {
        return 1 / (1 + Math.exp(-logit));
    }
}
