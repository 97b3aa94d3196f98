package dev.kanmon.eval;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SplittableRandom;

/**
 * How far figures would move on other rows of the same kind: rows are drawn again, with replacement, as many as there
 * are (Efron 1979); the percentiles of the figures of such draws are the interval. Nothing here is better than the rows:
 * a source that they do not have is not in the interval either.
 *
 * @param replicates how many draws
 * @param confidence share of the draws that an interval holds
 * @param seed of the draws; the same seed gives the same intervals
 */
public record Bootstrap(int replicates, double confidence, long seed) {

    /** Confidence where nothing else is said. */
    public static final double CONFIDENCE = 0.95;

    /**
     * A difference between two models on the same rows.
     *
     * @param value the first model's figure less the second's, on all rows
     * @param interval of the difference
     * @param p how often draws as far from 0 on the other side would be seen if there were no difference: twice the
     *     smaller share of draws at or beyond 0, the rows themselves counted as one draw more, at most 1
     */
    public record Difference(double value, Interval interval, double p) {}

    public Bootstrap {
        if (replicates < 1 || !(confidence > 0 && confidence < 1)) {
            throw new IllegalArgumentException("bootstrap: found " + replicates + " replicates and the confidence "
                    + confidence + ", expected at least 1 and a number between 0 and 1");
        }
    }

    /** As many draws, intervals that hold 95 % of them. */
    public static Bootstrap of(int replicates, long seed) {
        return new Bootstrap(replicates, CONFIDENCE, seed);
    }

    /**
     * The interval of each figure that the rows define; draws that leave it undefined are not counted.
     *
     * @param probabilities of being harmful
     * @param labels true for harmful, as many
     * @param threshold probability from which on a text counts as flagged
     */
    public Map<Figure, Interval> intervals(double[] probabilities, boolean[] labels, double threshold) {
        SortedRows rows = new SortedRows(probabilities, labels);
        Samples samples = new Samples();
        Draws draws = new Draws(labels.length);
        for (int r = 0; r < replicates; r++) {
            samples.add(rows.metrics(draws.next(), threshold), null);
        }
        Map<Figure, Interval> intervals = new EnumMap<>(Figure.class);
        samples.values.forEach((figure, values) -> intervals.put(figure, Interval.middle(values.get(), confidence)));
        return intervals;
    }

    /**
     * The difference in each figure that the rows define, both models on the same draws.
     *
     * @param first probabilities of the first model
     * @param firstThreshold its threshold
     * @param second those of the second, on the same rows
     * @param secondThreshold its threshold
     * @param labels true for harmful, as many
     */
    public Map<Figure, Difference> differences(
            double[] first, double firstThreshold, double[] second, double secondThreshold, boolean[] labels) {
        SortedRows one = new SortedRows(first, labels);
        SortedRows other = new SortedRows(second, labels);
        Samples samples = new Samples();
        Draws draws = new Draws(labels.length);
        for (int r = 0; r < replicates; r++) {
            int[] counts = draws.next();
            samples.add(one.metrics(counts, firstThreshold), other.metrics(counts, secondThreshold));
        }
        Metrics ones = one.metrics(firstThreshold);
        Metrics others = other.metrics(secondThreshold);
        Map<Figure, Difference> differences = new EnumMap<>(Figure.class);
        samples.values.forEach((figure, values) -> {
            OptionalDouble whole = difference(figure, ones, others);
            if (whole.isPresent()) {
                double[] drawn = values.get();
                differences.put(
                        figure, new Difference(whole.getAsDouble(), Interval.middle(drawn, confidence), p(drawn)));
            }
        });
        return differences;
    }

    private static double p(double[] differences) {
        int atMost = 1;
        int atLeast = 1;
        for (double difference : differences) {
            atMost += difference <= 0 ? 1 : 0;
            atLeast += difference >= 0 ? 1 : 0;
        }
        return Math.min(1, 2.0 * Math.min(atMost, atLeast) / (differences.length + 1));
    }

    private static OptionalDouble difference(Figure figure, Metrics one, Metrics other) {
        OptionalDouble first = figure.of(one);
        if (other == null) {
            return first;
        }
        OptionalDouble second = figure.of(other);
        return first.isPresent() && second.isPresent()
                ? OptionalDouble.of(first.getAsDouble() - second.getAsDouble())
                : OptionalDouble.empty();
    }

    /** Draws with replacement, as counts of each row. */
    final class Draws {
        private final SplittableRandom random = new SplittableRandom(seed);
        private final int[] counts;

        Draws(int rows) {
            counts = new int[rows];
        }

        /** The next draw; valid until the one after it. */
        int[] next() {
            Arrays.fill(counts, 0);
            for (int i = 0; i < counts.length; i++) {
                counts[random.nextInt(counts.length)]++;
            }
            return counts;
        }
    }

    /** The figures of the draws, or their differences. */
    private final class Samples {
        private final Map<Figure, Values> values = new EnumMap<>(Figure.class);

        void add(Metrics one, Metrics other) {
            for (Figure figure : Figure.values()) {
                difference(figure, one, other)
                        .ifPresent(value -> values.computeIfAbsent(figure, _ -> new Values(replicates))
                                .add(value));
            }
        }
    }

    /** Numbers, one after the other. */
    private static final class Values {
        private final double[] all;
        private int count;

        Values(int capacity) {
            all = new double[capacity];
        }

        void add(double value) {
            all[count++] = value;
        }

        double[] get() {
            return Arrays.copyOf(all, count);
        }
    }
}
