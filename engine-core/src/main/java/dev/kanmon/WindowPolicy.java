package dev.kanmon;

import java.util.OptionalInt;

/**
 * What happens to an exchange that is longer than the model.
 *
 * <p>Windows are cut between tokens, never inside one, and follow each other with an overlap, so that what
 * stands at a cut is seen whole by one of them. The exchange's probability is the largest of its windows'.
 *
 * @param maxTokens tokens of a window, special tokens included; empty for what the model can take
 * @param overlap tokens that a window shares with the one before it; at most half of a window is used
 * @param truncate true to read one window only and leave the rest of the text out (the longest text is cut
 *     first); the verdict then says {@code truncated}
 */
public record WindowPolicy(OptionalInt maxTokens, int overlap, boolean truncate) {

    /** Overlap of {@link #windows()}, in tokens: a sentence or two. */
    public static final int DEFAULT_OVERLAP = 64;

    public WindowPolicy {
        if (maxTokens.isPresent() && maxTokens.getAsInt() < 1) {
            throw new IllegalArgumentException("maxTokens: found " + maxTokens.getAsInt() + ", expected at least 1");
        }
        if (overlap < 0) {
            throw new IllegalArgumentException("overlap: found " + overlap + ", expected 0 or more");
        }
    }

    /** Every token is read: as many windows as it takes, each as long as the model, {@value #DEFAULT_OVERLAP} shared. */
    public static WindowPolicy windows() {
        return new WindowPolicy(OptionalInt.empty(), DEFAULT_OVERLAP, false);
    }

    /** One window of at most {@code maxTokens} tokens; the rest is left out. */
    public static WindowPolicy truncate(int maxTokens) {
        return new WindowPolicy(OptionalInt.of(maxTokens), 0, true);
    }

    /** The same policy with windows of at most {@code tokens} tokens. */
    public WindowPolicy withMaxTokens(int tokens) {
        return new WindowPolicy(OptionalInt.of(tokens), overlap, truncate);
    }

    /** The same policy with another overlap, in tokens. */
    public WindowPolicy withOverlap(int tokens) {
        return new WindowPolicy(maxTokens, tokens, truncate);
    }
}
