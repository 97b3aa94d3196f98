package dev.kanmon.tokenizer.text;

/** The bytes of code points in UTF-8, without making them. */
public final class Utf8 {
    /** How many bits each byte but the first holds. */
    public static final int BITS = 6;

    private Utf8() {}

    /** The number of bytes of a code point. */
    public static int length(int codePoint) {
        return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    }

    /** Where the bits of the first byte begin; those of the next bytes begin {@link #BITS} lower each, down to 0. */
    public static int firstShift(int codePoint) {
        return BITS * (length(codePoint) - 1);
    }

    /** The byte, 0 to 255, whose bits begin at {@code shift}. */
    public static int byteAt(int codePoint, int shift) {
        int length = length(codePoint);
        if (length == 1) {
            return codePoint;
        }
        int bits = codePoint >>> shift;
        return shift == BITS * (length - 1) ? bits | 0xFF00 >> length & 0xFF : bits & 0x3F | 0x80;
    }
}
