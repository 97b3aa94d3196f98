package dev.kanmon.tokenizer.sentencepiece;

/** What a piece is for. */
public enum PieceType {
    /** Found in text by its score. */
    NORMAL(1),
    /** Stands for what has no piece; there is exactly one. */
    UNKNOWN(2),
    /** Never found in text. */
    CONTROL(3),
    /** Always found in text, and not normalised. */
    USER_DEFINED(4),
    /** Not to be produced. */
    UNUSED(5),
    /** Stands for a byte of what has no piece. */
    BYTE(6);

    private final int number;

    PieceType(int number) {
        this.number = number;
    }

    /** The number in a model file, and in a GGUF file's token types. */
    public int number() {
        return number;
    }

    /** The type with a number, or null. */
    public static PieceType of(long number) {
        return number < 1 || number > values().length ? null : values()[(int) number - 1];
    }

    /** Whether a piece of this type may be found in text; the names of the others are only names. */
    boolean isInText() {
        return switch (this) {
            case NORMAL, USER_DEFINED, UNUSED -> true;
            case UNKNOWN, CONTROL, BYTE -> false;
        };
    }
}
