package dev.kanmon.engine.batch;

import java.util.Arrays;

/**
 * Where sentences end, for judging one at a time.
 *
 * <p>A sentence ends behind {@code . ! ? …} and what closes with it (quotes, brackets, more of the same) where white space
 * follows, behind the full-width {@code 。！？．} whatever follows, and before a line end. Unlike
 * {@link java.text.BreakIterator} this does not ask whether the next letter is a capital, which who hides a sentence
 * would not write; an abbreviation splits a sentence, which costs little where short pieces are joined again.
 *
 * @see dev.kanmon.WindowPolicy#sentences()
 */
public final class Sentences {

    private Sentences() {}

    /**
     * The ends of all sentences of a text, in time linear in its length.
     *
     * @return code points from the text's beginning to behind each sentence, rising, white space behind a sentence being the
     *     next one's; the last is the text's length. Empty for the empty text
     */
    public static int[] ends(CharSequence text) {
        int[] ends = new int[16];
        int count = 0;
        int position = 0; // in code points
        Scanner scanner = new Scanner();
        for (int i = 0; i < text.length(); ) {
            int c = Character.codePointAt(text, i);
            if (scanner.read(c)) {
                ends = count == ends.length ? Arrays.copyOf(ends, 2 * count) : ends;
                ends[count++] = position;
            }
            i += Character.charCount(c);
            position++;
        }
        if (position > 0) {
            ends = count == ends.length ? Arrays.copyOf(ends, count + 1) : ends;
            ends[count++] = position;
        }
        return Arrays.copyOf(ends, count);
    }

    /** Reads a text on and on: what stands behind a sentence's end tells it from the point of a number. For one thread. */
    public static final class Scanner {
        private State state = State.BEFORE;

        /** At the beginning of a text. */
        public Scanner() {}

        /** Reads the next code point, or half of one, and says whether a sentence ended before it. */
        public boolean read(int c) {
            boolean blank = Character.isWhitespace(c);
            boolean end = state == State.WIDE_END && !closes(c)
                    || state == State.END && blank
                    || state == State.WITHIN && isLineEnd(c);
            state = (end ? State.BEFORE : state).after(c, blank);
            return end;
        }
    }

    private enum State {
        /** White space only, since the last end. */
        BEFORE,
        WITHIN,
        /** Behind a mark that ends a sentence if white space follows. */
        END,
        /** Behind a mark that ends a sentence. */
        WIDE_END;

        State after(int c, boolean blank) {
            if (blank && this == BEFORE) {
                return BEFORE;
            }
            return switch (c) {
                case '.', '!', '?', '…' -> this == WIDE_END ? WIDE_END : END;
                case '。', '！', '？', '．' -> WIDE_END;
                default -> closes(c) && (this == END || this == WIDE_END) ? this : WITHIN;
            };
        }
    }

    /** Whether a character that follows the mark at a sentence's end belongs to it. */
    private static boolean closes(int c) {
        return switch (c) {
            case '.', '!', '?', '…', '。', '！', '？', '．', '"', '\'', ')', ']', '}', '*', '_', '`' -> true;
            default ->
                switch (Character.getType(c)) {
                    case Character.END_PUNCTUATION, Character.FINAL_QUOTE_PUNCTUATION -> true;
                    default -> false;
                };
        };
    }

    private static boolean isLineEnd(int c) {
        return c == '\n' || c == '\r' || c == '\u000B' || c == '\f' || c == '\u0085' || c == '\u2028' || c == '\u2029';
    }
}
