package dev.kanmon.tokenizer.text;

import java.util.Arrays;

/**
 * A text on its way through normalisation: its code points now, and for each the code point of the original text that
 * it came from; immutable.
 *
 * <p>The reference keeps a start and an end for each byte. Every operation it has copies such a pair whole, and the
 * pairs begin as one original code point each, so one number says the same; the complement of a place stands for the
 * empty pair that text put in front of everything gets.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/tokenizer/normalizer.rs#L108">NormalizedString</a>
 */
public final class NormalizedText {
    private static final int REPLACEMENT = 0xFFFD;

    private final int[] codePoints;
    private final int[] origins;
    /** Where each code point ends in the original text, or null if each is one code point of it. */
    private final int[] ends;

    private final int length;

    private NormalizedText(int[] codePoints, int[] origins, int[] ends, int length) {
        this.codePoints = codePoints;
        this.origins = origins;
        this.ends = ends;
        this.length = length;
    }

    /** A text whose code points stand for any parts of the original text; the arrays are not copied. */
    public static NormalizedText aligned(int[] codePoints, int[] starts, int[] ends, int length) {
        return new NormalizedText(codePoints, starts, ends, length);
    }

    /** The code points of a string, each its own origin; a lone surrogate becomes U+FFFD. */
    public static NormalizedText of(String text) {
        var codePoints = new int[text.length()];
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int codePoint = c;
            if (Character.isSurrogate(c)) {
                if (Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1))) {
                    codePoint = Character.toCodePoint(c, text.charAt(++i));
                } else {
                    codePoint = REPLACEMENT;
                }
            }
            codePoints[length++] = codePoint;
        }
        var origins = new int[length];
        for (int i = 0; i < length; i++) {
            origins[i] = i;
        }
        return new NormalizedText(codePoints, origins, null, length);
    }

    /** The number of code points now. */
    public int length() {
        return length;
    }

    /** The code point at an index. */
    public int codePoint(int index) {
        return codePoints[index];
    }

    /** The array behind {@link #codePoint}, for inner loops; not to be modified, and longer than {@link #length}. */
    public int[] codePoints() {
        return codePoints;
    }

    /** Where the code point of the original text that the one at {@code index} came from starts. */
    public int origin(int index) {
        int origin = origins[index];
        return origin < 0 ? ~origin : origin;
    }

    /** Where it ends, exclusive; the same as {@link #origin} if it came from nowhere. */
    public int end(int index) {
        if (ends != null) {
            return ends[index];
        }
        int origin = origins[index];
        return origin < 0 ? ~origin : origin + 1;
    }

    /** The part from {@code from} (inclusive) to {@code to} (exclusive), as a text with the same origins. */
    public NormalizedText slice(int from, int to) {
        if (from == 0 && to == length) {
            return this;
        }
        return new NormalizedText(
                Arrays.copyOfRange(codePoints, from, to),
                Arrays.copyOfRange(origins, from, to),
                ends == null ? null : Arrays.copyOfRange(ends, from, to),
                to - from);
    }

    /**
     * The text that edits give, told as the reference tells them: a change of 0 puts the code point in the place of the
     * next one, 1 inserts it behind the one before, and -n puts it in the place of the next one and removes the n behind
     * that.
     *
     * @param changes as many as {@code codePoints}, of both of which {@code size} count
     * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/tokenizer/normalizer.rs#L320">transform_range</a>
     */
    public NormalizedText edited(int[] codePoints, int[] changes, int size) {
        var out = new Builder(this);
        int next = 0;
        for (int i = 0; i < size; i++) {
            if (changes[i] > 0) {
                out.append(codePoints[i], Math.max(next - 1, 0));
            } else {
                out.append(codePoints[i], next);
                next = Math.min(next + 1 - changes[i], length);
            }
        }
        return out.build();
    }

    /** The code points from {@code from} to {@code to} as a string. */
    public String string(int from, int to) {
        return new String(codePoints, from, to - from);
    }

    @Override
    public String toString() {
        return string(0, length);
    }

    /** Writes a text from another, front to back; not safe for use by several threads. */
    public static final class Builder {
        private final NormalizedText source;
        private int[] codePoints;
        private int[] origins;
        private int length;

        /** A builder whose origins are those of {@code source}. */
        public Builder(NormalizedText source) {
            this(source, source.length);
        }

        /** The same with room for {@code capacity} code points; it grows. */
        public Builder(NormalizedText source, int capacity) {
            this.source = source;
            this.codePoints = new int[capacity];
            this.origins = new int[capacity];
        }

        /** The number of code points so far. */
        public int length() {
            return length;
        }

        /** Appends a code point that comes from the one at {@code index} of the source. */
        public void append(int codePoint, int index) {
            if (length == codePoints.length) {
                int capacity = Math.max(16, length + (length >> 1));
                codePoints = Arrays.copyOf(codePoints, capacity);
                origins = Arrays.copyOf(origins, capacity);
            }
            codePoints[length] = codePoint;
            origins[length++] = source.origins[index];
        }

        /** Appends a code point that comes from nowhere and stands before all of the source. */
        public void appendBefore(int codePoint) {
            append(codePoint, 0);
            origins[length - 1] = ~source.origin(0);
        }

        /** The text; the builder is not to be used afterwards. */
        public NormalizedText build() {
            return new NormalizedText(codePoints, origins, null, length);
        }
    }
}
