package dev.kanmon.eval;

import java.util.Arrays;
import java.util.Comparator;
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
        OptionalDouble calibrationError) {

    /** Bins of the calibration error. */
    public static final int BINS = 15;

    private static final double ONE_PERCENT = 0.01;

    /**
     * Measures.
     *
     * @param probabilities of being harmful
     * @param labels true for harmful, as long as {@code probabilities}
     * @param threshold probability from which on a text counts as flagged
     */
    public static Metrics of(double[] probabilities, boolean[] labels, double threshold) {
        if (probabilities.length != labels.length) {
            throw new IllegalArgumentException("found " + probabilities.length + " probabilities and " + labels.length
                    + " labels, expected as many");
        }
        int n = labels.length;
        int positives = 0;
        int truePositives = 0;
        int flagged = 0;
        for (int i = 0; i < n; i++) {
            boolean flag = probabilities[i] >= threshold;
            positives += labels[i] ? 1 : 0;
            flagged += flag ? 1 : 0;
            truePositives += flag && labels[i] ? 1 : 0;
        }
        int negatives = n - positives;
        Ranking ranking = Ranking.of(probabilities, labels, positives, negatives);
        boolean both = positives > 0 && negatives > 0;
        return new Metrics(
                n,
                positives,
                threshold,
                ratio(2.0 * truePositives, positives == 0 ? 0 : positives + flagged),
                positives > 0 && flagged == 0 ? OptionalDouble.of(0) : ratio(truePositives, flagged),
                ratio(truePositives, positives),
                both ? OptionalDouble.of(ranking.averagePrecision) : OptionalDouble.empty(),
                both ? OptionalDouble.of(ranking.auroc) : OptionalDouble.empty(),
                ratio(flagged - truePositives, negatives),
                both ? OptionalDouble.of(ranking.recallAtOnePercent) : OptionalDouble.empty(),
                n == 0 ? OptionalDouble.empty() : OptionalDouble.of(calibrationError(probabilities, labels)));
    }

    private static OptionalDouble ratio(double part, double whole) {
        return whole == 0 ? OptionalDouble.empty() : OptionalDouble.of(part / whole);
    }

    /** What follows from the order of the scores; equal scores move together. */
    private record Ranking(double averagePrecision, double auroc, double recallAtOnePercent) {

        static Ranking of(double[] scores, boolean[] labels, int positives, int negatives) {
            Integer[] order = new Integer[scores.length];
            Arrays.setAll(order, i -> i);
            Arrays.sort(
                    order, Comparator.comparingDouble((Integer i) -> scores[i]).reversed());
            double averagePrecision = 0;
            double area = 0;
            double recallAtOnePercent = 0;
            int truePositives = 0;
            int falsePositives = 0;
            for (int i = 0; i < order.length; ) {
                int newTrue = 0;
                int newFalse = 0;
                double score = scores[order[i]];
                for (; i < order.length && scores[order[i]] == score; i++) {
                    newTrue += labels[order[i]] ? 1 : 0;
                    newFalse += labels[order[i]] ? 0 : 1;
                }
                area += newFalse * (truePositives + newTrue / 2.0);
                truePositives += newTrue;
                falsePositives += newFalse;
                averagePrecision += (double) newTrue * truePositives / (truePositives + falsePositives);
                if (falsePositives <= ONE_PERCENT * negatives) {
                    recallAtOnePercent = (double) truePositives / positives;
                }
            }
            return new Ranking(averagePrecision / positives, area / positives / negatives, recallAtOnePercent);
        }
    }

    private static double calibrationError(double[] probabilities, boolean[] labels) {
        double[] sum = new double[BINS];
        int[] positives = new int[BINS];
        for (int i = 0; i < labels.length; i++) {
            int bin = Math.min(BINS - 1, (int) (probabilities[i] * BINS));
            sum[bin] += probabilities[i];
            positives[bin] += labels[i] ? 1 : 0;
        }
        double gap = 0;
        for (int b = 0; b < BINS; b++) {
            gap += Math.abs(sum[b] - positives[b]);
        }
        return gap / labels.length;
    }
}
