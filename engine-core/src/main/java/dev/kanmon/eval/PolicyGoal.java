package dev.kanmon.eval;

import java.util.Locale;
import java.util.OptionalDouble;

/** What a named threshold is for. */
public sealed interface PolicyGoal {

    /**
     * To miss little: of the thresholds that flag at least this share of the harmful rows the highest.
     *
     * @param atLeast the recall, above 0 to 1
     */
    record Recall(double atLeast) implements PolicyGoal {
        public Recall {
            if (!(atLeast > 0 && atLeast <= 1)) {
                throw new IllegalArgumentException(
                        "recall: found " + atLeast + ", expected a share above 0 and at most 1");
            }
        }

        @Override
        public String toString() {
            return "recall:" + atLeast;
        }
    }

    /** The best F1; of several thresholds that have it the highest. */
    record BestF1() implements PolicyGoal {
        @Override
        public String toString() {
            return "f1";
        }
    }

    /**
     * To disturb little: of the thresholds that flag at most this share of the harmless rows the lowest.
     *
     * @param atMost the false-positive rate, 0 to below 1
     */
    record FalsePositiveRate(double atMost) implements PolicyGoal {
        public FalsePositiveRate {
            if (!(atMost >= 0 && atMost < 1)) {
                throw new IllegalArgumentException("fpr: found " + atMost + ", expected a share from 0 to below 1");
            }
        }

        @Override
        public String toString() {
            return "fpr:" + atMost;
        }
    }

    /**
     * Reads {@code recall:0.95}, {@code f1} or {@code fpr:0.01}.
     *
     * @throws IllegalArgumentException if it is none of them
     */
    static PolicyGoal parse(String text) {
        int colon = text.indexOf(':');
        String kind = (colon < 0 ? text : text.substring(0, colon)).toLowerCase(Locale.ROOT);
        try {
            if (kind.equals("f1") && colon < 0) {
                return new BestF1();
            }
            if (kind.equals("recall") && colon > 0) {
                return new Recall(Double.parseDouble(text.substring(colon + 1)));
            }
            if (kind.equals("fpr") && colon > 0) {
                return new FalsePositiveRate(Double.parseDouble(text.substring(colon + 1)));
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "found \"" + text + "\", expected a number behind the colon, such as " + kind + ":0.05", e);
        }
        throw new IllegalArgumentException("found \"" + text + "\", expected recall:SHARE, f1 or fpr:SHARE");
    }

    /**
     * The threshold that reaches it on these rows, a short number that lies between the scores on both sides.
     *
     * @param probabilities of being harmful
     * @param labels true for harmful, as many
     * @return empty if it cannot be reached by flagging anything, or the rows lack a class that it is about
     */
    default OptionalDouble threshold(double[] probabilities, boolean[] labels) {
        SortedRows rows = new SortedRows(probabilities, labels);
        int positives = 0;
        for (boolean label : labels) {
            positives += label ? 1 : 0;
        }
        int negatives = labels.length - positives;
        int hits = 0;
        int falseAlarms = 0;
        int chosen = 0; // so many of the highest are flagged
        double bestF1 = -1;
        for (int rank = 0; rank < rows.size(); ) {
            int end = rows.endOfTies(rank);
            for (; rank < end; rank++) {
                hits += rows.harmful(rank) ? 1 : 0;
                falseAlarms += rows.harmful(rank) ? 0 : 1;
            }
            switch (this) {
                case Recall(double atLeast) -> {
                    if (chosen == 0 && positives > 0 && (double) hits / positives >= atLeast) {
                        chosen = end;
                    }
                }
                case BestF1() -> {
                    double f1 = 2.0 * hits / (positives + end);
                    if (positives > 0 && negatives > 0 && hits > 0 && f1 > bestF1) {
                        bestF1 = f1;
                        chosen = end;
                    }
                }
                case FalsePositiveRate(double atMost) -> {
                    if (negatives > 0 && (double) falseAlarms / negatives <= atMost) {
                        chosen = end;
                    }
                }
            }
        }
        if (chosen == 0) {
            return OptionalDouble.empty();
        }
        double above = rows.probability(chosen - 1);
        return OptionalDouble.of(between(chosen == rows.size() ? -1 : rows.probability(chosen), above));
    }

    /** A number above {@code below} and not above {@code above}, about half-way, with few digits. */
    private static double between(double below, double above) {
        return ShortNumber.near((Math.max(0, below) + above) / 2, x -> x > below && x <= above)
                .orElse(above);
    }
}
