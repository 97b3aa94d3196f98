package dev.kanmon.tokenizer.regex;

/** A pattern that is no regular expression, or uses something that is not supported. */
public final class RegexException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int index;

    RegexException(String message, int index) {
        super(message);
        this.index = index;
    }

    /** Where in the pattern, in UTF-16 units. */
    public int index() {
        return index;
    }
}
