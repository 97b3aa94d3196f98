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

    private final Exchange exchange;
    private final Encoding tokens;
    private final List<Word> words;

    private ReadText(Exchange exchange, Encoding tokens) {
        this.exchange = exchange;
        this.tokens = tokens;
        words = List.copyOf(words());
    }

    /**
     * The tokens of a window of {@code exchange}, which are those that the guard read, but where a character of several
     * tokens stood across the window's edge.
     *
     * @param limit tokens that the model takes
     */
    public static ReadText of(Exchange exchange, Verdict.Window window, Tokenizer tokenizer, int limit) {
        Encoding a = slice(tokenizer, exchange.instruction(), window.instruction());
        Encoding b = window.response().isEmpty() ? null : slice(tokenizer, exchange.response(), window.response());
        int room = limit - tokenizer.specialTokens(b != null);
        if (b == null) {
            a = a.slice(0, Math.min(a.length(), room));
        } else {
            b = b.slice(0, Math.min(b.length(), room - a.length()));
        }
        return new ReadText(exchange, tokenizer.assemble(a, b));
    }

    private static Encoding slice(Tokenizer tokenizer, String text, Span span) {
        if (span.isEmpty()) {
            return tokenizer.tokens("", true);
        }
        Encoding all = tokenizer.tokens(text, true);
        int from = 0;
        while (from < all.length() && all.start(from) < span.start()) {
            from++;
        }
        int to = all.length();
        while (to > from && all.end(to - 1) > span.end()) {
            to--;
        }
        return all.slice(from, to);
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
        return new Part(text, trimmed(text, new Span(tokens.start(from), tokens.end(to - 1))), weight);
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
                    && (tokens.start(to) < tokens.end(to - 1)
                            || tokens.start(to) == tokens.end(to - 1)
                                    && joins(characters[text], tokens.start(to) - begins[text]))) {
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
            end = tokens.sequence(i) == sequence ? Math.max(end, tokens.end(i)) : end;
        }
        String text = sequence == 0 ? exchange.instruction() : exchange.response();
        return new Span(begin, end).of(text).codePoints().toArray();
    }

    private int begin(int sequence) {
        for (int i = 0; i < tokens.length(); i++) {
            if (tokens.sequence(i) == sequence) {
                return tokens.start(i);
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
