package dev.kanmon.tokenizer.sentencepiece;

/** How text is cut into pieces. */
public enum ModelKind {
    /** The pieces with the largest sum of scores. */
    UNIGRAM,
    /** Neighbours are joined, the best joined piece first. */
    BPE,
    /** Each word is a piece. */
    WORD,
    /** Each character is a piece. */
    CHAR;

    /** The number in a model file. */
    public int number() {
        return ordinal() + 1;
    }

    /** The kind with a number, or null. */
    public static ModelKind of(long number) {
        return number < 1 || number > values().length ? null : values()[(int) number - 1];
    }
}
