package dev.kanmon;

/**
 * Where a sentence or a line ends in a text that is still being written: only what stands behind an end tells it from
 * the point of a number or of an abbreviation without a blank.
 */
final class SentenceEnds {

    private static final String TERMINATORS = ".!?…。！？";
    /** Terminators of scripts that put no blank behind them. */
    private static final String FULL_WIDTH = "。！？";

    private boolean terminated;
    private boolean found;

    /** Reads on. */
    void read(CharSequence text) {
        for (int i = 0; i < text.length() && !found; i++) {
            char c = text.charAt(i);
            found = c == '\n' || FULL_WIDTH.indexOf(c) >= 0 || terminated && Character.isWhitespace(c);
            terminated = TERMINATORS.indexOf(c) >= 0 || terminated && closes(c);
        }
    }

    /** Whether a sentence or a line has ended since this was made or forgot. */
    boolean found() {
        return found;
    }

    /** Begins anew. */
    void forget() {
        terminated = false;
        found = false;
    }

    /** Whether this may stand between the end of a sentence and the blank behind it. */
    private static boolean closes(char c) {
        return switch (Character.getType(c)) {
            case Character.END_PUNCTUATION, Character.FINAL_QUOTE_PUNCTUATION -> true;
            default -> c == '"' || c == '\'' || c == '*';
        };
    }
}
