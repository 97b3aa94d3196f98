package dev.kanmon.tokenizer.text;

/**
 * Steps through the extended grapheme clusters of a text. Time is linear in the text whatever it holds: each rule that
 * looks back is a state carried forward. Used by one thread.
 *
 * @see <a href="https://www.unicode.org/reports/tr29/#Grapheme_Cluster_Boundary_Rules">UAX 29, rules GB3 to GB999</a>
 * @see <a href="https://github.com/unicode-rs/unicode-segmentation/blob/9e3f88c/src/grapheme.rs#L264">grapheme.rs</a>
 */
public final class GraphemeClusters {
    private static final int OTHER = 0;
    private static final int CR = 1;
    private static final int LF = 2;
    private static final int CONTROL = 3;
    /** Extend, and Indic_Conjunct_Break Extend. */
    private static final int EXTEND = 4;
    /** Extend, and Indic_Conjunct_Break Linker. */
    private static final int LINKER = 5;
    /** Extend, and no part of an Indic conjunct: U+200C. */
    private static final int EXTEND_ALONE = 6;

    private static final int ZWJ = 7;
    private static final int REGIONAL_INDICATOR = 8;
    private static final int PREPEND = 9;
    private static final int SPACING_MARK = 10;
    private static final int L = 11;
    private static final int V = 12;
    private static final int T = 13;
    private static final int LV = 14;
    private static final int LVT = 15;
    private static final int PICTOGRAPHIC = 16;
    private static final int CONSONANT = 17;

    private static final int HANGUL_FIRST = 0xAC00;
    private static final int HANGUL_LAST = 0xD7A3;
    private static final int HANGUL_FINALS = 28;

    // A holder: ASCII text never pays for parsing the table.
    private static final class Property {
        static final CharSet SET = CharSet.parse(GraphemeTables.BREAK);
    }

    private final NormalizedText text;
    private int position;
    /** The property of the code point before {@link #position}. */
    private int before;
    /** Whether an odd number of regional indicators ends before {@link #position}. */
    private boolean oddIndicators;
    /** Whether a pictograph with nothing but Extend behind it ends before {@link #position}. */
    private boolean pictograph;
    /** The same with one zero width joiner more. */
    private boolean joinedPictograph;
    /** Whether a consonant with nothing but linkers and conjunct extenders behind it ends before {@link #position}. */
    private boolean consonant;
    /** Whether one of those is a linker. */
    private boolean linked;

    /** The clusters from the first code point on. */
    public GraphemeClusters(NormalizedText text) {
        this.text = text;
    }

    /** Steps over the next cluster and returns where it ends. There must be one left. */
    public int next() {
        if (position == 0) {
            before = property(text.codePoint(0));
        }
        while (true) {
            pass(before);
            position++;
            if (position == text.length()) {
                return position;
            }
            int after = property(text.codePoint(position));
            boolean boundary = isBoundary(before, after);
            before = after;
            if (boundary) {
                return position;
            }
        }
    }

    private void pass(int property) {
        oddIndicators = property == REGIONAL_INDICATOR && !oddIndicators;
        joinedPictograph = property == ZWJ && pictograph;
        pictograph = property == PICTOGRAPHIC || pictograph && isExtend(property);
        switch (property) {
            case CONSONANT -> {
                consonant = true;
                linked = false;
            }
            case LINKER -> linked = consonant;
            case EXTEND, ZWJ -> {
                // Part of a conjunct that changes nothing.
            }
            default -> {
                consonant = false;
                linked = false;
            }
        }
    }

    private boolean isBoundary(int left, int right) {
        if (left == OTHER && right == OTHER) {
            return true;
        }
        if (left == CR && right == LF) {
            return false;
        }
        if (isControl(left) || isControl(right)) {
            return true;
        }
        boolean syllableGoesOn =
                switch (left) {
                    case L -> right == L || right == V || right == LV || right == LVT;
                    case LV, V -> right == V || right == T;
                    case LVT, T -> right == T;
                    default -> false;
                };
        if (syllableGoesOn || isExtend(right) || right == ZWJ || right == SPACING_MARK || left == PREPEND) {
            return false;
        }
        return switch (right) {
            case CONSONANT -> !linked;
            case PICTOGRAPHIC -> !joinedPictograph;
            case REGIONAL_INDICATOR -> !oddIndicators;
            default -> true;
        };
    }

    private static boolean isControl(int property) {
        return property == CR || property == LF || property == CONTROL;
    }

    private static boolean isExtend(int property) {
        return property == EXTEND || property == LINKER || property == EXTEND_ALONE;
    }

    private static int property(int codePoint) {
        if (codePoint < 0x7F) {
            return codePoint >= ' ' ? OTHER : codePoint == '\n' ? LF : codePoint == '\r' ? CR : CONTROL;
        }
        if (codePoint >= HANGUL_FIRST && codePoint <= HANGUL_LAST) {
            return (codePoint - HANGUL_FIRST) % HANGUL_FINALS == 0 ? LV : LVT;
        }
        return Property.SET.value(codePoint);
    }
}
