package dev.kanmon.tokenizer.model;

/**
 * Pairs of tokens that are joined, in the order of their rank, and what they become: columns by rank and an
 * open-addressing hash over the pairs. Immutable. Of a pair that is listed twice the later place counts.
 */
public final class Merges {
    private final int[] lefts;
    private final int[] rights;
    private final int[] results;
    private final int size;
    /** The pair in a slot, and its rank plus one, or 0 for an empty slot. */
    private final long[] keys;

    private final int[] ranks;

    private Merges(Builder builder) {
        lefts = builder.lefts;
        rights = builder.rights;
        results = builder.results;
        size = builder.size;
        int capacity = Math.max(Integer.highestOneBit(Math.max(size, 4)) * 4, 16);
        keys = new long[capacity];
        ranks = new int[capacity];
        for (int rank = 0; rank < size; rank++) {
            int slot = slot(key(lefts[rank], rights[rank]));
            keys[slot] = key(lefts[rank], rights[rank]);
            ranks[slot] = rank + 1;
        }
    }

    /** The number of merges. */
    public int size() {
        return size;
    }

    /** The id of the left token of a merge. */
    public int left(int rank) {
        return lefts[rank];
    }

    /** The id of the right token of a merge. */
    public int right(int rank) {
        return rights[rank];
    }

    /** The id of what a merge makes. */
    public int result(int rank) {
        return results[rank];
    }

    /** Whether a later place holds the same pair, so that this one counts for nothing. */
    public boolean isOverridden(int rank) {
        return rank(lefts[rank], rights[rank]) != rank;
    }

    /** The rank of a pair, or -1. */
    int rank(int left, int right) {
        return ranks[slot(key(left, right))] - 1;
    }

    private int slot(long key) {
        int mask = keys.length - 1;
        long mixed = key * 0x9E3779B97F4A7C15L;
        int slot = (int) (mixed >>> 32) & mask;
        while (ranks[slot] != 0 && keys[slot] != key) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private static long key(int left, int right) {
        return (long) left << 32 | right & 0xFFFFFFFFL;
    }

    /** Collects merges by rank; not safe for use by several threads. */
    public static final class Builder {
        private final int[] lefts;
        private final int[] rights;
        private final int[] results;
        private int size;

        /** For at most so many merges. */
        public Builder(int capacity) {
            lefts = new int[capacity];
            rights = new int[capacity];
            results = new int[capacity];
        }

        /** Adds the merge of the next rank. */
        public Builder add(int left, int right, int result) {
            lefts[size] = left;
            rights[size] = right;
            results[size++] = result;
            return this;
        }

        /** The merges; the builder is not to be used afterwards. */
        public Merges build() {
            return new Merges(this);
        }
    }
}
