package dev.kanmon.tokenizer;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * How to make encodings longer; immutable.
 *
 * @param length the length to reach; empty for the encoding's own length, or, for a batch, the longest one's
 * @param multipleOf the length to reach is rounded up to a multiple of this; 0 or 1 for no rounding
 * @param direction the end at which tokens are added
 * @param id the id of the padding token
 * @param typeId its type id
 * @param token its text
 */
public record Padding(OptionalInt length, int multipleOf, Direction direction, int id, int typeId, String token) {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if {@code length}, {@code multipleOf}, {@code id} or {@code typeId} is negative
     */
    public Padding {
        Objects.requireNonNull(direction, "direction");
        Objects.requireNonNull(token, "token");
        if (length.orElse(0) < 0 || multipleOf < 0 || id < 0 || typeId < 0) {
            throw new IllegalArgumentException("padding to length " + length + ", multiple of " + multipleOf
                    + ", with id " + id + " and type id " + typeId + ": expected no negative number");
        }
    }

    /** This padding to another length. */
    public Padding withLength(int tokens) {
        return new Padding(OptionalInt.of(tokens), multipleOf, direction, id, typeId, token);
    }

    int target(int ownLength) {
        int target = length.orElse(ownLength);
        int rest = multipleOf > 1 ? target % multipleOf : 0;
        return rest == 0 ? target : Math.addExact(target, multipleOf - rest);
    }
}
