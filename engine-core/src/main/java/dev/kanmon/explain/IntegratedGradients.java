package dev.kanmon.explain;

import dev.kanmon.Explanation;
import dev.kanmon.Explanation.Method;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.train.model.EmbeddingGradients;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;

/**
 * Integrated gradients (Sundararajan et al. 2017): the gradient of the log-odds by the words' embeddings, integrated on the
 * straight way from the embedding of a token that says nothing to each token's own. Special tokens stay as they are.
 *
 * <p>The integral is cut into intervals, each by Lobatto's rule of five points, whose ends two intervals share and whose
 * middle is an end when an interval is halved. How wrong an interval is, is known and not estimated: the sum of all
 * weights should be the difference of the log-odds at its ends. The worst are halved until little is missing.
 *
 * <p>Belongs to one thread at a time.
 */
public final class IntegratedGradients {

    /** Points of Lobatto's rule on [0, 1], 1/2 ± √(3/7)/2 among them, and their weights. */
    private static final double[] POINTS = {0, 0.17267316464601143, 0.5, 0.8273268353539886, 1};

    private static final double[] WEIGHTS = {1.0 / 20, 49.0 / 180, 16.0 / 45, 49.0 / 180, 1.0 / 20};

    /** Intervals to begin with: ways from nothing to a text bend near both ends. */
    private static final int INTERVALS = 2;

    /** Tokens of a pass, where a window is not longer: their activations stay small and products are near their peak. */
    private static final int PASS_TOKENS = 512;

    private final EmbeddingGradients model;
    private final ToDoubleFunction<float[]> logOdds;
    private final UnaryOperator<float[]> slopes;
    private final int nothing;
    private final Runnable check;
    private final Precision precision;

    /**
     * When to stop.
     *
     * @param tolerance share of the difference to be explained that may be missing, of 1 where it is less
     * @param maxPoints points of the way that are looked at
     */
    public record Precision(double tolerance, int maxPoints) {}

    /**
     * @param model learns nothing; the caller keeps others away from it
     * @param logOdds what is to be explained, of a row of logits
     * @param slopes the derivatives of that by the logits
     * @param nothing id of the token that says nothing
     * @param check throws if the work is to end
     */
    public IntegratedGradients(
            EmbeddingGradients model,
            ToDoubleFunction<float[]> logOdds,
            UnaryOperator<float[]> slopes,
            int nothing,
            Runnable check,
            Precision precision) {
        this.model = model;
        this.logOdds = logOdds;
        this.slopes = slopes;
        this.nothing = nothing;
        this.check = check;
        this.precision = precision;
    }

    /**
     * What was found at a point of the way.
     *
     * @param value log-odds
     * @param slopes of each token: the derivative of the log-odds by the way, the token's share of it
     */
    private record Point(double value, double[] slopes) {}

    /** A part of the way, from 0 to 1. */
    private record Interval(double from, double to) {
        double at(int point) {
            return point == POINTS.length - 1 ? to : from + POINTS[point] * (to - from);
        }
    }

    /** One explanation on its way. */
    private final class Work {
        private final ReadText text;
        private final TokenSequence sequence;
        private final float[] own;
        private final float[] start;
        private final TreeMap<Double, Point> points = new TreeMap<>();
        private final List<Interval> intervals = new ArrayList<>();

        Work(ReadText text) {
            this.text = text;
            sequence = text.sequence();
            int size = model.size();
            own = new float[sequence.length() * size];
            start = new float[size];
            for (int i = 0; i < sequence.length(); i++) {
                model.embedding(
                        sequence.ids()[i],
                        MemorySegment.ofArray(own).asSlice((long) i * size * Float.BYTES, (long) size * Float.BYTES));
            }
            model.embedding(nothing, MemorySegment.ofArray(start));
        }

        Explanation run() {
            for (int i = 0; i < INTERVALS; i++) {
                intervals.add(new Interval((double) i / INTERVALS, (double) (i + 1) / INTERVALS));
            }
            look(intervals);
            while (missing() > allowed() && points.size() < precision.maxPoints()) {
                halveTheWorst();
            }
            double[] weights = new double[text.length()];
            for (Interval interval : intervals) {
                add(interval, weights);
            }
            return Occlusion.explanation(
                    Method.INTEGRATED_GRADIENTS,
                    points.lastEntry().getValue().value(),
                    points.firstEntry().getValue().value(),
                    text,
                    weights);
        }

