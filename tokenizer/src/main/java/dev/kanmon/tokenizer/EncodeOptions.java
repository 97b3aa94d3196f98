package dev.kanmon.tokenizer;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * How to encode a text; immutable. {@link #DEFAULT} truncates nothing, reads special tokens typed in the text as such,
 * and adds the special tokens of the model.
 *
 * @param maxLength the most tokens that the result may have, special tokens included; empty for no limit
 * @param strategy which text of a pair is cut
 * @param direction the end at which texts are cut
 * @param stride how many tokens neighbouring pieces of a cut text share
 * @param overflow whether the pieces cut off are kept in {@link Encoding#overflow()}; for a pair in which both texts are
 *     cut there are as many as the product of the two counts
 * @param specialsAsText whether {@code [SEP]} typed in a text is plain text instead of the special token
 * @param addSpecialTokens whether the post-processor adds its tokens
 */
public record EncodeOptions(
        OptionalInt maxLength,
        TruncationStrategy strategy,
        Direction direction,
        int stride,
        boolean overflow,
        boolean specialsAsText,
        boolean addSpecialTokens) {
    /** No truncation, special tokens in the text recognised, special tokens added. */
    public static final EncodeOptions DEFAULT = new EncodeOptions(
            OptionalInt.empty(), TruncationStrategy.LONGEST_FIRST, Direction.RIGHT, 0, false, false, true);

    /**
     * Checks the numbers that can be checked without a tokenizer.
     *
     * @throws IllegalArgumentException if {@code maxLength} or {@code stride} is negative
     */
    public EncodeOptions {
        Objects.requireNonNull(maxLength, "maxLength");
        Objects.requireNonNull(strategy, "strategy");
        Objects.requireNonNull(direction, "direction");
        if (maxLength.isPresent() && maxLength.getAsInt() < 0) {
            throw new IllegalArgumentException(
                    "the maximum length is " + maxLength.getAsInt() + ", expected 0 or more");
        }
        if (stride < 0) {
            throw new IllegalArgumentException("the stride is " + stride + ", expected 0 or more");
        }
    }

    /** These options with a limit of tokens, special tokens included. */
    public EncodeOptions withMaxLength(int tokens) {
        return new EncodeOptions(
                OptionalInt.of(tokens), strategy, direction, stride, overflow, specialsAsText, addSpecialTokens);
    }

    /** These options without a limit. */
    public EncodeOptions withoutMaxLength() {
        return new EncodeOptions(
                OptionalInt.empty(), strategy, direction, stride, overflow, specialsAsText, addSpecialTokens);
    }

    /** These options with another strategy. */
    public EncodeOptions withStrategy(TruncationStrategy other) {
        return new EncodeOptions(maxLength, other, direction, stride, overflow, specialsAsText, addSpecialTokens);
    }

    /** These options, cutting at another end. */
    public EncodeOptions withDirection(Direction other) {
        return new EncodeOptions(maxLength, strategy, other, stride, overflow, specialsAsText, addSpecialTokens);
    }

    /** These options with another stride, in tokens. */
    public EncodeOptions withStride(int tokens) {
        return new EncodeOptions(maxLength, strategy, direction, tokens, overflow, specialsAsText, addSpecialTokens);
    }

    /** These options, keeping what is cut off or not. */
    public EncodeOptions withOverflow(boolean keep) {
        return new EncodeOptions(maxLength, strategy, direction, stride, keep, specialsAsText, addSpecialTokens);
    }

    /** These options, reading special tokens in the text as plain text or not. */
    public EncodeOptions withSpecialsAsText(boolean asText) {
        return new EncodeOptions(maxLength, strategy, direction, stride, overflow, asText, addSpecialTokens);
    }

    /** These options, adding special tokens or not. */
    public EncodeOptions withAddSpecialTokens(boolean add) {
        return new EncodeOptions(maxLength, strategy, direction, stride, overflow, specialsAsText, add);
    }
}
