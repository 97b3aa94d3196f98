package dev.kanmon;

import java.time.Duration;
import java.util.List;

/**
 * A guard's answer about one exchange.
 *
 * @param harmful whether {@code probability >= threshold}
 * @param probability of the exchange being harmful, 0 to 1; over several windows the largest
 * @param logits the classifier's raw outputs, one for each label, of the window that decided
 * @param threshold the probability from which on an exchange counts as harmful
 * @param tokens tokens of the whole exchange, special tokens included, before it was cut into windows
 * @param windows what the model read, in the order of the text; one element when the exchange fits the model
 * @param truncated whether tokens were left out (only where the window policy says so)
 * @param elapsed wall-clock time of this verdict; for {@code checkAll} the time of the whole call
 */
public record Verdict(
        boolean harmful,
        double probability,
        List<Double> logits,
        double threshold,
        int tokens,
        List<Window> windows,
        boolean truncated,
        Duration elapsed) {

    public Verdict {
        logits = List.copyOf(logits);
        windows = List.copyOf(windows);
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
