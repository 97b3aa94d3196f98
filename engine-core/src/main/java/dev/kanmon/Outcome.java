package dev.kanmon;

/** What a guard found. */
public enum Outcome {
    /** Everything that the window policy asks for was read, and the probability is below the threshold. */
    HARMLESS,
    /** The probability reached the threshold. */
    HARMFUL,
    /**
     * The exchange was longer than the work that it was allowed to cost, and what was read did not reach the threshold:
     * nobody knows about the rest. To be refused like what is harmful.
     */
    INCOMPLETE
}
