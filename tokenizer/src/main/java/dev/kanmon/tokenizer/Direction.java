package dev.kanmon.tokenizer;

/** The end of a sequence that truncation or padding works on. */
public enum Direction {
    /** The start of the sequence. */
    LEFT,
    /** The end of the sequence. */
    RIGHT
}
