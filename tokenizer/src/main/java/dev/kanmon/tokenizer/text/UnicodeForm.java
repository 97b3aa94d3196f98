package dev.kanmon.tokenizer.text;

import java.util.Arrays;

/**
 * The four Unicode normalisation forms, with origins as the reference assigns them.
 *
 * <p>The reference normalises into pairs of a code point and a change: 0 replaces the next code point of the source, 1
 * was inserted after it, -n replaces it and removes the n behind it. Sorting by combining class moves the pairs, and the
 * origins are dealt out afterwards in the order of the result; so do we, which is why a reordered mark has the origin of
 * the place it moved to.
 *
 * @see <a href="https://github.com/n1t0/unicode-normalization/blob/9ca6960/src/decompose.rs">decompose.rs</a>
 * @see <a href="https://github.com/n1t0/unicode-normalization/blob/9ca6960/src/recompose.rs">recompose.rs</a>
 */
public enum UnicodeForm {
    /** Canonical decomposition. */
    NFD(false, false),
    /** Compatibility decomposition. */
    NFKD(true, false),
    /** Canonical decomposition, then composition. */
    NFC(false, true),
    /** Compatibility decomposition, then composition. */
    NFKC(true, true);

    private final boolean compatible;
    private final boolean composed;

    UnicodeForm(boolean compatible, boolean composed) {
        this.compatible = compatible;
        this.composed = composed;
    }

    /** The text in this form; the same object if nothing changes at first sight. */
    public NormalizedText apply(NormalizedText text) {
        // Below these no code point decomposes; with composition, none below U+0300 takes part at all.
        int threshold = compatible ? 0xA0 : composed ? 0x300 : 0xC0;
        int i = 0;
        while (i < text.length() && text.codePoint(i) < threshold) {
            i++;
        }
        if (i == text.length()) {
            return text;
        }
        var pairs = decompose(text);
        return (composed ? compose(pairs) : pairs).applyTo(text);
    }

    private Pairs decompose(NormalizedText text) {
        var pairs = new Pairs(text.length() + 16);
        int pending = 0;
        for (int i = 0; i < text.length(); i++) {
            int codePoint = text.codePoint(i);
            var parts = Decomposition.of(codePoint, compatible);
            int count = parts == null ? 1 : parts.length;
            for (int part = 0; part < count; part++) {
                int c = parts == null ? codePoint : parts[part];
                int combiningClass = Decomposition.combiningClass(c);
                if (combiningClass == 0) {
                    pairs.sort(pending);
                }
                pairs.add(c, part == 0 ? 0 : 1, combiningClass);
                if (combiningClass == 0) {
                    pending = pairs.size;
                }
            }
        }
        pairs.sort(pending);
        return pairs;
    }

    private static Pairs compose(Pairs in) {
        var out = new Pairs(in.size);
        var held = new Pairs(4); // Marks that wait behind the starter they did not combine with.
        int starter = -1;
        int starterChange = 0;
        int lastClass = -1;
        for (int i = 0; i < in.size; i++) {
            int c = in.codePoints[i];
            int change = in.changes[i];
            int combiningClass = in.classes[i];
            if (starter < 0) {
                if (combiningClass == 0) {
                    starter = c;
                    starterChange = change;
                } else {
                    out.add(c, change, 0);
                }
                continue;
            }
            boolean blocked = lastClass >= combiningClass;
            int composite = blocked ? -1 : Decomposition.compose(starter, c);
            if (composite >= 0) {
                starter = composite;
                starterChange += change - 1;
            } else if (combiningClass == 0) {
                out.add(starter, starterChange, 0);
                out.addAll(held);
                held.size = 0;
                starter = c;
                starterChange = change;
                lastClass = -1;
            } else {
                held.add(c, change, 0);
                lastClass = combiningClass;
            }
        }
        if (starter >= 0) {
            out.add(starter, starterChange, 0);
        }
        out.addAll(held);
        return out;
    }

    /** Columns of code point, change and combining class. */
    private static final class Pairs {
        private int[] codePoints;
        private int[] changes;
        private int[] classes;
        private int size;

        Pairs(int capacity) {
            codePoints = new int[capacity];
            changes = new int[capacity];
            classes = new int[capacity];
        }

        void add(int codePoint, int change, int combiningClass) {
            if (size == codePoints.length) {
                int capacity = 2 * size + 4;
                codePoints = Arrays.copyOf(codePoints, capacity);
                changes = Arrays.copyOf(changes, capacity);
                classes = Arrays.copyOf(classes, capacity);
            }
            codePoints[size] = codePoint;
            changes[size] = change;
            classes[size++] = combiningClass;
        }

        void addAll(Pairs other) {
            for (int i = 0; i < other.size; i++) {
                add(other.codePoints[i], other.changes[i], other.classes[i]);
            }
        }

        /** Sorts the pairs from {@code from} on by combining class, equals in their order. */
        void sort(int from) {
            int i = from + 1;
            while (i < size && classes[i - 1] <= classes[i]) {
                i++;
            }
            if (i >= size) {
                return;
            }
            // A megabyte of marks in bad order is one run: sort in n log n, by class and then by place.
            var keys = new long[size - from];
            for (int k = 0; k < keys.length; k++) {
                keys[k] = (long) classes[from + k] << 32 | k;
            }
            Arrays.sort(keys);
            var oldCodePoints = Arrays.copyOfRange(codePoints, from, size);
            var oldChanges = Arrays.copyOfRange(changes, from, size);
            for (int k = 0; k < keys.length; k++) {
                int old = (int) keys[k];
                codePoints[from + k] = oldCodePoints[old];
                changes[from + k] = oldChanges[old];
                classes[from + k] = (int) (keys[k] >> 32);
            }
        }

        NormalizedText applyTo(NormalizedText source) {
            return source.edited(codePoints, changes, size);
        }
    }
}
