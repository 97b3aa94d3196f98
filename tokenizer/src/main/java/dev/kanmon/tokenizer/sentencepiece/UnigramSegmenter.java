package dev.kanmon.tokenizer.sentencepiece;

import dev.kanmon.tokenizer.model.PieceTrie;
import dev.kanmon.tokenizer.text.Utf8;
import java.util.Arrays;

/**
 * The pieces with the largest sum of scores, in the arithmetic of the C++ library, on which ties hang: sums are kept in
 * floats, a new sum is compared as a double before it is rounded.
 *
 * @see <a href="https://github.com/google/sentencepiece/blob/2734490/src/unigram_model.cc#L889">EncodeOptimized</a>
 */
final class UnigramSegmenter implements Segmenter {
    private static final float UNKNOWN_PENALTY = 10;
    private static final int NOT_REACHED = -1;

    private final PieceTrie trie;
    private final float[] scores;
    private final int unknownId;
    private final float unknownScore;

    UnigramSegmenter(SentencePieces pieces) {
        unknownId = pieces.unknownId();
        scores = new float[pieces.size()];
        float least = Float.MAX_VALUE;
        float most = Float.MIN_NORMAL;
        for (int id = 0; id < scores.length; id++) {
            if (pieces.type(id) == PieceType.NORMAL) {
                least = Math.min(least, pieces.score(id));
                most = Math.max(most, pieces.score(id));
            }
        }
        unknownScore = least - UNKNOWN_PENALTY;
        for (int id = 0; id < scores.length; id++) {
            scores[id] = pieces.type(id) == PieceType.USER_DEFINED
                    ? (float) (bytes(pieces.vocabulary().token(id)) * most - 0.1)
                    : pieces.score(id);
        }
        // An unused piece is passed over as if it were none.
        trie = PieceTrie.of(
                pieces.vocabulary(),
                id -> pieces.type(id) == PieceType.NORMAL || pieces.type(id) == PieceType.USER_DEFINED);
    }

    private static float bytes(String text) {
        return text.codePoints().map(Utf8::length).sum();
    }

    @Override
    public void segment(int[] text, int length, PieceSink sink) {
        var sums = new float[length + 1];
        var starts = new int[length + 1];
        var ids = new int[length + 1];
        Arrays.fill(starts, NOT_REACHED);
        for (int start = 0; start < length; start++) {
            float sum = sums[start];
            boolean known = false;
            int node = PieceTrie.ROOT;
            for (int end = start; end < length; ) {
                node = trie.next(node, text[end]);
                if (node == PieceTrie.NONE) {
                    break;
                }
                end++;
                int id = trie.id(node);
                if (id == PieceTrie.NONE) {
                    continue;
                }
                float candidate = scores[id] + sum;
                if (starts[end] == NOT_REACHED || candidate > sums[end]) {
                    sums[end] = candidate;
                    starts[end] = start;
                    ids[end] = id;
                }
                known |= end == start + 1;
            }
            if (!known) {
                float candidate = unknownScore + sum;
                if (starts[start + 1] == NOT_REACHED || candidate > sums[start + 1]) {
                    sums[start + 1] = candidate;
                    starts[start + 1] = start;
                    ids[start + 1] = unknownId;
                }
            }
        }
        emit(starts, ids, length, sink);
    }

    /** Follows the links of the best path from the end and hands its pieces over from the start. */
    private static void emit(int[] starts, int[] ids, int length, PieceSink sink) {
        var ends = new int[length + 1];
        for (int end = length; end > 0; end = starts[end]) {
            ends[starts[end]] = end;
        }
        for (int start = 0; start < length; start = ends[start]) {
            sink.add(ids[ends[start]], start, ends[start]);
        }
    }
}
