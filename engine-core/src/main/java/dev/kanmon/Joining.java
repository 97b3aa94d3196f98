package dev.kanmon;

import java.util.Arrays;

/**
 * Which windows of a long exchange are read, and how their probabilities become the exchange's. Immutable.
 *
 * <p>What is joined are all pieces that a {@link WindowPolicy} has the model read: windows, and in sentence mode the
 * sentences. Of one piece every way gives that piece's probability.
 */
public sealed interface Joining {

    /** Every window is read, and the most harmful one decides. */
    record Max() implements Joining {
        private static final Max INSTANCE = new Max();
    }

    /**
     * Every window is read, and the mean of the largest probabilities decides: harm must show in several places, so
     * that one window that is judged wrongly does not condemn a long text. A harmful passage that is short may be in
     * one window only, and is then averaged away.
     *
     * @param k how many probabilities are averaged; of fewer windows all of them
     */
    record MeanOfTop(int k) implements Joining {
        public MeanOfTop {
            if (k < 1) {
                throw new IllegalArgumentException("mean of the top k windows: found k = " + k + ", expected 1 or more");
            }
        }
    }

    /**
     * Only the first and the last window are read, each as long as windows may be, and the more harmful one decides.
     * What is between them is not read; a verdict that left something out says {@code truncated}.
     */
    record FirstAndLast() implements Joining {
        private static final FirstAndLast INSTANCE = new FirstAndLast();
    }

    /** The most harmful window decides. */
    static Joining max() {
        return Max.INSTANCE;
    }

    /**
     * The mean of the {@code k} most harmful windows decides.
     *
     * @throws IllegalArgumentException if {@code k < 1}
     */
    static Joining meanOfTop(int k) {
        return new MeanOfTop(k);
    }

    /** The more harmful one of the first and the last window decides; no other is read. */
    static Joining firstAndLast() {
        return FirstAndLast.INSTANCE;
    }

    /**
     * The probability of the whole.
     *
     * @param probabilities of the pieces that were read, at least one, in any order; unchanged
     */
    default double join(double... probabilities) {
        if (probabilities.length == 0) {
            throw new IllegalArgumentException("probabilities: found none, expected at least one");
        }
        double[] sorted = probabilities.clone();
        Arrays.sort(sorted);
        int taken =
                switch (this) {
                    case Max _, FirstAndLast _ -> 1;
                    case MeanOfTop(int k) -> Math.min(k, sorted.length);
                };
        double sum = 0;
        for (int i = sorted.length - taken; i < sorted.length; i++) {
            sum += sorted[i];
        }
        return sum / taken;
    }
}
