package dev.kanmon.explain;

import dev.kanmon.Exchange;
import dev.kanmon.Explanation.Part;
import dev.kanmon.Explanation.Text;
import dev.kanmon.Verdict;
import dev.kanmon.Verdict.Span;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.tokenizer.Encoding;
import dev.kanmon.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/** One window of an exchange, token by token, and which tokens make a word. Immutable. */
public final class ReadText {

    /**
     * Tokens that belong together.
     *
     * @param from first token
     * @param to one past the last
     */
    public record Word(int from, int to) {}

    /** Characters of the longest text that is turned into tokens as a whole again, as it was for the verdict. */
    private static final int WHOLE = 1 << 18;

    /** Code points around a window of a longer text that are looked at, so that words at its edges become what they were. */
    private static final int AROUND = 256;

    private final Exchange exchange;
    private final Encoding tokens;
    private final int[] shifts;
    private final List<Word> words;

    private ReadText(Exchange exchange, Encoding tokens, int[] shifts) {
        this.exchange = exchange;
        this.tokens = tokens;
        this.shifts = shifts;
        words = List.copyOf(words());
    }

    /**
     * The tokens of a window of {@code exchange}, which are those that the guard read, but where a character of several
     * tokens stood across the window's edge.
     *
     * @param limit tokens that the model takes
     */
    public static ReadText of(Exchange exchange, Verdict.Window window, Tokenizer tokenizer, int limit) {
        boolean pair = !window.response().isEmpty();
        int room = limit - tokenizer.specialTokens(pair);
        Slice a = Slice.of(tokenizer, exchange.instruction(), window.instruction())
                .first(room);
        Slice b = pair
                ? Slice.of(tokenizer, exchange.response(), window.response())
                        .first(room - a.tokens().length())
                : null;
        Encoding whole = tokenizer.assemble(a.tokens(), b == null ? null : b.tokens());
        return new ReadText(exchange, whole, new int[] {a.shift(), b == null ? 0 : b.shift()});
    }

    /** Tokens of a part of a text, and where in the text their offsets begin to count. */
    private record Slice(Encoding tokens, int shift) {

        /** The tokens of {@code span}; of a very long text only what is around it is looked at. */
        static Slice of(Tokenizer tokenizer, String text, Span span) {
            if (span.isEmpty()) {
                return new Slice(tokenizer.tokens("", true), 0);
            }
            String looked = text;
            int shift = 0;
            if (text.length() > WHOLE) {
                int start = text.offsetByCodePoints(0, span.start());
                int end = text.offsetByCodePoints(start, span.end() - span.start());
                shift = Math.max(0, span.start() - AROUND);
                looked = text.substring(
                        text.offsetByCodePoints(start, shift - span.start()),
                        text.offsetByCodePoints(end, Math.min(AROUND, text.codePointCount(end, text.length()))));
            }
            Encoding all = tokenizer.tokens(looked, true);
            int from = 0;
            while (from < all.length() && all.start(from) + shift < span.start()) {
                from++;
            }
            int to = all.length();
            while (to > from && all.end(to - 1) + shift > span.end()) {
                to--;
            }
            return new Slice(all.slice(from, to), shift);
        }

        Slice first(int count) {
            return new Slice(tokens.slice(0, Math.min(tokens.length(), count)), shift);
        }
    }

    /** The tokens as the model takes them. */
    public TokenSequence sequence() {
        return new TokenSequence(tokens.ids(), tokens.typeIds(), null);
    }

    /** Number of tokens, special tokens included. */
    public int length() {
        return tokens.length();
    }

    /** Whether token {@code index} was added to the texts. */
    public boolean isSpecial(int index) {
        return tokens.sequence(index) < 0;
    }

    /** The words, in the order of the window; together they hold every token that is not special. */
    public List<Word> wordsInOrder() {
        return words;
    }

    /** Token {@code index} with a weight. */
    public Part token(int index, double weight) {
        return part(index, index + 1, weight);
    }

    /** The tokens from {@code from} to {@code to} (exclusive), all of one text, with a weight. */
    public Part part(int from, int to, double weight) {
        Text text = text(from);
        return new Part(text, trimmed(text, new Span(start(from), end(to - 1))), weight);
    }

    private int start(int index) {
        return tokens.start(index) + shifts[tokens.sequence(index)];
    }

    private int end(int index) {
        return tokens.end(index) + shifts[tokens.sequence(index)];
    }

    /** The text that token {@code index} is of, which is not a special one. */
    public Text text(int index) {
        return tokens.sequence(index) == 0 ? Text.INSTRUCTION : Text.RESPONSE;
    }

    /** Some tokenizers count the blank before a word as the word's. */
    private Span trimmed(Text text, Span span) {
        int[] characters = span.of(text.of(exchange)).codePoints().toArray();
        int from = 0;
        int to = characters.length;
        while (from < to && Character.isWhitespace(characters[from])) {
            from++;
        }
        while (to > from && Character.isWhitespace(characters[to - 1])) {
            to--;
        }
        return from == to ? span : new Span(span.start() + from, span.start() + to);
    }

    private List<Word> words() {
        List<Word> found = new ArrayList<>();
        int[][] characters = {codePoints(0), codePoints(1)};
        int[] begins = {begin(0), begin(1)};
        for (int from = 0; from < tokens.length(); ) {
            if (isSpecial(from)) {
                from++;
                continue;
            }
            int text = tokens.sequence(from);
            int to = from + 1;
            while (to < tokens.length()
                    && tokens.sequence(to) == text
                    && (start(to) < end(to - 1)
                            || start(to) == end(to - 1) && joins(characters[text], start(to) - begins[text]))) {
                to++;
            }
            found.add(new Word(from, to));
            from = to;
        }
        return found;
    }

    /** The characters of a text from its first token to its last. */
    private int[] codePoints(int sequence) {
        int begin = begin(sequence);
        if (begin < 0) {
            return new int[0];
        }
        int end = begin;
        for (int i = 0; i < tokens.length(); i++) {
            end = tokens.sequence(i) == sequence ? Math.max(end, end(i)) : end;
        }
        String text = sequence == 0 ? exchange.instruction() : exchange.response();
        return new Span(begin, end).of(text).codePoints().toArray();
    }

    private int begin(int sequence) {
        for (int i = 0; i < tokens.length(); i++) {
            if (tokens.sequence(i) == sequence) {
                return start(i);
            }
        }
        return -1;
    }

    /** Whether a word goes on from character {@code at - 1} to character {@code at}. */
    private static boolean joins(int[] text, int at) {
        return inWord(text, at - 1) && inWord(text, at)
                || isApostrophe(text, at) && inWord(text, at - 1) && inWord(text, at + 1)
                || isApostrophe(text, at - 1) && inWord(text, at - 2) && inWord(text, at);
    }

    /** Ideographs are words of their own: nothing in the text says where words of several end. */
    private static boolean inWord(int[] text, int at) {
        if (at < 0 || at >= text.length) {
            return false;
        }
        int c = text[at];
        int type = Character.getType(c);
        boolean mark = type == Character.NON_SPACING_MARK
                || type == Character.COMBINING_SPACING_MARK
                || type == Character.ENCLOSING_MARK;
        return (Character.isLetterOrDigit(c) || mark || c == '_') && !Character.isIdeographic(c);
    }

    private static boolean isApostrophe(int[] text, int at) {
        return at >= 0 && at < text.length && (text[at] == '\'' || text[at] == '’');
    }
}
