package dev.kanmon.tokenizer.model;

import dev.kanmon.tokenizer.pretokenizer.Pieces;
import dev.kanmon.tokenizer.text.NormalizedText;
import java.util.Arrays;

/**
 * WordPiece: from the left, always the longest token that fits; a word that cannot be covered so, or is too long, is one
 * unknown token. Work is at most the length of the text times the length of the longest token.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/models/wordpiece/mod.rs#L195">wordpiece/mod.rs</a>
 */
public final class WordPiece implements TokenModel {
    private final Vocabulary vocabulary;
    private final int unknownId;
    private final int[] prefix;
    private final int prefixHash;
    private final long maxInputCharsPerWord;

    /**
     * A model.
     *
     * @param unknownId the id of the unknown token
     * @param continuingSubwordPrefix what a token that does not start a word begins with, usually {@code ##}
     * @param maxInputCharsPerWord how many code points a word may have before it is unknown unseen
     */
    public WordPiece(Vocabulary vocabulary, int unknownId, String continuingSubwordPrefix, long maxInputCharsPerWord) {
        this.vocabulary = vocabulary;
        this.unknownId = unknownId;
        this.prefix = continuingSubwordPrefix.codePoints().toArray();
        this.maxInputCharsPerWord = maxInputCharsPerWord;
        int hash = 0;
        for (int c : prefix) {
            hash = Vocabulary.hash(hash, c);
        }
        prefixHash = hash;
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    /** The id of the unknown token. */
    public int unknownId() {
        return unknownId;
    }

    /** What a token that does not start a word begins with. */
    public String continuingSubwordPrefix() {
        return new String(prefix, 0, prefix.length);
    }

    @Override
    public void tokenize(Pieces pieces, TokenSink sink) {
        var word = new Word(pieces.text());
        for (int piece = 0; piece < pieces.size(); piece++) {
            int from = pieces.from(piece);
            int to = pieces.to(piece);
            if (to - from > maxInputCharsPerWord || !word.cover(from, to)) {
                sink.add(unknownId, from, to);
            } else {
                for (int i = 0; i < word.size; i++) {
                    sink.add(word.ids[i], i == 0 ? from : word.ends[i - 1], word.ends[i]);
                }
            }
        }
    }

    /** Scratch for one call: the tokens of a word are known only when the word is covered to its end. */
    private final class Word {
        private final int[] text;
        private final int[] hashes = new int[vocabulary.longest() + 1];
        private int[] ids = new int[128];
        private int[] ends = new int[128];
        private int size;

        Word(NormalizedText text) {
            this.text = text.codePoints();
        }

        boolean cover(int from, int to) {
            size = 0;
            int start = from;
            while (start < to) {
                int headLength = start == from ? 0 : prefix.length;
                int most = Math.min(to - start, vocabulary.longest() - headLength);
                hashes[0] = start == from ? 0 : prefixHash;
                for (int i = 0; i < most; i++) {
                    hashes[i + 1] = Vocabulary.hash(hashes[i], text[start + i]);
                }
                int id = -1;
                int length = most;
                for (; length > 0; length--) {
                    id = vocabulary.id(hashes[length], prefix, headLength, text, start, start + length);
                    if (id >= 0) {
                        break;
                    }
                }
                if (id < 0) {
                    return false;
                }
                start += length;
                add(id, start);
            }
            return true;
        }

        private void add(int id, int end) {
            if (size == ids.length) {
                ids = Arrays.copyOf(ids, 2 * size);
                ends = Arrays.copyOf(ends, 2 * size);
            }
            ids[size] = id;
            ends[size++] = end;
        }
    }
}
