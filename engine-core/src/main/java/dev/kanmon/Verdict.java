package dev.kanmon;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * A guard's answer about one exchange.
 *
 * <p>A verdict of a guard keeps the exchange's texts alive, for {@code explain}; they are in no string that it makes.
 *
 * @param probability of the exchange being harmful, 0 to 1; over several windows what {@link Joining} makes of theirs, which
 *     is the largest unless the guard's {@link WindowPolicy} says otherwise
 * @param logits the classifier's raw outputs, one for each label, of the most harmful window (the first of several)
 * @param threshold the probability from which on an exchange counts as harmful
 * @param tokens tokens of the whole exchange, special tokens included, before it was cut into windows; where
 *     {@link WindowPolicy#withMaxWork} kept the guard from looking at all of it, of what it looked at
 * @param windows what the model read, in the order of the text; one element when the exchange fits the model. In
 *     sentence mode the sentences stand behind them, in the order of the text
 * @param truncated whether tokens were left out (only where the window policy says so)
 * @param incomplete whether tokens were not read because the exchange would have cost more work than it may
 * @param elapsed wall-clock time of this verdict; for {@code checkAll} the time of the whole call
 * @param origin who judged what; null in a verdict that no guard made
 */
public record Verdict(
        double probability,
        List<Double> logits,
        double threshold,
        int tokens,
        List<Window> windows,
        boolean truncated,
        boolean incomplete,
        Duration elapsed,
        Origin origin) {

    public Verdict {
        Objects.requireNonNull(elapsed, "elapsed");
        logits = List.copyOf(logits);
        windows = List.copyOf(windows);
    }

    /** What was found: {@link Outcome#HARMFUL} where {@code probability >= threshold}. */
    public Outcome outcome() {
        return probability >= threshold ? Outcome.HARMFUL : incomplete ? Outcome.INCOMPLETE : Outcome.HARMLESS;
    }

    /** Whether the exchange is to be refused: it is harmful, or nobody knows because not all of it was read. */
    public boolean harmful() {
        return outcome() != Outcome.HARMLESS;
    }

    /**
     * What the same probability means for another threshold.
     *
     * @param newThreshold probability from which on the exchange is harmful, 0 to 1
     */
    public Verdict withThreshold(double newThreshold) {
        Policy.requireThreshold(newThreshold);
        return new Verdict(probability, logits, newThreshold, tokens, windows, truncated, incomplete, elapsed, origin);
    }

    /** The same, as the answer to a call that took this long. */
    Verdict withElapsed(Duration time) {
        return new Verdict(probability, logits, threshold, tokens, windows, truncated, incomplete, time, origin);
    }

    /**
     * Says which words carry this verdict, by {@link Explanation.Method#INTEGRATED_GRADIENTS} where the guard's model has
     * a way back, else by {@link Explanation.Method#OCCLUSION}: models that are packed and regressions have none.
     *
     * <p>It costs some dozens of verdicts. The first time, a guard reads its matrices again, in f32 and in both
     * directions: nine bytes a weight, and what a pass over 512 tokens keeps, until it is closed. Any thread may ask;
     * of one guard one is answered at a time.
     *
     * @throws IllegalStateException if the guard that made it is closed, or no guard made it
     */
    public Explanation explain() {
        return judge().explain(origin.exchange(), this);
    }

    /**
     * Says it by a method of the caller's choice, say occlusion as a check on gradients.
     *
     * @throws IllegalArgumentException if the guard's model has no way back and the method needs one
     * @throws IllegalStateException if the guard that made it is closed, or no guard made it
     */
    public Explanation explain(Explanation.Method method) {
        return judge().explain(origin.exchange(), this, Objects.requireNonNull(method, "method"));
    }

    private Explainer judge() {
        if (origin == null) {
            throw new IllegalStateException("explain: this verdict has no origin, expected one that a guard made");
        }
        return origin.guard().explainer();
    }

    /**
     * Who judged what. It takes no part in whether two verdicts are equal, and its string holds no text.
     */
    public static final class Origin {
        private final Guard guard;
        private final Exchange exchange;

        Origin(Guard guard, Exchange exchange) {
            this.guard = guard;
            this.exchange = exchange;
        }

        Guard guard() {
            return guard;
        }

        Exchange exchange() {
            return exchange;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Origin;
        }

        @Override
        public int hashCode() {
            return Origin.class.hashCode();
        }

        @Override
        public String toString() {
            return "Origin";
        }
    }

    /**
     * One piece of the exchange, as the model read it.
     *
     * @param instruction the characters of the instruction it holds
     * @param response the characters of the response it holds; empty where there is none
     * @param tokens tokens of the window, special tokens included
     * @param probability of this window being harmful
     */
    public record Window(Span instruction, Span response, int tokens, double probability) {}

    /**
     * A half-open range of a text, counted in Unicode code points.
     *
     * @param start first code point
     * @param end one past the last; equal to {@code start} for an empty span
     */
    public record Span(int start, int end) {
        /** The span that holds nothing. */
        public static final Span EMPTY = new Span(0, 0);

        /** Whether the span holds nothing. */
        public boolean isEmpty() {
            return start == end;
        }

        /** The characters of {@code text} that this span names. */
        public String of(String text) {
            int from = text.offsetByCodePoints(0, start);
            return text.substring(from, text.offsetByCodePoints(from, end - start));
        }
    }
}
