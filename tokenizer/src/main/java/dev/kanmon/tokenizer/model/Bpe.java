package dev.kanmon.tokenizer.model;

import dev.kanmon.tokenizer.pretokenizer.Pieces;
import java.nio.charset.StandardCharsets;

/**
 * Byte-pair encoding: the characters of a piece, and then again and again the pair of neighbours joined that comes first
 * in the list of merges, the leftmost of equals. A piece of n characters takes n log n steps. Thread-safe: pieces seen
 * before are remembered in a {@link WordCache}, of which losing an entry costs time only.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/models/bpe/model.rs#L464">model.rs</a>
 */
public final class Bpe implements TokenModel {
    /** Code points below are looked up in tables: all characters of byte-level vocabularies, and most of Latin text. */
    private static final int TABLED = 0x400;

    private static final int FIRST = 1;
    private static final int LAST = 2;
    private static final int NONE = -1;

    private final Vocabulary vocabulary;
    private final Merges merges;
    private final BpeSettings settings;
    private final int unknownId;
    private final int[] prefix;
    private final int[] suffix;
    /** For each combination of first and last in its piece, the ids of the code points below {@link #TABLED}. */
    private final int[][] tables;

    private final int[] byteIds;
    private final WordCache cache = new WordCache();

    /** A model; whether the merges fit the vocabulary was checked when they were made. */
    public Bpe(Vocabulary vocabulary, Merges merges, BpeSettings settings) {
        this.vocabulary = vocabulary;
        this.merges = merges;
        this.settings = settings;
        unknownId = settings.unknownToken() == null ? NONE : vocabulary.id(settings.unknownToken());
        prefix = settings.continuingSubwordPrefix().codePoints().toArray();
        suffix = settings.endOfWordSuffix().codePoints().toArray();
        tables = new int[4][];
        for (int kind = 0; kind < 4; kind++) {
            // Where neither counts, one table serves for both.
            int same = (prefix.length == 0 ? kind | FIRST : kind) & (suffix.length == 0 ? ~LAST : ~0);
            tables[kind] = tables[same] != null ? tables[same] : table(kind);
            tables[same] = tables[kind];
        }
        byteIds = settings.byteFallback() ? byteIds() : null;
    }

    private int[] table(int kind) {
        var table = new int[TABLED];
        for (int c = 0; c < TABLED; c++) {
            table[c] = lookUp(c, kind);
        }
        return table;
    }

    private int[] byteIds() {
        var ids = new int[256];
        for (int value = 0; value < 256; value++) {
            ids[value] = vocabulary.id("<0x%02X>".formatted(value));
        }
        return ids;
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    /** The pairs to join. */
    public Merges merges() {
        return merges;
    }

    /** The settings. */
    public BpeSettings settings() {
        return settings;
    }

    @Override
    public void tokenize(Pieces pieces, TokenSink sink) {
        var text = pieces.text().codePoints();
        var word = new BpeWord(merges);
        for (int piece = 0; piece < pieces.size(); piece++) {
            int from = pieces.from(piece);
            int to = pieces.to(piece);
            int hash = cache.hash(text, from, to);
            var known = cache.find(hash, text, from, to);
            if (known == null) {
                known = tokenize(text, from, to, word);
                cache.put(hash, text, from, to, known);
            }
            known.emit(from, sink);
        }
    }

    private WordTokens tokenize(int[] text, int from, int to, BpeWord word) {
        if (settings.ignoreMerges()) {
            int id = wholeId(text, from, to);
            if (id >= 0) {
                return WordTokens.single(id, to - from);
            }
        }
        word.clear(to - from);
        boolean lengthsAreBytes = addSymbols(text, from, to, word, false);
        if (lengthsAreBytes) {
            word.clear(to - from);
            addSymbols(text, from, to, word, true);
        }
        word.mergeAll();
        return lengthsAreBytes ? byBytes(text, from, to, word) : word.tokens();
    }

    /**
     * Adds a symbol for each code point, with its length. Returns true as soon as lengths in code points cannot tell the
     * offsets: some code point falls apart into bytes, or drops out, after which the reference counts on without it.
     */
    private boolean addSymbols(int[] text, int from, int to, BpeWord word, boolean inBytes) {
        int unknownLength = 0;
        for (int i = from; i < to; i++) {
            int kind = (i == from ? FIRST : 0) | (i == to - 1 ? LAST : 0);
            int c = text[i];
            int length = inBytes ? utf8Length(c) : 1;
            int id = c < TABLED ? tables[kind][c] : lookUp(c, kind);
            if (id >= 0) {
                unknownLength = addUnknown(unknownLength, word);
                word.add(id, length);
            } else if (byteIds != null && hasBytes(c, kind)) {
                if (!inBytes) {
                    return true;
                }
                // An unknown token that waits is added behind these bytes, as in the reference.
                for (byte value : spelled(c, kind).getBytes(StandardCharsets.UTF_8)) {
                    word.add(byteIds[value & 0xFF], 1);
                }
            } else if (settings.unknownToken() == null) {
                if (!inBytes) {
                    return true;
                }
            } else {
                if (unknownId < 0) {
                    throw new IllegalArgumentException("the vocabulary has neither \"" + spelled(c, kind)
                            + "\" nor its unknown token \"" + settings.unknownToken() + "\"");
                }
                if (!settings.fuseUnknown()) {
                    unknownLength = addUnknown(unknownLength, word);
                }
                unknownLength += length;
            }
        }
        addUnknown(unknownLength, word);
        return false;
    }

    private int addUnknown(int length, BpeWord word) {
        if (length > 0) {
            word.add(unknownId, length);
        }
        return 0;
    }

    /** The tokens with offsets in code points, from lengths in bytes that need not end where code points end. */
    private static WordTokens byBytes(int[] text, int from, int to, BpeWord word) {
        int bytes = 0;
        for (int i = from; i < to; i++) {
            bytes += utf8Length(text[i]);
        }
        var codePointOf = new int[bytes];
        int at = 0;
        for (int i = from; i < to; i++) {
            for (int k = utf8Length(text[i]); k > 0; k--) {
                codePointOf[at++] = i - from;
            }
        }
        return word.tokens(codePointOf);
    }

    private int wholeId(int[] text, int from, int to) {
        if (to - from > vocabulary.longest()) {
            return NONE;
        }
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = Vocabulary.hash(hash, text[i]);
        }
        return vocabulary.id(hash, text, 0, text, from, to);
    }

    private boolean hasBytes(int codePoint, int kind) {
        for (byte value : spelled(codePoint, kind).getBytes(StandardCharsets.UTF_8)) {
            if (byteIds[value & 0xFF] < 0) {
                return false;
            }
        }
        return true;
    }

    private int lookUp(int codePoint, int kind) {
        if (prefix.length == 0 && suffix.length == 0) {
            var single = new int[] {codePoint};
            return vocabulary.id(Vocabulary.hash(0, codePoint), single, 0, single, 0, 1);
        }
        return vocabulary.id(spelled(codePoint, kind));
    }

    /** A code point as the vocabulary writes it at its place in a piece. */
    private String spelled(int codePoint, int kind) {
        var spelled = new StringBuilder();
        if ((kind & FIRST) == 0) {
            spelled.append(settings.continuingSubwordPrefix());
        }
        spelled.appendCodePoint(codePoint);
        if ((kind & LAST) != 0) {
            spelled.append(settings.endOfWordSuffix());
        }
        return spelled.toString();
    }

    private static int utf8Length(int codePoint) {
        return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
    }
}
