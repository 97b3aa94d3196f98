package dev.kanmon.eval;

import java.util.Locale;

/**
 * How near one way to compute a guard comes to another one on the same texts.
 *
 * @param n number of texts
 * @param meanDifference mean of |ΔP|; 0 without texts
 * @param largestDifference largest |ΔP|; 0 without texts
 * @param flips texts whose verdict is another, though the reference was decided
 * @param undecidedFlips texts whose verdict is another and the reference was undecided
 * @param farthestFlip largest distance of the reference from the threshold where the verdict is another; 0 without any
 */
public record Agreement(
        int n, double meanDifference, double largestDifference, int flips, int undecidedFlips, double farthestFlip) {

    /** A probability nearer than this to the threshold is undecided, where nothing else is said. */
    public static final double UNDECIDED = 0.03;

    /**
     * Compares.
     *
     * @param reference probabilities of harm
     * @param actual those of the other computation, as many
     * @param threshold probability from which on a text counts as flagged
     * @param undecided the reference is undecided where it is nearer than this to the threshold
     */
    public static Agreement of(double[] reference, double[] actual, double threshold, double undecided) {
        if (reference.length != actual.length) {
            throw new IllegalArgumentException(
                    "found " + reference.length + " and " + actual.length + " probabilities, expected as many of both");
        }
        double sum = 0;
        double largest = 0;
        int flips = 0;
        int undecidedFlips = 0;
        double farthest = 0;
        for (int i = 0; i < reference.length; i++) {
            double difference = Math.abs(reference[i] - actual[i]);
            sum += difference;
            largest = Math.max(largest, difference);
            if (reference[i] >= threshold != actual[i] >= threshold) {
                double distance = Math.abs(reference[i] - threshold);
                farthest = Math.max(farthest, distance);
                if (distance < undecided) {
                    undecidedFlips++;
                } else {
                    flips++;
                }
            }
        }
        return new Agreement(
                reference.length,
                reference.length == 0 ? 0 : sum / reference.length,
                largest,
                flips,
                undecidedFlips,
                farthest);
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d texts, mean |ΔP| %.5f, largest %.4f, %d flips, %d more where the reference was undecided, the"
                        + " farthest %.4f from the threshold",
                n,
                meanDifference,
                largestDifference,
                flips,
                undecidedFlips,
                farthestFlip);
    }
}
