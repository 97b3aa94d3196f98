package dev.kanmon.tokenizer;

/** Which text of a pair gives way when both together are too long. */
public enum TruncationStrategy {
    /** The longer one down to the length of the other, then both in turn. */
    LONGEST_FIRST,
    /** The first alone. */
    ONLY_FIRST,
    /** The second alone. */
    ONLY_SECOND
}
