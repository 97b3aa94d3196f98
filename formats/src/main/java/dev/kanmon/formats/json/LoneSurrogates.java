package dev.kanmon.formats.json;

/**
 * What to do with a string that holds half of a surrogate pair, written as an escape such as <code>&#92;ud800</code>
 * or as it is. In a key it is always refused.
 */
public enum LoneSurrogates {
    /** The text is refused: right for files whose strings name things. */
    REJECT,
    /** Each becomes U+FFFD: right for lines of user text, where one damaged emoji must not lose the line. */
    REPLACE
}
