package dev.kanmon;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * When a {@link GuardStream} judges what it has got so far, and what makes it say stop. Immutable; start from
 * {@link #defaults()} and change what matters.
 *
 * <p>A stream says stop once {@code confirmations} judgements have reached {@code stop} without one below
 * {@code release} among them. Judgements between the two neither count nor undo what was counted.
 *
 * @param everyTokens judges when so many tokens have come since the last judgement, or sixteen times as many chars, at
 *     least 1; empty for no such limit
 * @param atSentenceEnds judges at the end of a sentence or a line, too, though not more often than every
 *     {@value #LEAST_TOKENS} tokens
 * @param stop probability from which on a judgement counts, above 0 and at most 1; empty for the guard's threshold
 * @param release probability below which a judgement undoes what was counted, at most {@code stop}, which
 *     counts if this is larger than the guard's threshold; empty for {@code stop} itself
 * @param confirmations judgements that it takes, at least 1
 */
public record StreamOptions(
        OptionalInt everyTokens,
        boolean atSentenceEnds,
        OptionalDouble stop,
        OptionalDouble release,
        int confirmations) {

    /** Tokens between judgements of {@link #defaults()}. */
    public static final int DEFAULT_TOKENS = 32;

    /** Tokens that a sentence has at least for its end to be judged at. */
    static final int LEAST_TOKENS = 8;

    /** Chars of a sentence at most. */
    private static final int MOST_CHARS_OF_SENTENCE = 8192;

    private static final StreamOptions DEFAULTS =
            new StreamOptions(OptionalInt.of(DEFAULT_TOKENS), false, OptionalDouble.empty(), OptionalDouble.empty(), 1);

    public StreamOptions {
        if (everyTokens.isEmpty() && !atSentenceEnds) {
            throw new IllegalArgumentException(
                    "found neither a number of tokens nor sentence ends to judge at, expected one of them");
        }
        if (everyTokens.isPresent() && everyTokens.getAsInt() < 1) {
            throw new IllegalArgumentException(
                    "everyTokens: found " + everyTokens.getAsInt() + ", expected at least 1");
        }
        if (stop.isPresent() && !(stop.getAsDouble() > 0 && stop.getAsDouble() <= 1)) {
            throw new IllegalArgumentException(
                    "stop: found " + stop.getAsDouble() + ", expected a probability above 0 and at most 1");
        }
        if (release.isPresent() && !(release.getAsDouble() >= 0 && release.getAsDouble() <= stop.orElse(1))) {
            throw new IllegalArgumentException("release: found " + release.getAsDouble()
                    + ", expected a probability from 0 to " + stop.orElse(1) + ", where a judgement counts");
        }
        if (confirmations < 1) {
            throw new IllegalArgumentException("confirmations: found " + confirmations + ", expected at least 1");
        }
    }

    /** Every {@value #DEFAULT_TOKENS} tokens; the first judgement that reaches the guard's threshold stops. */
    public static StreamOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Which judgement would have stopped a stream: for finding options that suit, from what a stream that only watches
     * ({@code withStop(1)}) has found.
     *
     * @param threshold the guard's, where {@link #stop} is empty
     * @param probabilities of the judgements, in their order, without the last one of {@link GuardStream#finish}
     * @return the position of the one that stops; empty if none does
     */
    public OptionalInt stopsAt(double threshold, List<Double> probabilities) {
        Hysteresis rule = rule(threshold);
        for (int i = 0; i < probabilities.size(); i++) {
            if (rule.stopsAt(probabilities.get(i))) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    /** Chars (UTF-16 code units) at most from one judgement to the next: endless words and blanks are few tokens. */
    long mostChars() {
        return everyTokens.isPresent()
                ? (long) WindowPolicy.CHARACTERS_PER_TOKEN * everyTokens.getAsInt()
                : MOST_CHARS_OF_SENTENCE;
    }

    /** The rule for a guard with this threshold. */
    Hysteresis rule(double threshold) {
        double reached = stop.orElse(threshold);
        return new Hysteresis(reached, Math.min(reached, release.orElse(reached)), confirmations);
    }

    /** Judged when {@code tokens} tokens have come since the last judgement. */
    public StreamOptions withEveryTokens(int tokens) {
        return new StreamOptions(OptionalInt.of(tokens), atSentenceEnds, stop, release, confirmations);
    }

    /** Judged at the ends of sentences and lines, and at the latest when {@link #everyTokens} have come. */
    public StreamOptions withSentenceEnds() {
        return new StreamOptions(everyTokens, true, stop, release, confirmations);
    }

    /**
     * Judged at the ends of sentences and lines only, however many tokens they have, and when
     * {@value #MOST_CHARS_OF_SENTENCE} chars have come without one.
     */
    public StreamOptions withSentenceEndsOnly() {
        return new StreamOptions(OptionalInt.empty(), true, stop, release, confirmations);
    }

    /** With a threshold of its own instead of the guard's. */
    public StreamOptions withStop(double probability) {
        return new StreamOptions(everyTokens, atSentenceEnds, OptionalDouble.of(probability), release, confirmations);
    }

    /** With another probability below which what was counted is undone. */
    public StreamOptions withRelease(double probability) {
        return new StreamOptions(everyTokens, atSentenceEnds, stop, OptionalDouble.of(probability), confirmations);
    }

    /** With another number of judgements that it takes to stop. */
    public StreamOptions withConfirmations(int judgements) {
        return new StreamOptions(everyTokens, atSentenceEnds, stop, release, judgements);
    }
}
