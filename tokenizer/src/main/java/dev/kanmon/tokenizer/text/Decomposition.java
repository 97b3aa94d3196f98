package dev.kanmon.tokenizer.text;

import java.text.Normalizer;
import java.text.Normalizer.Form;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Decomposition, composition and combining classes of single code points as of Unicode 9, the version that the
 * reference's crate unicode-normalization-alignments is pinned to. The JDK supplies the mappings, which no later
 * version of Unicode may change; which code points have one is ours to say, since later versions add some.
 */
final class Decomposition {
    private static final int HANGUL_FIRST = 0xAC00;
    private static final int HANGUL_LAST = 0xD7A3;
    private static final int PAGE_BITS = 8;
    private static final int PAGES = 0x110000 >> PAGE_BITS;

    private static final class Canonical {
        static final CharSet SET = CharSet.parse(UnicodeTables.CANONICAL);
        static final AtomicReferenceArray<int[][]> PAGE = new AtomicReferenceArray<>(PAGES);
    }

    private static final class Compatible {
        static final CharSet SET = CharSet.parse(UnicodeTables.COMPATIBLE);
        static final AtomicReferenceArray<int[][]> PAGE = new AtomicReferenceArray<>(PAGES);
    }

    private static final class CombiningClass {
        static final CharSet SET = CharSet.parse(UnicodeTables.COMBINING_CLASS);
    }

    private Decomposition() {}

    /** The full decomposition, or null if the code point stands for itself; not to be modified. */
    static int[] of(int codePoint, boolean compatible) {
        if (codePoint < (compatible ? 0xA0 : 0xC0)) {
            return null;
        }
        if (codePoint >= HANGUL_FIRST && codePoint <= HANGUL_LAST) {
            return decompose(codePoint, Form.NFD);
        }
        return compatible
                ? page(Compatible.PAGE, Compatible.SET, Form.NFKD, codePoint)
                : page(Canonical.PAGE, Canonical.SET, Form.NFD, codePoint);
    }

    /** The canonical combining class. */
    static int combiningClass(int codePoint) {
        return codePoint < 0x300 ? 0 : CombiningClass.SET.value(codePoint);
    }

    /** The primary composite of the two, or -1. */
    static int compose(int first, int second) {
        if (second < 0x300) {
            return -1;
        }
        var pair = new StringBuilder(4)
                .appendCodePoint(first)
                .appendCodePoint(second)
                .toString();
        var composed = Normalizer.normalize(pair, Form.NFC);
        int composite = composed.codePointAt(0);
        if (Character.charCount(composite) != composed.length()) {
            return -1;
        }
        boolean known = composite >= HANGUL_FIRST && composite <= HANGUL_LAST || Canonical.SET.contains(composite);
        // A composite reached by reordering the marks of the first code point is not one of this pair.
        boolean inOrder =
                Normalizer.normalize(composed, Form.NFD).equals(nfd(first).concat(nfd(second)));
        return known && inOrder ? composite : -1;
    }

    private static String nfd(int codePoint) {
        return Normalizer.normalize(Character.toString(codePoint), Form.NFD);
    }

    private static int[] page(AtomicReferenceArray<int[][]> pages, CharSet set, Form form, int codePoint) {
        int number = codePoint >> PAGE_BITS;
        var page = pages.get(number);
        if (page == null) {
            page = new int[1 << PAGE_BITS][];
            for (int i = 0; i < page.length; i++) {
                int member = number << PAGE_BITS | i;
                page[i] = set.contains(member) ? decompose(member, form) : null;
            }
            pages.set(number, page); // Two threads may both get here; their pages are equal.
        }
        return page[codePoint & (1 << PAGE_BITS) - 1];
    }

    private static int[] decompose(int codePoint, Form form) {
        return Normalizer.normalize(Character.toString(codePoint), form)
                .codePoints()
                .toArray();
    }
}
