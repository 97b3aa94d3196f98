package dev.kanmon.tokenizer.regex;

import dev.kanmon.tokenizer.text.GeneralCategory;
import java.lang.Character.UnicodeScript;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

/**
 * The sets behind {@code \p{…}}, {@code \w} and their like. Categories are those of {@link GeneralCategory}; scripts and
 * binary properties are the JDK's for the code points that have a category there, so that a newer JDK adds nothing.
 *
 * @see <a href="https://github.com/kkos/oniguruma/blob/v6.9.10/doc/UNICODE_PROPERTIES">UNICODE_PROPERTIES</a>
 */
final class Properties {
    private static final int FORMAT_SURROGATE_GAP = 17; // Character.getType has no category 17.
    private static final int SURROGATE = 1 << Character.SURROGATE;

    /** The categories by the number that {@link Character#getType(int)} gives them: short name, long name. */
    private static final String[][] CATEGORIES = {
        {"cn", "unassigned"},
        {"lu", "uppercaseletter"},
        {"ll", "lowercaseletter"},
        {"lt", "titlecaseletter"},
        {"lm", "modifierletter"},
        {"lo", "otherletter"},
        {"mn", "nonspacingmark"},
        {"me", "enclosingmark"},
        {"mc", "spacingmark"},
        {"nd", "decimalnumber"},
        {"nl", "letternumber"},
        {"no", "othernumber"},
        {"zs", "spaceseparator"},
        {"zl", "lineseparator"},
        {"zp", "paragraphseparator"},
        {"cc", "control"},
        {"cf", "format"},
        {},
        {"co", "privateuse"},
        {"cs", "surrogate"},
        {"pd", "dashpunctuation"},
        {"ps", "openpunctuation"},
        {"pe", "closepunctuation"},
        {"pc", "connectorpunctuation"},
        {"po", "otherpunctuation"},
        {"sm", "mathsymbol"},
        {"sc", "currencysymbol"},
        {"sk", "modifiersymbol"},
        {"so", "othersymbol"},
        {"pi", "initialpunctuation"},
        {"pf", "finalpunctuation"}
    };

    private static final int ALL_ASSIGNED = ~(1 | 1 << FORMAT_SURROGATE_GAP | SURROGATE);

    private Properties() {}

    /** The set of a name, or null if there is none; case, blanks, hyphens and underscores do not count. */
    static CodePointSet byName(String name) {
        var key = name.toLowerCase(Locale.ROOT).replaceAll("[ _-]", "");
        var categories = categories(key);
        if (categories != null) {
            return categories;
        }
        return switch (key) {
            case "any" -> CodePointSet.ALL;
            case "assigned" -> ofCategories(ALL_ASSIGNED);
            case "alphabetic" -> alphabetic();
            case "uppercase" -> where(Character::isUpperCase);
            case "lowercase" -> where(Character::isLowerCase);
            case "whitespace" -> SPACE;
            case "ideographic" -> where(Character::isIdeographic);
            case "emoji" -> where(Character::isEmoji);
            case "emojipresentation" -> where(Character::isEmojiPresentation);
            case "extendedpictographic" -> where(Character::isExtendedPictographic);
            case "punct" -> groupOf("p");
            case "alnum",
                    "alpha",
                    "ascii",
                    "blank",
                    "cntrl",
                    "digit",
                    "graph",
                    "lower",
                    "print",
                    "space",
                    "upper",
                    "xdigit",
                    "word" -> posix(key);
            default -> script(key);
        };
    }

    /** The set of a name in {@code [:name:]}, or null. */
    static CodePointSet posix(String name) {
        return switch (name) {
            case "alnum" -> alphabetic().union(digit());
            case "alpha" -> alphabetic();
            case "ascii" -> CodePointSet.range(0, 0x7F);
            case "blank" -> ofTypes(Character.SPACE_SEPARATOR).union(CodePointSet.of('\t'));
            case "cntrl" -> ofTypes(Character.CONTROL);
            case "digit" -> digit();
            case "graph" ->
                ofCategories(ALL_ASSIGNED)
                        .intersect(SPACE.union(ofTypes(Character.CONTROL)).complement());
            case "lower" -> where(Character::isLowerCase);
            case "print" ->
                ofCategories(ALL_ASSIGNED)
                        .intersect(ofTypes(Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR)
                                .complement());
            case "punct" -> groupOf("p").union(groupOf("s"));
            case "space" -> SPACE;
            case "upper" -> where(Character::isUpperCase);
            case "xdigit" -> HEX;
            case "word" -> word();
            default -> null;
        };
    }

