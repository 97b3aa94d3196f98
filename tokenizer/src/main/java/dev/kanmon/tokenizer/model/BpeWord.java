package dev.kanmon.tokenizer.model;

import java.util.Arrays;

/** The symbols of one piece while they are joined; for one thread, used again from piece to piece. */
final class BpeWord {
    /** Up to here looking at all pairs each time is quicker than a heap. */
    private static final int SMALL = 24;

    private static final int NO_RANK = Integer.MAX_VALUE;

    private final Merges merges;
    private int[] ids = new int[64];
    private int[] lengths = new int[64];
    /** The rank of the symbol joined with the next; only while a small word is joined. */
    private int[] ranks = new int[64];

    private int size;

    BpeWord(Merges merges) {
        this.merges = merges;
    }

    void clear(int expected) {
        size = 0;
        reserve(expected);
    }

    void add(int id, int length) {
        reserve(size + 1);
        ids[size] = id;
        lengths[size++] = length;
    }

    void mergeAll() {
        if (size <= SMALL) {
            mergeSmall();
        } else {
            mergeLarge();
        }
    }

    private void mergeSmall() {
        for (int i = 0; i + 1 < size; i++) {
            ranks[i] = rank(i, i + 1);
        }
        while (size > 1) {
            int best = 0;
            for (int i = 1; i + 1 < size; i++) {
                best = ranks[i] < ranks[best] ? i : best;
            }
            if (ranks[best] == NO_RANK) {
                return;
            }
            ids[best] = merges.result(ranks[best]);
            lengths[best] += lengths[best + 1];
            size--;
            System.arraycopy(ids, best + 2, ids, best + 1, size - best - 1);
            System.arraycopy(lengths, best + 2, lengths, best + 1, size - best - 1);
            System.arraycopy(ranks, best + 2, ranks, best + 1, Math.max(0, size - best - 2));
            if (best > 0) {
                ranks[best - 1] = rank(best - 1, best);
            }
            if (best + 1 < size) {
                ranks[best] = rank(best, best + 1);
            }
        }
    }

    private int rank(int left, int right) {
        int rank = merges.rank(ids[left], ids[right]);
        return rank < 0 ? NO_RANK : rank;
    }

    /**
     * The same with a heap of rank and place, and neighbours linked. An entry whose pair is gone is known by what the
     * pair would become, as in the reference.
     *
     * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/models/bpe/word.rs#L168">merge_all</a>
     */
    private void mergeLarge() {
        var previous = new int[size];
        var next = new int[size];
        var heap = new LongHeap(size);
        for (int i = 0; i < size; i++) {
            previous[i] = i - 1;
            next[i] = i + 1 < size ? i + 1 : -1;
            push(i, next[i], heap);
        }
        while (!heap.isEmpty()) {
            long entry = heap.pop();
            int at = (int) entry;
            int rank = (int) (entry >>> 32);
            if (lengths[at] == 0 || next[at] < 0) {
                continue;
            }
            int right = next[at];
            int now = merges.rank(ids[at], ids[right]);
            if (now < 0 || merges.result(now) != merges.result(rank)) {
                continue;
            }
            ids[at] = merges.result(rank);
            lengths[at] += lengths[right];
            lengths[right] = 0;
            next[at] = next[right];
            if (next[at] >= 0) {
                previous[next[at]] = at;
            }
            if (previous[at] >= 0) {
                push(previous[at], at, heap);
            }
            push(at, next[at], heap);
        }
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (lengths[i] != 0) {
                ids[kept] = ids[i];
                lengths[kept++] = lengths[i];
            }
        }
        size = kept;
    }

    private void push(int left, int right, LongHeap heap) {
        int rank = right < 0 ? -1 : merges.rank(ids[left], ids[right]);
        if (rank >= 0) {
            heap.push((long) rank << 32 | left);
        }
    }

    /** The tokens, lengths counted in code points. */
    WordTokens tokens() {
        var starts = new int[size];
        var ends = new int[size];
        int at = 0;
        for (int i = 0; i < size; i++) {
            starts[i] = at;
            at += lengths[i];
            ends[i] = at;
        }
        return new WordTokens(Arrays.copyOf(ids, size), starts, ends);
    }

    /**
     * The tokens, lengths counted in bytes.
     *
     * @param codePointOf the code point of each byte of the piece; what lies behind its end counts as the last
     */
    WordTokens tokens(int[] codePointOf) {
        var starts = new int[size];
        var ends = new int[size];
        int last = codePointOf.length - 1;
        int at = 0;
        for (int i = 0; i < size; i++) {
            starts[i] = codePointOf[Math.min(at, last)];
            at += lengths[i];
            ends[i] = codePointOf[Math.min(at - 1, last)] + 1;
        }
        return new WordTokens(Arrays.copyOf(ids, size), starts, ends);
    }

    private void reserve(int capacity) {
        if (capacity > ids.length) {
            int larger = Math.max(capacity, 2 * ids.length);
            ids = Arrays.copyOf(ids, larger);
            lengths = Arrays.copyOf(lengths, larger);
            ranks = Arrays.copyOf(ranks, larger);
        }
    }
}
