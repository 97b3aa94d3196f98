package dev.kanmon.engine.batch;

import dev.kanmon.engine.config.EncoderConfig;
import java.util.Objects;

/**
 * One sequence of tokens, ready for the encoder: special tokens included, nothing padded.
 *
 * @param ids vocabulary ids, 1 or more of them
 * @param typeIds segment of each token (0 instruction, 1 response), as long as {@code ids}; null for all 0
 * @param mask 1 for tokens that may be attended to, 0 for those that may not, as long as {@code ids}; null
 *     for all 1. As in the reference, masked tokens keep their positions
 */
public record TokenSequence(int[] ids, int[] typeIds, int[] mask) {

    public TokenSequence {
        Objects.requireNonNull(ids, "ids");
        if (ids.length == 0) {
            throw new IllegalArgumentException("a sequence needs at least one token, found none");
        }
        sameLength("typeIds", typeIds, ids.length);
        sameLength("mask", mask, ids.length);
        if (mask != null) {
            for (int value : mask) {
                if (value != 0 && value != 1) {
                    throw new IllegalArgumentException("attention mask: found " + value + ", expected 0 or 1");
                }
            }
        }
    }

    private static void sameLength(String what, int[] values, int length) {
        if (values != null && values.length != length) {
            throw new IllegalArgumentException(
                    what + ": found " + values.length + " values for " + length + " tokens, expected as many");
        }
    }

    /** A sequence of one segment with nothing masked. */
    public static TokenSequence of(int... ids) {
        return new TokenSequence(ids, null, null);
    }

    /**
     * Checks that an encoder can read this.
     *
     * @throws IllegalArgumentException if an id, a type or the length is outside what the encoder has
     */
    public void requireFits(EncoderConfig encoder) {
        if (length() > encoder.limit()) {
            throw new IllegalArgumentException(
                    "a sequence of " + length() + " tokens was given, the model takes at most " + encoder.limit());
        }
        range("token id", ids, encoder.vocabularySize());
        if (typeIds != null && encoder.types() > 0) {
            range("token type", typeIds, encoder.types());
        }
    }

    private static void range(String what, int[] values, int end) {
        for (int i = 0; i < values.length; i++) {
            if (values[i] < 0 || values[i] >= end) {
                throw new IllegalArgumentException(
                        what + " " + values[i] + " at position " + i + " is outside the model's 0 to " + (end - 1));
            }
        }
    }

    /** Number of tokens. */
    public int length() {
        return ids.length;
    }
}
