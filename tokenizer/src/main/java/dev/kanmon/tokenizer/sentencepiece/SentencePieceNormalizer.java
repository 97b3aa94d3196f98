package dev.kanmon.tokenizer.sentencepiece;

import dev.kanmon.tokenizer.model.PieceTrie;
import dev.kanmon.tokenizer.normalizer.CharsMap;
import dev.kanmon.tokenizer.normalizer.Normalizer;
import dev.kanmon.tokenizer.text.NormalizedText;
import dev.kanmon.tokenizer.text.Utf8;
import java.util.Arrays;

/**
 * What SentencePiece does to text: from the left, the longest prefix that has a rule is replaced; blanks are dropped and
 * marked as the model says. User-defined pieces are left as they are. A token ends where the next character that is kept
 * comes from, so that what is removed belongs to the token before it.
 *
 * @see <a href="https://github.com/google/sentencepiece/blob/2734490/src/normalizer.cc#L72">normalizer.cc</a>
 */
public final class SentencePieceNormalizer implements Normalizer {
    /** U+2581, what a blank is written as. */
    static final int BLANK = 0x2581;

    private final SentencePieceSpec spec;
    private final CharsMap rules;
    private final PieceTrie userDefined;

    /** A normalizer; {@code rules} null for none. */
    SentencePieceNormalizer(SentencePieceSpec spec, CharsMap rules, PieceTrie userDefined) {
        this.spec = spec;
        this.rules = rules;
        this.userDefined = userDefined;
    }

    @Override
    public NormalizedText normalize(NormalizedText text) {
        return text.length() == 0 ? text : new Run(text).normalize();
    }

    /** The scratch of one text. */
    private final class Run {
        private final NormalizedText source;
        private final int[] text;
        /** What is written, and for each code point the place in the source at which it was. */
        private int[] out;

        private int[] places;
        private int size;
        private int consumed;
        /** What the prefix before {@link #consumed} was replaced by. */
        private int[] prefix = new int[64];

        private int prefixSize;

        Run(NormalizedText source) {
            this.source = source;
            text = source.codePoints();
            out = new int[source.length() + 16];
            places = new int[out.length];
        }

        NormalizedText normalize() {
            boolean trim = spec.removeExtraWhitespaces();
            while (trim && consumed < source.length()) {
                int length = readPrefix();
                if (prefixSize != 1 || prefix[0] != ' ') {
                    break;
                }
                consumed += length;
            }
            if (consumed == source.length()) {
                return source.slice(0, 0);
            }
            if (!spec.whitespaceAsSuffix() && spec.addDummyPrefix()) {
                write(' ');
            }
            boolean afterBlank = trim;
            while (consumed < source.length()) {
                int length = readPrefix();
                int start = 0;
                while (afterBlank && start < prefixSize && prefix[start] == ' ') {
                    start++;
                }
                for (int i = start; i < prefixSize; i++) {
                    write(prefix[i]);
                }
                if (start < prefixSize) {
                    afterBlank = prefix[prefixSize - 1] == ' ';
                }
                consumed += length;
                afterBlank &= trim;
            }
            int blank = spec.escapeWhitespaces() ? BLANK : ' ';
            while (trim && size > 0 && out[size - 1] == blank) {
                consumed = places[--size];
            }
            if (spec.whitespaceAsSuffix() && spec.addDummyPrefix()) {
                write(' ');
            }
            return aligned();
        }

        private NormalizedText aligned() {
            var starts = new int[size];
            var ends = new int[size];
            for (int i = 0; i < size; i++) {
                starts[i] = origin(places[i]);
                ends[i] = origin(i + 1 < size ? places[i + 1] : consumed);
            }
            return NormalizedText.aligned(out, starts, ends, size);
        }

        private int origin(int place) {
            return place < source.length() ? source.origin(place) : source.end(place - 1);
        }

        /** Reads what stands for the text from {@link #consumed} on, and returns how long what it stands for is. */
        private int readPrefix() {
            prefixSize = 0;
            int symbol = userDefined.longest(text, consumed, source.length());
            if (symbol > 0) {
                for (int i = 0; i < symbol; i++) {
                    put(text[consumed + i]);
                }
                return symbol;
            }
            long found = rules == null ? CharsMap.NONE : rules.findLongest(text, consumed, source.length());
            if (found == CharsMap.NONE) {
                put(text[consumed]);
                return 1;
            }
            int place = (int) found;
            for (int c = rules.codePointAt(place); c != 0; c = rules.codePointAt(place)) {
                put(c);
                place += Utf8.length(c);
            }
            return (int) (found >>> Integer.SIZE);
        }

        private void put(int c) {
            if (prefixSize == prefix.length) {
                prefix = Arrays.copyOf(prefix, 2 * prefixSize);
            }
            prefix[prefixSize++] = c;
        }

        private void write(int c) {
            if (size == out.length) {
                out = Arrays.copyOf(out, size + (size >> 1));
                places = Arrays.copyOf(places, out.length);
            }
            out[size] = c == ' ' && spec.escapeWhitespaces() ? BLANK : c;
            places[size++] = consumed;
        }
    }
}
