package dev.kanmon.augment;

import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** What two texts are compared by: their words, whatever their case, width, punctuation and blanks. */
final class Words {

    private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{M}\\p{N}]+");

    private Words() {}

    /** The words of a text after NFKC and in lower case, in their order; empty where it has none. */
    static List<String> of(String text) {
        String joined = normalised(text);
        return joined.isEmpty() ? List.of() : List.of(joined.split(" "));
    }

    /** The words of a text, joined by single blanks. */
    static String normalised(String text) {
        String plain = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        return NO_WORD.matcher(plain).replaceAll(" ").strip();
    }

    /** A hash of 64 bits that spreads well (FNV-1a, then the finaliser of SplitMix64), the same in every run. */
    static long hash(String text) {
        return Seeds.finalised(fnv(text));
    }

    /** FNV-1a over the characters. */
    static long fnv(String text) {
        long h = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            h = (h ^ text.charAt(i)) * 0x100000001b3L;
        }
        return h;
    }
}