    /** {@code \s}: the property White_Space. */
    static final CodePointSet SPACE = CodePointSet.ofBounds(
            9, 14, 0x20, 0x21, 0x85, 0x86, 0xA0, 0xA1, 0x1680, 0x1681, 0x2000, 0x200B, 0x2028, 0x202A, 0x202F, 0x2030,
            0x205F, 0x2060, 0x3000, 0x3001);

    /** {@code \h}: hexadecimal digits. */
    static final CodePointSet HEX = CodePointSet.ofBounds('0', '9' + 1, 'A', 'F' + 1, 'a', 'f' + 1);

    /** {@code \R}, its two characters for one line end aside. */
    static final CodePointSet LINE_ENDS = CodePointSet.ofBounds(0xA, 0xE, 0x85, 0x86, 0x2028, 0x202A);

    /** {@code \d}. */
    static CodePointSet digit() {
        return ofTypes(Character.DECIMAL_DIGIT_NUMBER);
    }

    /** {@code \w} in brackets. */
    static CodePointSet word() {
        return alphabetic().union(groupOf("m")).union(digit()).union(ofTypes(Character.CONNECTOR_PUNCTUATION));
    }

    /**
     * {@code \w} outside brackets, and what {@code \b} goes by: Oniguruma asks a table of its own for ISO 8859-1, where
     * superscripts and fractions are word characters.
     */
    static CodePointSet bareWord() {
        return word().union(CodePointSet.ofBounds(0xB2, 0xB4, 0xB9, 0xBA, 0xBC, 0xBF));
    }

    private static CodePointSet categories(String key) {
        if (key.length() == 1 || key.equals("lc")) {
            return groupOf(key);
        }
        for (int type = 0; type < CATEGORIES.length; type++) {
            if (Arrays.asList(CATEGORIES[type]).contains(key)) {
                return ofCategories(1 << type);
            }
        }
        return switch (key) {
            case "letter" -> groupOf("l");
            case "casedletter" -> groupOf("lc");
            case "mark", "combiningmark" -> groupOf("m");
            case "number" -> groupOf("n");
            case "separator" -> groupOf("z");
            case "punctuation" -> groupOf("p");
            case "symbol" -> groupOf("s");
            case "other" -> groupOf("c");
            default -> null;
        };
    }

    /** The categories whose short name starts with a letter, or the cased letters, or null. */
    private static CodePointSet groupOf(String group) {
        int categories = 0;
        for (int type = 0; type < CATEGORIES.length; type++) {
            if (CATEGORIES[type].length > 0
                    && (group.equals("lc")
                            ? List.of("lu", "ll", "lt").contains(CATEGORIES[type][0])
                            : CATEGORIES[type][0].startsWith(group))) {
                categories |= 1 << type;
            }
        }
        return categories == 0 ? null : ofCategories(categories);
    }

    private static CodePointSet ofTypes(int... types) {
        return ofCategories(Arrays.stream(types).reduce(0, (mask, type) -> mask | 1 << type));
    }

    private static CodePointSet ofCategories(int categories) {
        if ((categories & 1) != 0) {
            return ofCategories(~categories & ALL_ASSIGNED).complement();
        }
        return CodePointSet.ofBounds(GeneralCategory.ranges(categories));
    }

    private static CodePointSet alphabetic() {
        return where(Character::isAlphabetic);
    }

    private static CodePointSet script(String key) {
        for (var script : UnicodeScript.values()) {
            if (script.name().replace("_", "").equalsIgnoreCase(key)) {
                return where(codePoint -> UnicodeScript.of(codePoint) == script);
            }
        }
        try {
            var script = UnicodeScript.forName(key);
            return where(codePoint -> UnicodeScript.of(codePoint) == script);
        } catch (IllegalArgumentException none) {
            return null;
        }
    }

    private static CodePointSet where(IntPredicate property) {
        var assigned = GeneralCategory.ranges(ALL_ASSIGNED);
        var bounds = new int[64];
        int size = 0;
        for (int range = 0; range < assigned.length; range += 2) {
            for (int c = assigned[range]; c < assigned[range + 1]; c++) {
                if (!property.test(c)) {
                    continue;
                }
                if (size > 0 && bounds[size - 1] == c) {
                    bounds[size - 1]++;
                } else {
                    if (size == bounds.length) {
                        bounds = Arrays.copyOf(bounds, 2 * size);
                    }
                    bounds[size++] = c;
                    bounds[size++] = c + 1;
                }
            }
        }
        return CodePointSet.ofBounds(Arrays.copyOf(bounds, size));
    }
}
