package dev.kanmon;

import dev.kanmon.engine.batch.Sentences;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * What happens to an exchange that is longer than the model, and how closely a long one is read.
 *
 * <p>Windows are cut between tokens, never inside one, and follow each other with an overlap, so that what
 * stands at a cut is seen whole by one of them. The exchange's probability is what {@link Joining} makes of its windows'.
 * Immutable; start from {@link #windows()}, {@link #sentences()} or {@link #truncate} and change what matters.
 *
 * {@snippet class="dev.kanmon.GuardExample" region="long"}
 *
 * @param maxTokens tokens of a window, special tokens included; empty for what the model can take
 * @param overlap tokens that a window shares with the one before it; at most half of a window is used
 * @param truncate true to read one window only and leave the rest of the text out (the longest text is cut
 *     first); the verdict then says {@code truncated}
 * @param joining which windows are read and what becomes of their probabilities
 * @param readsSentences whether each sentence is judged by itself, too, see {@link #sentences()}
 * @param maxWork tokens that may be computed for one exchange, see {@link #withMaxWork}; empty for any number
 */
public record WindowPolicy(
        OptionalInt maxTokens,
        int overlap,
        boolean truncate,
        Joining joining,
        boolean readsSentences,
        OptionalInt maxWork) {

    /** Overlap of {@link #windows()}, in tokens: a sentence or two. */
    public static final int DEFAULT_OVERLAP = 64;

    /**
     * Characters (UTF-16 code units) that are turned into tokens for each token of {@link #withMaxWork}: four times what English has to a token, so
     * that only texts of blanks and of endless words meet this limit before the one of tokens.
     */
    public static final int CHARACTERS_PER_TOKEN = 16;

    public WindowPolicy {
        Objects.requireNonNull(joining, "joining");
        if (maxTokens.isPresent() && maxTokens.getAsInt() < 1) {
            throw new IllegalArgumentException("maxTokens: found " + maxTokens.getAsInt() + ", expected at least 1");
        }
        if (overlap < 0) {
            throw new IllegalArgumentException("overlap: found " + overlap + ", expected 0 or more");
        }
        if (maxWork.isPresent() && maxWork.getAsInt() < 1) {
            throw new IllegalArgumentException("maxWork: found " + maxWork.getAsInt() + ", expected at least 1 token");
        }
        boolean leavesOut = truncate || joining instanceof Joining.FirstAndLast;
        if (readsSentences && leavesOut) {
            throw new IllegalArgumentException("sentences: found a policy that leaves text out ("
                    + (truncate ? "truncate" : "first and last window") + "), expected one that reads all of it");
        }
    }

    /** Every token is read: as many windows as it takes, each as long as the model, {@value #DEFAULT_OVERLAP} shared. */
    public static WindowPolicy windows() {
        return new WindowPolicy(OptionalInt.empty(), DEFAULT_OVERLAP, false, Joining.max(), false, OptionalInt.empty());
    }

    /**
     * As {@link #windows()}, and each sentence is judged by itself, too: one harmful sentence among thousands of
     * harmless words moves a window little, and stands out alone.
     *
     * <p>Of a reply the sentences of the reply are judged, each with the instruction before it, or the instruction's last 64
     * tokens where it is longer. {@link Sentences} says where sentences end. Short ones go together with what follows,
     * until there are 8 tokens; longer ones than 64 tokens are read in pieces of 64 that share 16, so that leaving out the
     * full stops hides nothing. In the verdict these pieces stand after the windows.
     *
     * <p>Each token is computed two to three times; with an instruction of i tokens before a reply's sentences up to
     * {@code 3 + min(i, 64) / 8} times. {@link #withMaxWork} bounds it. A sentence alone is judged harmful by mistake more
     * often than a window is, and a long text has many: thresholds are to be calibrated in this mode.
     */
    public static WindowPolicy sentences() {
        return windows().withSentences(true);
    }

    /** One window of at most {@code maxTokens} tokens; the rest is left out. */
    public static WindowPolicy truncate(int maxTokens) {
        return new WindowPolicy(OptionalInt.of(maxTokens), 0, true, Joining.max(), false, OptionalInt.empty());
    }

    /** The same policy with windows of at most {@code tokens} tokens. */
    public WindowPolicy withMaxTokens(int tokens) {
        return new WindowPolicy(OptionalInt.of(tokens), overlap, truncate, joining, readsSentences, maxWork);
    }

    /** The same policy with another overlap, in tokens. */
    public WindowPolicy withOverlap(int tokens) {
        return new WindowPolicy(maxTokens, tokens, truncate, joining, readsSentences, maxWork);
    }

    /**
     * The same policy with another way from windows to a verdict.
     *
     * @throws IllegalArgumentException if that leaves text out and this policy reads sentences
     */
    public WindowPolicy withJoining(Joining newJoining) {
        return new WindowPolicy(maxTokens, overlap, truncate, newJoining, readsSentences, maxWork);
    }

    /**
     * The same policy with each sentence judged by itself, or not; see {@link #sentences()}.
     *
     * @throws IllegalArgumentException if sentences are to be read and this policy leaves text out
     */
    public WindowPolicy withSentences(boolean judged) {
        return new WindowPolicy(maxTokens, overlap, truncate, joining, judged, maxWork);
    }

    /**
     * The same policy with a limit on what one exchange may cost, however long it is: a verdict that would need more is
     * {@link Outcome#INCOMPLETE}, unless what was read is harmful already.
     *
     * <p>Windows are no longer than the limit, so that one is always read. Where not all can be, the first and the last
     * are, then the middle one, then the middles of what is between those, and so on: what was read is spread over the
     * whole text, and the same text always gets the same verdict. Sentences come after all windows, in the same order.
     * Of texts that together have more than {@value #CHARACTERS_PER_TOKEN} characters for each token of the limit, only
     * so many are looked at, one half from the beginning and one from the end; {@link Verdict#tokens} then counts those
     * alone.
     *
     * @param tokens computed at most for one exchange, special tokens included; a guard refuses a limit that has no
     *     room for its special tokens and one token of each text
     */
    public WindowPolicy withMaxWork(int tokens) {
        return new WindowPolicy(maxTokens, overlap, truncate, joining, readsSentences, OptionalInt.of(tokens));
    }
}
