package dev.kanmon.tokenizer.regex;

import java.util.Arrays;

/**
 * A set of code points: ranges for building, and for asking a bit map in pages of 256 code points, of which equal ones
 * are kept once. Immutable.
 */
final class CodePointSet {
    static final int LIMIT = Character.MAX_CODE_POINT + 1;
    static final CodePointSet EMPTY = new CodePointSet(new int[0]);
    static final CodePointSet ALL = new CodePointSet(new int[] {0, LIMIT});

    private static final int PAGE_BITS = 8;
    private static final int PAGE_WORDS = 1 << PAGE_BITS - 6;

    /** First and behind-last of each range, ascending, never touching. */
    private final int[] bounds;

    private final long low;
    private final long high;
    private volatile Pages pages;

    private record Pages(short[] index, long[] bits) {}

    private CodePointSet(int[] bounds) {
        this.bounds = bounds;
        long[] ascii = new long[2];
        for (int c = 0; c < 128; c++) {
            if (inRanges(c)) {
                ascii[c >> 6] |= 1L << c;
            }
        }
        low = ascii[0];
        high = ascii[1];
    }

    /** The set of ascending pairs of first and behind-last that do not touch. */
    static CodePointSet ofBounds(int... bounds) {
        return new CodePointSet(bounds);
    }

    static CodePointSet of(int codePoint) {
        return new CodePointSet(new int[] {codePoint, codePoint + 1});
    }

    /** The code points from {@code first} to {@code last}, both included. */
    static CodePointSet range(int first, int last) {
        return new CodePointSet(new int[] {first, last + 1});
    }

    boolean contains(int codePoint) {
        if (codePoint < 128) {
            return ((codePoint < 64 ? low : high) >>> codePoint & 1) != 0;
        }
        var lookup = pages;
        if (lookup == null) {
            lookup = buildPages(); // Two threads may both get here; their results are equal.
            pages = lookup;
        }
        long word = lookup.bits[lookup.index[codePoint >> PAGE_BITS] * PAGE_WORDS + (codePoint >> 6 & PAGE_WORDS - 1)];
        return (word >>> codePoint & 1) != 0;
    }

    boolean isEmpty() {
        return bounds.length == 0;
    }

    /** The only member, or -1 if there are more or none. */
    int single() {
        return bounds.length == 2 && bounds[1] - bounds[0] == 1 ? bounds[0] : -1;
    }

    CodePointSet complement() {
        int size = bounds.length;
        boolean fromStart = size > 0 && bounds[0] == 0;
        boolean toEnd = size > 0 && bounds[size - 1] == LIMIT;
        var result = new int[size + (fromStart ? -1 : 1) + (toEnd ? -1 : 1)];
        int at = 0;
        if (!fromStart) {
            result[at++] = 0;
        }
        for (int i = fromStart ? 1 : 0; i < size - (toEnd ? 1 : 0); i++) {
            result[at++] = bounds[i];
        }
        if (!toEnd) {
            result[at] = LIMIT;
        }
        return new CodePointSet(result);
    }

    CodePointSet union(CodePointSet other) {
        if (other.isEmpty() || this == other) {
            return this;
        }
        return isEmpty() ? other : merge(other, 1);
    }

    CodePointSet intersect(CodePointSet other) {
        return merge(other, 2);
    }

    /** The code points that at least {@code needed} of the two sets have. */
    private CodePointSet merge(CodePointSet other, int needed) {
        var result = new int[bounds.length + other.bounds.length];
        int size = 0;
        int i = 0;
        int j = 0;
        while (i < bounds.length || j < other.bounds.length) {
            int next = Math.min(
                    i < bounds.length ? bounds[i] : LIMIT + 1, j < other.bounds.length ? other.bounds[j] : LIMIT + 1);
            i += i < bounds.length && bounds[i] == next ? 1 : 0;
            j += j < other.bounds.length && other.bounds[j] == next ? 1 : 0;
            boolean inside = (i & 1) + (j & 1) >= needed;
            if (inside != ((size & 1) == 1)) {
                result[size++] = next;
            }
        }
        return new CodePointSet(Arrays.copyOf(result, size));
    }

    /** First and behind-last of each range. */
    int[] bounds() {
        return bounds.clone();
    }

    private boolean inRanges(int codePoint) {
        int found = Arrays.binarySearch(bounds, codePoint);
        return ((found >= 0 ? found + 1 : -found - 1) & 1) == 1;
    }

    private Pages buildPages() {
        var index = new short[LIMIT >> PAGE_BITS];
        var bits = new long[8 * PAGE_WORDS];
        // Page 0 has no member and page 1 all; most of the rest is one of these.
        Arrays.fill(bits, PAGE_WORDS, 2 * PAGE_WORDS, -1L);
        int count = 2;
        for (int range = 0; range < bounds.length; range += 2) {
            for (int c = bounds[range]; c < bounds[range + 1]; ) {
                int page = c >> PAGE_BITS;
                int end = Math.min(bounds[range + 1], page + 1 << PAGE_BITS);
                if (end - c == 1 << PAGE_BITS) {
                    index[page] = 1;
                } else {
                    if (index[page] == 0) {
                        if ((count + 1) * PAGE_WORDS > bits.length) {
                            bits = Arrays.copyOf(bits, 2 * bits.length);
                        }
                        index[page] = (short) count++;
                    }
                    for (int member = c; member < end; member++) {
                        bits[index[page] * PAGE_WORDS + (member >> 6 & PAGE_WORDS - 1)] |= 1L << member;
                    }
                }
                c = end;
            }
        }
        return new Pages(index, Arrays.copyOf(bits, count * PAGE_WORDS));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CodePointSet set && Arrays.equals(bounds, set.bounds);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }
}
