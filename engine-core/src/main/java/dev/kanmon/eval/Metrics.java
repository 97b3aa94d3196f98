package dev.kanmon.eval;

import java.util.OptionalDouble;

/**
 * How good a guard is on labelled texts. A figure that the data leaves undefined is empty: without harmful texts
 * there is no recall, without harmless ones no false-positive rate, without both no ranking.
 *
 * @param n number of texts
 * @param harmful how many of them are harmful
 * @param threshold probability from which on a text counts as flagged
 * @param f1 harmonic mean of precision and recall
 * @param precision share of the flagged texts that are harmful
 * @param recall share of the harmful texts that are flagged (true-positive rate)
 * @param auprc average precision: precision at each distinct score, weighted by the recall it adds
 * @param auroc probability that a harmful text scores above a harmless one, ties counting half
 * @param falsePositiveRate share of the harmless texts that are flagged
 * @param recallAtOnePercentFpr the largest recall of any threshold that flags at most 1 % of the harmless texts
 * @param calibrationError expected calibration error: the gap between probability and share of harmful texts, in
 *     {@value #BINS} bins of equal width, weighted by their sizes (Guo et al. 2017, equation 5, on P(harmful))
 * @param brier mean square of the distance between probability and label (Brier 1950, in the form of two classes)
 */
public record Metrics(
        int n,
        int harmful,
        double threshold,
        OptionalDouble f1,
        OptionalDouble precision,
        OptionalDouble recall,
        OptionalDouble auprc,
        OptionalDouble auroc,
        OptionalDouble falsePositiveRate,
        OptionalDouble recallAtOnePercentFpr,
        OptionalDouble calibrationError,
        OptionalDouble brier) {

    /** Bins of the calibration error; each has its lower end, the last has both. */
    public static final int BINS = 15;

    /**
     * Measures.
     *
     * @param probabilities of being harmful, 0 to 1
     * @param labels true for harmful, as long as {@code probabilities}
     * @param threshold probability from which on a text counts as flagged
     */
    public static Metrics of(double[] probabilities, boolean[] labels, double threshold) {
        return new SortedRows(probabilities, labels).metrics(threshold);
    }

    /** The bin of the calibration error that a probability falls into. */
    static int bin(double probability) {
        return Math.min(BINS - 1, (int) (probability * BINS));
    }
}
