package dev.kanmon.engine.batch;

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

    /** Number of tokens. */
    public int length() {
        return ids.length;
    }
}
