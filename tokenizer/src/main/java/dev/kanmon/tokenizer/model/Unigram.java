package dev.kanmon.tokenizer.model;

import dev.kanmon.tokenizer.pretokenizer.Pieces;
import dev.kanmon.tokenizer.text.NormalizedText;
import java.util.Arrays;
import java.util.Map;

/**
 * Unigram as the Hugging Face library computes it: the tokens whose scores have the largest sum, found from left to
 * right in doubles; of two equal sums the one that was reached first stays, which is the one whose last token starts
 * further left. A character without a token costs {@value #UNKNOWN_PENALTY} more than the worst token; neighbours that
 * have none are one unknown token, or the bytes of them all. Work is at most the length of the text times the length of
 * the longest token.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/models/unigram/model.rs#L249">model.rs, encode_optimized</a>
 */
public final class Unigram implements TokenModel {
    /** By how much the unknown token is worse than the worst token. */
    private static final double UNKNOWN_PENALTY = 10;

    private static final int NOT_REACHED = -1;

    private final Vocabulary vocabulary;
    private final Map<Integer, String> repeated;
    private final double[] scores;
    private final int unknownId;
    private final double unknownScore;
    private final PieceTrie trie;
    private final ByteTokens bytes;

    /**
     * A model.
     *
     * @param vocabulary ids from 0, without holes but for those of {@code repeated}
     * @param repeated ids of tokens that the vocabulary has under a later id, which is the one that counts
     * @param scores for each id; not copied
     * @param unknownId the id of the unknown token, or -1 if there is none: then a text with a character that no token
     *     has cannot be tokenized
     * @param byteFallback whether what no token has becomes the tokens of its bytes, {@code <0x00>} to {@code <0xFF>}
     */
    public Unigram(
            Vocabulary vocabulary,
            Map<Integer, String> repeated,
            double[] scores,
            int unknownId,
            boolean byteFallback) {
        this.vocabulary = vocabulary;
        this.repeated = Map.copyOf(repeated);
        this.scores = scores;
        this.unknownId = unknownId;
        trie = PieceTrie.of(vocabulary, id -> true);
        bytes = byteFallback ? ByteTokens.of(vocabulary) : null;
        double least = Double.POSITIVE_INFINITY;
        for (double score : scores) {
            least = Math.min(least, score);
        }
        unknownScore = least - UNKNOWN_PENALTY;
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    /** The id of the unknown token, or -1. */
    public int unknownId() {
        return unknownId;
    }

    @Override
    public int size() {
        return scores.length;
    }

    /** The token of an id below {@link #size}. */
    public String token(int id) {
        return repeated.getOrDefault(id, vocabulary.token(id));
    }

    /** The score of an id. */
    public double score(int id) {
        return scores[id];
    }

    /** Whether what no token has becomes the tokens of its bytes. */
    public boolean byteFallback() {
        return bytes != null;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if there is no unknown token and a character needs it
     */
    @Override
    public void tokenize(Pieces pieces, TokenSink sink) {
        var best = new BestPath(pieces.text());
        for (int piece = 0; piece < pieces.size(); piece++) {
            best.find(pieces.from(piece), pieces.to(piece));
            best.emit(sink);
        }
    }

    /** Scratch for one call: for each place in a piece, the best way to get there. */
    private final class BestPath {
        private final NormalizedText source;
        private final int[] text;
        private int from;
        private int length;
        private double[] sums = new double[64];
        private int[] starts = new int[64];
        private int[] ids = new int[64];

        BestPath(NormalizedText source) {
            this.source = source;
            text = source.codePoints();
        }

        void find(int from, int to) {
            this.from = from;
            length = to - from;
            if (length >= sums.length) {
                int capacity = Math.max(length + 1, Math.min(2 * sums.length, 4096));
                sums = new double[capacity];
                starts = new int[capacity];
                ids = new int[capacity];
            }
            Arrays.fill(starts, 0, length + 1, NOT_REACHED);
            sums[0] = 0;
            for (int start = 0; start < length; start++) {
                double sum = sums[start];
                boolean known = false;
                int node = PieceTrie.ROOT;
                for (int end = start; end < length; ) {
                    node = trie.next(node, text[from + end]);
                    if (node == PieceTrie.NONE) {
                        break;
                    }
                    end++;
                    int id = trie.id(node);
                    if (id != PieceTrie.NONE) {
                        reach(end, start, id, scores[id] + sum);
                        known |= end == start + 1;
                    }
                }
                if (!known && reach(start + 1, start, unknownId, unknownScore + sum) && unknownId < 0) {
                    throw new IllegalArgumentException(
                            "no token has U+%04X at %d, and the tokenizer has no token for the unknown"
                                    .formatted(text[from + start], source.origin(from + start)));
                }
            }
        }

        private boolean reach(int end, int start, int id, double sum) {
            if (starts[end] != NOT_REACHED && sum <= sums[end]) {
                return false;
            }
            sums[end] = sum;
            starts[end] = start;
            ids[end] = id;
            return true;
        }

        void emit(TokenSink sink) {
            turnAround();
            int start = 0;
            while (start < length) {
                int end = starts[start];
                int id = ids[start];
                if (id != unknownId) {
                    sink.add(id, from + start, from + end);
                } else {
                    while (end < length && ids[end] == unknownId) {
                        end = starts[end];
                    }
                    emitUnknown(from + start, from + end, sink);
                }
                start = end;
            }
        }

        /** Makes the links of the best path lead forward: each token's end and id stand at its start. */
        private void turnAround() {
            int end = length;
            int nextEnd = 0;
            int nextId = 0;
            while (true) {
                int start = starts[end];
                int id = ids[end];
                starts[end] = nextEnd;
                ids[end] = nextId;
                if (end == 0) {
                    return;
                }
                nextEnd = end;
                nextId = id;
                end = start;
            }
        }

        /** Several characters may be a token together although the best path did not take it. */
        private void emitUnknown(int start, int end, TokenSink sink) {
            int id = vocabulary.id(text, start, end);
            if (id >= 0) {
                sink.add(id, start, end);
            } else if (bytes == null || !bytes.emit(text, start, end, sink)) {
                sink.addAsText(unknownId, start, end);
            }
        }
    }
}
