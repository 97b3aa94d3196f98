package dev.kanmon.tokenizer.text;

import java.util.Arrays;

/**
 * The characters that stand for the 256 bytes in byte-level vocabularies: printable ones of ISO 8859-1 for themselves,
 * the others in order from U+0100 on.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/pre_tokenizers/byte_level.rs#L14">bytes_char</a>
 */
public final class ByteAlphabet {
    /** The character of the byte 0x20. */
    public static final int BLANK = 0x120;

    private static final int[] CHARACTERS = new int[256];
    private static final int[] BYTES = new int[0x144];

    static {
        Arrays.fill(BYTES, -1);
        int next = 0x100;
        for (int value = 0; value < 256; value++) {
            boolean printable = value > 0x20 && value < 0x7F || value > 0xA0 && value != 0xAD;
            CHARACTERS[value] = printable ? value : next++;
            BYTES[CHARACTERS[value]] = value;
        }
    }

    private ByteAlphabet() {}

    /** The character of a byte, of which the lower eight bits count. */
    public static int character(int value) {
        return CHARACTERS[value & 0xFF];
    }

    /** The byte of a character, or -1 if it stands for none. */
    public static int value(int codePoint) {
        return codePoint < BYTES.length ? BYTES[codePoint] : -1;
    }

    /** Appends the characters of the bytes that a code point has in UTF-8, all of its origin. */
    public static void append(int codePoint, int index, NormalizedText.Builder out) {
        if (codePoint < 0x80) {
            out.append(CHARACTERS[codePoint], index);
        } else if (codePoint < 0x800) {
            out.append(character(0xC0 | codePoint >> 6), index);
            out.append(character(0x80 | codePoint & 0x3F), index);
        } else if (codePoint < 0x10000) {
            out.append(character(0xE0 | codePoint >> 12), index);
            out.append(character(0x80 | codePoint >> 6 & 0x3F), index);
            out.append(character(0x80 | codePoint & 0x3F), index);
        } else {
            out.append(character(0xF0 | codePoint >> 18), index);
            out.append(character(0x80 | codePoint >> 12 & 0x3F), index);
            out.append(character(0x80 | codePoint >> 6 & 0x3F), index);
            out.append(character(0x80 | codePoint & 0x3F), index);
        }
    }
}
