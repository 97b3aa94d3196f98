package dev.kanmon.tokenizer.text;

/**
 * What the reference asks about single code points. The tables are those of its Rust crates, not the JDK's, so that
 * the answers neither differ from the reference nor move with the JDK; see {@link UnicodeTables}.
 */
public final class CharClass {
    private static final int COMBINING_DOT_ABOVE = 0x307;

    private CharClass() {}

    // A holder for each table: ASCII text never pays for parsing one.
    private static final class Removed {
        static final CharSet SET = CharSet.parse(UnicodeTables.REMOVED);
    }

    private static final class Punctuation {
        static final CharSet SET = CharSet.parse(UnicodeTables.PUNCTUATION);
    }

    private static final class NonspacingMark {
        static final CharSet SET = CharSet.parse(UnicodeTables.NONSPACING_MARK);
    }

    private static final class CombiningMark {
        static final CharSet SET = CharSet.parse(UnicodeTables.COMBINING_MARK);
    }

    private static final class Numeric {
        static final CharSet SET = CharSet.parse(UnicodeTables.NUMERIC);
    }

    private static final class Word {
        static final CharSet SET = CharSet.parse(UnicodeTables.WORD);
    }

    /**
     * Whether {@code clean_text} of BertNormalizer drops the code point: NUL, U+FFFD, and the categories Cc, Cf and Co
     * as of Unicode 8, except tab, line feed and carriage return. Unassigned code points stay, against the comment in
     * the reference.
     *
     * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/normalizers/bert.rs#L16">bert.rs</a>
     */
    public static boolean isRemovedByCleaning(int codePoint) {
        if (codePoint < 0x7F) {
            return codePoint < ' ' && codePoint != '\t' && codePoint != '\n' && codePoint != '\r';
        }
        return Removed.SET.contains(codePoint);
    }

    /** The property White_Space: Rust's {@code char::is_whitespace}. */
    public static boolean isWhitespace(int codePoint) {
        if (codePoint < 0x85) {
            return codePoint == ' ' || codePoint >= '\t' && codePoint <= '\r';
        }
        return switch (codePoint) {
            case 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000 -> true;
            default -> codePoint >= 0x2000 && codePoint <= 0x200A;
        };
    }

    /** ASCII punctuation, symbols included, or a category P* as of Unicode 8: {@code is_bert_punc}. */
    public static boolean isPunctuation(int codePoint) {
        if (codePoint < 0x80) {
            return codePoint > ' ' && codePoint < 0x7F && !isAsciiLetterOrDigit(codePoint);
        }
        return Punctuation.SET.contains(codePoint);
    }

    /** Category Mn as of Unicode 8; meant for text in NFD, where it is exact. */
    public static boolean isNonspacingMark(int codePoint) {
        return codePoint >= 0x300 && NonspacingMark.SET.contains(codePoint);
    }

    /** Category M* as of Unicode 9. */
    public static boolean isCombiningMark(int codePoint) {
        return codePoint >= 0x300 && CombiningMark.SET.contains(codePoint);
    }

    /** Categories Nd, Nl, No: Rust's {@code char::is_numeric}. */
    public static boolean isNumeric(int codePoint) {
        return codePoint < 0x80 ? codePoint >= '0' && codePoint <= '9' : Numeric.SET.contains(codePoint);
    }

    /** What {@code \w} of the Rust crate regex matches. */
    public static boolean isWord(int codePoint) {
        return codePoint < 0x80 ? isAsciiLetterOrDigit(codePoint) || codePoint == '_' : Word.SET.contains(codePoint);
    }

    /**
     * Whether BertNormalizer puts blanks around the code point: the CJK ideograph blocks that it lists, with the gap
     * U+2B820..U+2B91F that its list has.
     *
     * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/normalizers/bert.rs#L37">bert.rs</a>
     */
    public static boolean isChinese(int codePoint) {
        if (codePoint < 0x3400) {
            return false;
        }
        return codePoint <= 0x4DBF
                || codePoint >= 0x4E00 && codePoint <= 0x9FFF
                || codePoint >= 0xF900 && codePoint <= 0xFAFF
                || codePoint >= 0x20000 && codePoint <= 0x2A6DF
                || codePoint >= 0x2A700 && codePoint <= 0x2B81F
                || codePoint >= 0x2B920 && codePoint <= 0x2CEAF
                || codePoint >= 0x2F800 && codePoint <= 0x2FA1F;
    }

    /**
     * Rust's {@code char::to_lowercase}, without regard to neighbours: U+03A3 is never a final sigma. The mapping of
     * U+0130 has a second code point, which {@link #lowerCaseSecond} gives.
     */
    public static int lowerCase(int codePoint) {
        if (codePoint < 0x80) {
            return codePoint >= 'A' && codePoint <= 'Z' ? codePoint + 0x20 : codePoint;
        }
        // Letters of Unicode 17, which the reference's Rust has and JDK 25 has not.
        return switch (codePoint) {
            case 0xA7CE, 0xA7D2, 0xA7D4 -> codePoint + 1;
            default ->
                codePoint >= 0x16EA0 && codePoint <= 0x16EB8 ? codePoint + 0x1B : Character.toLowerCase(codePoint);
        };
    }

    /** The second code point of the lower-case mapping, or -1; U+0130 alone has one. */
    public static int lowerCaseSecond(int codePoint) {
        return codePoint == 0x130 ? COMBINING_DOT_ABOVE : -1;
    }

    private static boolean isAsciiLetterOrDigit(int codePoint) {
        int letter = codePoint | 0x20;
        return codePoint >= '0' && codePoint <= '9' || letter >= 'a' && letter <= 'z';
    }
}
