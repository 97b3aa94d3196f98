package dev.kanmon.tokenizer.regex;

import dev.kanmon.tokenizer.text.GeneralCategory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Which code points are equal when case does not count, one to one. A letter that folds to several, such as U+00DF to
 * {@code ss}, is known so that a pattern in which that would matter can be refused.
 */
final class CaseFold {
    /** All members of a class of more than one, by each of them. */
    private static final Map<Integer, List<Integer>> CLASSES = classes();

    /** What letters fold to that fold to several, with the letters. */
    private static final Map<String, List<Integer>> MULTIPLE = multiple();

    private CaseFold() {}

    /** The code points equal to one, itself included. */
    static CodePointSet of(int codePoint) {
        var set = CodePointSet.of(codePoint);
        for (int other : CLASSES.getOrDefault(codePoint, List.of())) {
            set = set.union(CodePointSet.of(other));
        }
        return set;
    }

    /** A set with all that is equal to a member. */
    static CodePointSet of(CodePointSet set) {
        var result = set;
        for (var entry : CLASSES.entrySet()) {
            if (set.contains(entry.getKey())) {
                for (int other : entry.getValue()) {
                    result = result.contains(other) ? result : result.union(CodePointSet.of(other));
                }
            }
        }
        return result;
    }

    /** A part of the text that one letter folds to, or null. */
    static String multipleIn(String text) {
        var lower = text.toLowerCase(Locale.ROOT);
        for (var entry : MULTIPLE.entrySet()) {
            if (lower.contains(entry.getKey())
                    || entry.getValue().stream()
                            .anyMatch(letter -> text.codePoints().anyMatch(c -> c == letter))) {
                return entry.getKey();
            }
        }
        return null;
    }

    /**
     * What a member of the set folds to that the set does not have all of, or null. Where it has all, the letters of the
     * fold match one by one.
     */
    static String multipleBeyond(CodePointSet set) {
        for (var entry : MULTIPLE.entrySet()) {
            if (entry.getValue().stream().anyMatch(set::contains)
                    && !entry.getKey().codePoints().allMatch(set::contains)) {
                return entry.getKey();
            }
        }
        return null;
    }

    private static Map<Integer, List<Integer>> classes() {
        var byFold = new HashMap<Integer, List<Integer>>();
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            // The dotted and the dotless i fold to nothing but themselves outside Turkish.
            boolean isCased = Character.toLowerCase(c) != c || Character.toUpperCase(c) != c;
            if (isCased && c != 0x130 && c != 0x131 && GeneralCategory.of(c) != 0) {
                int fold = Character.toLowerCase(Character.toUpperCase(c));
                byFold.computeIfAbsent(fold, _ -> new ArrayList<>()).add(c);
            }
        }
        for (var letters : multiple().values()) {
            if (letters.size() > 1) {
                int fold = Character.toLowerCase(letters.getFirst());
                var known = byFold.computeIfAbsent(fold, _ -> new ArrayList<>());
                letters.stream().filter(letter -> !known.contains(letter)).forEach(known::add);
            }
        }
        var classes = new HashMap<Integer, List<Integer>>();
        for (var members : byFold.values()) {
            if (members.size() > 1) {
                members.forEach(member -> classes.put(member, List.copyOf(members)));
            }
        }
        return classes;
    }

    private static Map<String, List<Integer>> multiple() {
        var letters = new HashMap<String, List<Integer>>();
        for (int c = 0x80; c <= 0xFFFF; c++) {
            if (Character.isSurrogate((char) c) || GeneralCategory.of(c) == 0) {
                continue;
            }
            var text = Character.toString(c);
            var upper = text.toUpperCase(Locale.ROOT);
            var fold = c == 0x130 ? text.toLowerCase(Locale.ROOT) : upper.toLowerCase(Locale.ROOT);
            if (fold.codePointCount(0, fold.length()) > 1) {
                letters.computeIfAbsent(fold, _ -> new ArrayList<>()).add(c);
            }
        }
        letters.computeIfAbsent("ss", _ -> new ArrayList<>()).add(0x1E9E);
        return letters;
    }
}