        private double allowed() {
            double difference = points.lastEntry().getValue().value()
                    - points.firstEntry().getValue().value();
            return precision.tolerance() * Math.max(1, Math.abs(difference));
        }

        private double missing() {
            return intervals.stream().mapToDouble(this::missing).sum();
        }

        private double missing(Interval interval) {
            double sum = 0;
            for (int p = 0; p < POINTS.length; p++) {
                for (double slope : points.get(interval.at(p)).slopes()) {
                    sum += WEIGHTS[p] * (interval.to() - interval.from()) * slope;
                }
            }
            double difference = points.get(interval.to()).value()
                    - points.get(interval.from()).value();
            return Math.abs(sum - difference);
        }

        private void halveTheWorst() {
            double worst = intervals.stream().mapToDouble(this::missing).max().orElseThrow();
            List<Interval> halves = new ArrayList<>();
            List<Interval> kept = new ArrayList<>();
            for (Interval interval : intervals) {
                if (missing(interval) >= worst / 2) {
                    double middle = interval.at(POINTS.length / 2);
                    halves.add(new Interval(interval.from(), middle));
                    halves.add(new Interval(middle, interval.to()));
                } else {
                    kept.add(interval);
                }
            }
            look(halves);
            intervals.clear();
            intervals.addAll(kept);
            intervals.addAll(halves);
        }

        private void add(Interval interval, double[] weights) {
            for (int p = 0; p < POINTS.length; p++) {
                double[] slopes = points.get(interval.at(p)).slopes();
                for (int i = 0; i < weights.length; i++) {
                    weights[i] += WEIGHTS[p] * (interval.to() - interval.from()) * slopes[i];
                }
            }
        }

        /** Finds what is not known yet of the points of {@code wanted}. */
        private void look(List<Interval> wanted) {
            List<Double> places = new ArrayList<>();
            for (Interval interval : wanted) {
                for (int p = 0; p < POINTS.length; p++) {
                    double place = interval.at(p);
                    if (!points.containsKey(place) && !places.contains(place)) {
                        places.add(place);
                    }
                }
            }
            int together = Math.max(1, PASS_TOKENS / sequence.length());
            for (int from = 0; from < places.size(); from += together) {
                check.run();
                pass(places.subList(from, Math.min(from + together, places.size())));
            }
        }

        private void pass(List<Double> places) {
            int numbers = own.length;
            MemorySegment rows = model.rows(places.size() * sequence.length());
            for (int p = 0; p < places.size(); p++) {
                float[] embeddings = embeddings(places.get(p));
                MemorySegment.copy(
                        embeddings, 0, rows, ValueLayout.JAVA_FLOAT, (long) p * numbers * Float.BYTES, numbers);
            }
            float[][] logits = model.forward(Collections.nCopies(places.size(), sequence));
            float[][] back = new float[logits.length][];
            for (int p = 0; p < back.length; p++) {
                back[p] = slopes.apply(logits[p]);
            }
            MemorySegment gradients = model.backward(back);
            float[] gradient = new float[numbers];
            for (int p = 0; p < places.size(); p++) {
                MemorySegment.copy(
                        gradients, ValueLayout.JAVA_FLOAT, (long) p * numbers * Float.BYTES, gradient, 0, numbers);
                points.put(places.get(p), new Point(logOdds.applyAsDouble(logits[p]), shares(gradient)));
            }
        }

        /** The tokens' embeddings at a place of the way. */
        private float[] embeddings(double place) {
            float[] embeddings = own.clone();
            for (int i = 0; i < text.length(); i++) {
                for (int c = 0; c < start.length && !text.isSpecial(i) && place < 1; c++) {
                    int at = i * start.length + c;
                    embeddings[at] = (float) (start[c] + place * (own[at] - start[c]));
                }
            }
            return embeddings;
        }

        private double[] shares(float[] gradient) {
            double[] shares = new double[text.length()];
            for (int i = 0; i < shares.length; i++) {
                for (int c = 0; c < start.length && !text.isSpecial(i); c++) {
                    int at = i * start.length + c;
                    shares[i] += (double) (own[at] - start[c]) * gradient[at];
                }
            }
            return shares;
        }
    }

    /**
     * Explains a window.
     *
     * @throws IllegalStateException if {@code check} says so
     */
    public Explanation explain(ReadText text) {
        return new Work(text).run();
    }
}
