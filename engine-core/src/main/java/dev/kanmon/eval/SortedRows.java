package dev.kanmon.eval;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** Labelled probabilities, sorted once: the figures of any multiset of the rows then take one pass. */
final class SortedRows {
    private static final double ONE_PERCENT = 0.01;

    /** From the highest on; equal ones move together. */
    private final double[] probabilities;

    private final boolean[] harmful;
    /** Where each stands in the rows as they were given. */
    private final int[] rows;

    SortedRows(double[] probabilities, boolean[] labels) {
        if (probabilities.length != labels.length) {
            throw new IllegalArgumentException("found " + probabilities.length + " probabilities and " + labels.length
                    + " labels, expected as many");
        }
        int n = labels.length;
        this.probabilities = new double[n];
        harmful = new boolean[n];
        rows = IntStream.range(0, n)
                .boxed()
                .sorted((a, b) -> Double.compare(probabilities[b], probabilities[a]))
                .mapToInt(row -> row)
                .toArray();
        for (int i = 0; i < n; i++) {
            double probability = probabilities[rows[i]];
            if (!(probability >= 0 && probability <= 1)) {
                throw new IllegalArgumentException(
                        "row " + rows[i] + ": found " + probability + ", expected a probability from 0 to 1");
            }
            this.probabilities[i] = probability;
            harmful[i] = labels[rows[i]];
        }
    }

    int size() {
        return rows.length;
    }

    double probability(int rank) {
        return probabilities[rank];
    }

    boolean harmful(int rank) {
        return harmful[rank];
    }

    /** Where the row of this rank stands in the rows as they were given. */
    int row(int rank) {
        return rows[rank];
    }

    /** One past the last rank that has the probability of {@code rank}. */
    int endOfTies(int rank) {
        int end = rank + 1;
        while (end < rows.length && probabilities[end] == probabilities[rank]) {
            end++;
        }
        return end;
    }

    /** The figures of all rows. */
    Metrics metrics(double threshold) {
        int[] once = new int[rows.length];
        Arrays.fill(once, 1);
        return metrics(once, threshold);
    }

    /**
     * The figures of a multiset of the rows.
     *
     * @param counts how often it has each row, in the order in which they were given
     */
    Metrics metrics(int[] counts, double threshold) {
        int n = 0;
        int positives = 0;
        for (int i = 0; i < rows.length; i++) {
            int count = counts[rows[i]];
            n += count;
            positives += harmful[i] ? count : 0;
        }
        int negatives = n - positives;
        double averagePrecision = 0;
        double area = 0;
        double recallAtOnePercent = 0;
        double squares = 0;
        double[] sums = new double[Metrics.BINS];
        int[] harmfulInBin = new int[Metrics.BINS];
        int truePositives = 0;
        int falsePositives = 0;
        int hits = 0;
        int flagged = 0;
        for (int i = 0; i < rows.length; ) {
            double probability = probabilities[i];
            int newTrue = 0;
            int newFalse = 0;
            for (; i < rows.length && probabilities[i] == probability; i++) {
                int count = counts[rows[i]];
                newTrue += harmful[i] ? count : 0;
                newFalse += harmful[i] ? 0 : count;
            }
            if (newTrue + newFalse == 0) {
                continue; // the multiset has none of them
            }
            area += newFalse * (truePositives + newTrue / 2.0);
            truePositives += newTrue;
            falsePositives += newFalse;
            averagePrecision += (double) newTrue * truePositives / (truePositives + falsePositives);
            if (falsePositives <= ONE_PERCENT * negatives) {
                recallAtOnePercent = (double) truePositives / positives;
            }
            if (probability >= threshold) {
                hits = truePositives;
                flagged = truePositives + falsePositives;
            }
            squares += newTrue * (1 - probability) * (1 - probability) + newFalse * probability * probability;
            int bin = Metrics.bin(probability);
            sums[bin] += (newTrue + newFalse) * probability;
            harmfulInBin[bin] += newTrue;
        }
        double gap = 0;
        for (int b = 0; b < sums.length; b++) {
            gap += Math.abs(sums[b] - harmfulInBin[b]);
        }
        boolean both = positives > 0 && negatives > 0;
        return new Metrics(
                n,
                positives,
                threshold,
                ratio(2.0 * hits, positives == 0 ? 0 : positives + flagged),
                positives > 0 && flagged == 0 ? OptionalDouble.of(0) : ratio(hits, flagged),
                ratio(hits, positives),
                both ? OptionalDouble.of(averagePrecision / positives) : OptionalDouble.empty(),
                both ? OptionalDouble.of(area / positives / negatives) : OptionalDouble.empty(),
                ratio(flagged - hits, negatives),
                both ? OptionalDouble.of(recallAtOnePercent) : OptionalDouble.empty(),
                ratio(gap, n),
                ratio(squares, n));
    }

    private static OptionalDouble ratio(double part, double whole) {
        return whole == 0 ? OptionalDouble.empty() : OptionalDouble.of(part / whole);
    }
}
