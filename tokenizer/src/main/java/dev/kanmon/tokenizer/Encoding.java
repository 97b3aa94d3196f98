package dev.kanmon.tokenizer;

import dev.kanmon.tokenizer.pipeline.TokenTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;

/**
 * The tokens of a text or of a pair of texts; immutable. Methods that return an array return a copy.
 *
 * <p>Offsets count Unicode code points of the text that the token is from, a lone surrogate counting as one; tokens that
 * are from no text have the offsets 0 and 0.
 */
public final class Encoding {
    private final TokenTable table;
    private final IntFunction<String> vocabulary;

    Encoding(TokenTable table, IntFunction<String> vocabulary) {
        this.table = table;
        this.vocabulary = vocabulary;
    }

    TokenTable table() {
        return table;
    }

    /** The number of tokens. */
    public int length() {
        return table.size();
    }

    /** The ids. */
    public int[] ids() {
        return table.ids();
    }

    /**
     * The id of token {@code index}.
     *
     * @throws IndexOutOfBoundsException unless {@code 0 <= index < length()}
     */
    public int id(int index) {
        return table.id(check(index));
    }

    /** The type ids, which tell the texts of a pair apart where the model uses them. */
    public int[] typeIds() {
        return table.typeIds();
    }

    /**
     * The type id of token {@code index}.
     *
     * @throws IndexOutOfBoundsException unless {@code 0 <= index < length()}
     */
    public int typeId(int index) {
        return table.typeId(check(index));
    }

    /**
     * Where token {@code index} starts in its text, in code points.
     *
     * @throws IndexOutOfBoundsException unless {@code 0 <= index < length()}
     */
    public int start(int index) {
        return table.start(check(index));
    }

    /**
     * Where token {@code index} ends in its text, exclusive, in code points.
     *
     * @throws IndexOutOfBoundsException unless {@code 0 <= index < length()}
     */
    public int end(int index) {
        return table.end(check(index));
    }

    /**
     * The text that token {@code index} is from: 0, 1, or -1 for a token that was added.
     *
     * @throws IndexOutOfBoundsException unless {@code 0 <= index < length()}
     */
    public int sequence(int index) {
        return table.sequence(check(index));
    }

    /** 1 for each token that was added to the text, padding included, else 0. */
    public int[] specialMask() {
        var mask = new int[length()];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = table.has(TokenTable.SPECIAL, i) ? 1 : 0;
        }
        return mask;
    }

    /** 0 for each padding token, else 1. */
    public int[] attentionMask() {
        var mask = new int[length()];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = table.has(TokenTable.PADDING, i) ? 0 : 1;
        }
        return mask;
    }

    /**
     * The text of token {@code index}: the vocabulary's, or for an added token found in the text, what was found, with
     * the white space that it swallowed.
     *
     * @throws IndexOutOfBoundsException unless {@code 0 <= index < length()}
     */
    public String token(int index) {
        var name = table.name(check(index));
        return name != null ? name : Objects.requireNonNullElse(vocabulary.apply(table.id(index)), "");
    }

    /** The texts of all tokens, as {@link #token} gives them. */
    public List<String> tokens() {
        var tokens = new ArrayList<String>(length());
        for (int i = 0; i < length(); i++) {
            tokens.add(token(i));
        }
        return List.copyOf(tokens);
    }

    /**
     * The tokens from {@code from} to {@code to} (exclusive), offsets unchanged, without overflow.
     *
     * @throws IndexOutOfBoundsException unless {@code 0 <= from <= to <= length()}
     */
    public Encoding slice(int from, int to) {
        Objects.checkFromToIndex(from, to, length());
        return new Encoding(table.slice(from, to), vocabulary);
    }

    /** What truncation cut off, if {@link EncodeOptions#overflow()} asked for it; each complete with special tokens. */
    public List<Encoding> overflow() {
        return table.overflow().stream()
                .map(cutOff -> new Encoding(cutOff, vocabulary))
                .toList();
    }

    /**
     * This encoding and its overflow, padded to the same length; those that are as long already stay as they are.
     *
     * @throws ArithmeticException if the length to reach exceeds an int
     */
    public Encoding pad(Padding padding) {
        int target = padding.target(length());
        var overflow = table.overflow().stream()
                .map(cutOff -> pad(cutOff, padding, target))
                .toList();
        return new Encoding(pad(table, padding, target).withOverflow(overflow), vocabulary);
    }

    private static TokenTable pad(TokenTable table, Padding padding, int target) {
        if (table.size() >= target) {
            return table;
        }
        var builder = new TokenTable.Builder(target);
        if (padding.direction() == Direction.RIGHT) {
            builder.addAll(table, 0, table.size());
        }
        for (int i = table.size(); i < target; i++) {
            builder.addPadding(padding.id(), padding.typeId(), padding.token());
        }
        if (padding.direction() == Direction.LEFT) {
            builder.addAll(table, 0, table.size());
        }
        return builder.build();
    }

    private int check(int index) {
        return Objects.checkIndex(index, table.size());
    }

    /** The number of tokens and the first few. */
    @Override
    public String toString() {
        int shown = Math.min(length(), 16);
        return "Encoding of " + length() + " tokens " + slice(0, shown).tokens() + (shown < length() ? " …" : "");
    }
}
