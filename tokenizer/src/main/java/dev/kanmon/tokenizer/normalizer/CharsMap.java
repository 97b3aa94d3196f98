package dev.kanmon.tokenizer.normalizer;

import dev.kanmon.tokenizer.text.Utf8;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * SentencePiece's compiled normalisation rules: a double-array trie over UTF-8 from what is replaced to where in a list
 * of texts the replacement stands. Immutable.
 *
 * <p>The layout is {@code u32 bytes of the trie, u32[] trie, texts that end in NUL}, all little-endian. A trie from a
 * stranger may point anywhere: a step that would leave it finds nothing, and a walk takes one step for each byte of the
 * text, so that no trie makes it loop.
 *
 * @see <a href="https://github.com/google/sentencepiece/blob/2734490/src/normalizer.cc#L270">DecodePrecompiledCharsMap</a>
 * @see <a href="https://github.com/s-yata/darts-clone/blob/e40ce46/include/darts.h#L80">darts-clone, DoubleArrayUnit</a>
 */
public final class CharsMap {
    /** No rule. */
    public static final int NONE = -1;

    private static final int LABEL_MASK = 1 << 31 | 0xFF;
    private static final int VALUE_MASK = ~(1 << 31);
    private static final int HAS_LEAF = 1 << 8;
    private static final int ASCII = 0x80;
    /** Unicode's longest replacement, that of U+FDFA, has 33 bytes; a longer one would let a text explode. */
    private static final int MAX_REPLACEMENT_BYTES = 1024;

    private final byte[] blob;
    private final int[] trie;
    private final byte[] texts;
    /** What {@link #find} gives for each ASCII character alone. */
    private final int[] ascii = new int[ASCII];

    private CharsMap(byte[] blob, int[] trie, byte[] texts) {
        this.blob = blob;
        this.trie = trie;
        this.texts = texts;
        var one = new int[1];
        for (int c = 0; c < ASCII; c++) {
            one[0] = c;
            ascii[c] = find(one, 0, 1);
        }
    }

    /**
     * Reads the rules.
     *
     * @param blob not copied
     * @throws IllegalArgumentException if the parts do not fit the blob, the trie is empty, or a text is not UTF-8
     */
    public static CharsMap of(byte[] blob) {
        if (blob.length < Integer.BYTES) {
            throw new IllegalArgumentException(
                    "the charsmap has " + blob.length + " bytes, expected the size of its trie in the first 4");
        }
        var in = ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN);
        long trieBytes = Integer.toUnsignedLong(in.getInt());
        if (trieBytes < Integer.BYTES || trieBytes > in.remaining()) {
            throw new IllegalArgumentException("the trie of the charsmap has " + trieBytes
                    + " bytes, expected 4 to the " + in.remaining() + " that follow");
        }
        var trie = new int[(int) (trieBytes / Integer.BYTES)];
        in.asIntBuffer().get(trie);
        var texts = Arrays.copyOfRange(blob, (1 + trie.length) * Integer.BYTES, blob.length);
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(texts));
        } catch (CharacterCodingException notUtf8) {
            throw new IllegalArgumentException("the replacements of the charsmap are not UTF-8", notUtf8);
        }
        int start = 0;
        for (int i = 0; i <= texts.length; i++) {
            if (i == texts.length || texts[i] == 0) {
                if (i - start > MAX_REPLACEMENT_BYTES) {
                    throw new IllegalArgumentException("a replacement of the charsmap has " + (i - start)
                            + " bytes, expected at most " + MAX_REPLACEMENT_BYTES);
                }
                start = i + 1;
            }
        }
        return new CharsMap(blob, trie, texts);
    }

    /** The bytes that the rules were read from; not to be modified. */
    public byte[] blob() {
        return blob;
    }

    /** Whether an ASCII character alone is replaced. */
    public boolean replacesAscii(int c) {
        return ascii[c] != NONE;
    }

    /** {@link #find} of one code point. */
    public int find(int[] text, int at) {
        return text[at] < ASCII ? ascii[text[at]] : find(text, at, at + 1);
    }

    /**
     * The shortest prefix of a text that has a rule: where its replacement stands, or {@link #NONE}. A prefix may end
     * inside a code point.
     */
    public int find(int[] text, int from, int to) {
        int node = offset(trie[0]);
        for (int i = from; i < to; i++) {
            int c = text[i];
            for (int shift = Utf8.firstShift(c); shift >= 0; shift -= Utf8.BITS) {
                int b = Utf8.byteAt(c, shift);
                node ^= b;
                if (b == 0 || !isIn(node) || (trie[node] & LABEL_MASK) != b) {
                    return NONE;
                }
                int unit = trie[node];
                node ^= offset(unit);
                if ((unit & HAS_LEAF) != 0) {
                    return isIn(node) ? trie[node] & VALUE_MASK : NONE;
                }
            }
        }
        return NONE;
    }

    /**
     * The longest prefix of a text that has a rule: how many code points it has, shifted left by 32 bits, and where its
     * replacement stands; or {@link #NONE}.
     */
    public long findLongest(int[] text, int from, int to) {
        long found = NONE;
        int node = offset(trie[0]);
        for (int i = from; i < to; i++) {
            int c = text[i];
            int unit = 0;
            for (int shift = Utf8.firstShift(c); shift >= 0; shift -= Utf8.BITS) {
                int b = Utf8.byteAt(c, shift);
                node ^= b;
                if (b == 0 || !isIn(node) || (trie[node] & LABEL_MASK) != b) {
                    return found;
                }
                unit = trie[node];
                node ^= offset(unit);
            }
            if ((unit & HAS_LEAF) != 0 && isIn(node)) {
                found = (long) (i + 1 - from) << 32 | trie[node] & VALUE_MASK;
            }
        }
        return found;
    }

    /** The code point of a replacement at a place, or 0 behind its end. */
    public int codePointAt(int place) {
        if (place < 0 || place >= texts.length) {
            return 0;
        }
        int lead = texts[place];
        if (lead >= 0) {
            return lead;
        }
        int length = Integer.numberOfLeadingZeros(~(lead << 24));
        if (length < 2 || place + length > texts.length) {
            return 0; // A place inside a code point, which no compiler of rules gives.
        }
        int c = lead & 0x7F >> length;
        for (int i = 1; i < length; i++) {
            c = c << 6 | texts[place + i] & 0x3F;
        }
        return c;
    }

    private boolean isIn(int node) {
        return node >= 0 && node < trie.length;
    }

    private static int offset(int unit) {
        return unit >>> 10 << ((unit & 1 << 9) >>> 6);
    }
}
