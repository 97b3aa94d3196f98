package dev.kanmon.tokenizer.sentencepiece;

import dev.kanmon.tokenizer.model.PieceTrie;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * From single characters on, the two neighbours whose joined piece has the best score are joined, of equals the leftmost,
 * until no two make a piece. User-defined pieces stay as they are; unused pieces are taken apart again. Work is n log n
 * in the length of the text.
 *
 * @see <a href="https://github.com/google/sentencepiece/blob/2734490/src/bpe_model.cc#L36">SampleEncode with alpha 0</a>
 */
final class BpeSegmenter implements Segmenter {
    private static final int NONE = -1;

    private final SentencePieces pieces;
    private final PieceTrie userDefined;

    BpeSegmenter(SentencePieces pieces, PieceTrie userDefined) {
        this.pieces = pieces;
        this.userDefined = userDefined;
    }

    @Override
    public void segment(int[] text, int length, PieceSink sink) {
        new Run(text, length).segment(sink);
    }

    /** The symbols of one text, linked; a symbol is known by where it starts. */
    private final class Run {
        private final int[] text;
        private final int length;
        /** For each symbol its end; 0 for a place where none starts. */
        private final int[] ends;
        /** For each symbol where the one before it starts. */
        private final int[] previous;

        private final boolean[] frozen;
        private final PairQueue queue = new PairQueue();
        /** For each unused piece that was made, where it was put together. */
        private final Map<Integer, Integer> joints = new HashMap<>();

        Run(int[] text, int length) {
            this.text = text;
            this.length = length;
            ends = new int[length];
            previous = new int[length];
            frozen = new boolean[length];
        }

        void segment(PieceSink sink) {
            int before = NONE;
            for (int start = 0; start < length; start = ends[start]) {
                int symbol = userDefined.longest(text, start, length);
                frozen[start] = symbol > 0;
                ends[start] = start + Math.max(symbol, 1);
                previous[start] = before;
                before = start;
            }
            for (int left = 0; left < length; left = ends[left]) {
                offer(left);
            }
            while (!queue.isEmpty()) {
                int left = queue.left();
                int size = queue.size();
                queue.remove();
                if (isCurrent(left, size)) {
                    join(left);
                }
            }
            for (int start = 0; start < length; start = ends[start]) {
                emit(start, ends[start], sink);
            }
        }

        /** Puts a symbol and the next one into the queue if they make a piece. */
        private void offer(int left) {
            int right = ends[left];
            if (right == length || frozen[left] || frozen[right]) {
                return;
            }
            int id = pieces.vocabulary().id(text, left, ends[right]);
            if (id < 0 || !pieces.type(id).isInText()) {
                return;
            }
            queue.add(pieces.score(id), left, ends[right] - left);
            if (pieces.type(id) == PieceType.UNUSED) {
                joints.put(id, right - left);
            }
        }

        /** Whether neither of the two symbols has been joined since. */
        private boolean isCurrent(int left, int size) {
            return ends[left] != 0 && ends[left] < length && ends[ends[left]] - left == size;
        }

        private void join(int left) {
            int right = ends[left];
            int end = ends[right];
            ends[left] = end;
            ends[right] = 0;
            if (end < length) {
                previous[end] = left;
            }
            if (previous[left] != NONE) {
                offer(previous[left]);
            }
            offer(left);
        }

        private void emit(int from, int to, PieceSink sink) {
            int id = pieces.vocabulary().id(text, from, to);
            var joint = id >= 0 && pieces.type(id) == PieceType.UNUSED ? joints.get(id) : null;
            if (joint == null) {
                sink.add(id < 0 ? pieces.unknownId() : id, from, to);
            } else {
                emit(from, from + joint, sink);
                emit(from + joint, to, sink);
            }
        }
    }

    /** Pairs of neighbours, the best first: a heap in two arrays. */
    private static final class PairQueue {
        /** The score, inverted so that less is better, and below it the start of the left symbol. */
        private long[] keys = new long[64];

        private int[] sizes = new int[64];
        private int count;

        boolean isEmpty() {
            return count == 0;
        }

        int left() {
            return (int) keys[0];
        }

        int size() {
            return sizes[0];
        }

        void add(float score, int left, int size) {
            if (count == keys.length) {
                keys = Arrays.copyOf(keys, 2 * count);
                sizes = Arrays.copyOf(sizes, 2 * count);
            }
            long key = (long) ~ordered(score) << Integer.SIZE | left;
            int hole = count++;
            while (hole > 0 && keys[(hole - 1) / 2] > key) {
                move((hole - 1) / 2, hole);
                hole = (hole - 1) / 2;
            }
            keys[hole] = key;
            sizes[hole] = size;
        }

        void remove() {
            long key = keys[--count];
            int size = sizes[count];
            int hole = 0;
            while (2 * hole + 1 < count) {
                int child = 2 * hole + 1;
                if (child + 1 < count && keys[child + 1] < keys[child]) {
                    child++;
                }
                if (keys[child] >= key) {
                    break;
                }
                move(child, hole);
                hole = child;
            }
            keys[hole] = key;
            sizes[hole] = size;
        }

        private void move(int from, int to) {
            keys[to] = keys[from];
            sizes[to] = sizes[from];
        }

        /** An integer that orders as the float does; the two zeros are equal. */
        private static int ordered(float score) {
            int bits = Float.floatToIntBits(score + 0f);
            return bits ^ bits >> 31 & Integer.MAX_VALUE;
        }
    }
}
