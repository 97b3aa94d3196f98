package dev.kanmon.tokenizer.model;

import java.util.function.IntPredicate;

/**
 * The pieces of a vocabulary by their prefixes: a hash table from a node and a code point to the next node. A node is
 * its slot in the table, so that a step is one look-up in two arrays, and building needs neither sorting nor objects.
 * Immutable.
 */
public final class PieceTrie {
    /** The node of the empty prefix. */
    public static final int ROOT = -1;
    /** No such node, or no piece. */
    public static final int NONE = -1;

    /** Pieces share prefixes, so that there are about three nodes for each; this leaves half of the table free. */
    private static final int SLOTS_A_PIECE = 8;

    private static final int CODE_POINT_BITS = 21;
    /** 2^64 divided by the golden ratio: multiplying by it spreads close keys over the high bits. */
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private final long[] keys;
    private final int[] ids;
    private final int shift;

    private PieceTrie(int bits) {
        keys = new long[1 << bits];
        ids = new int[1 << bits];
        shift = Long.SIZE - bits;
    }

    /** The trie of every token of a vocabulary that is not empty and whose id the predicate holds for. */
    public static PieceTrie of(Vocabulary vocabulary, IntPredicate isPiece) {
        long count = 0;
        for (int entry = 0; entry < vocabulary.size(); entry++) {
            count += isPiece.test(vocabulary.entryId(entry)) ? 1 : 0;
        }
        int bits = 4;
        while (1L << bits < count * SLOTS_A_PIECE && bits < 30) {
            bits++;
        }
        var trie = new PieceTrie(bits);
        while (!trie.addAll(vocabulary, isPiece)) {
            trie = new PieceTrie(++bits); // Longer pieces than most vocabularies have.
        }
        return trie;
    }

    private boolean addAll(Vocabulary vocabulary, IntPredicate isPiece) {
        int free = keys.length - (keys.length >> 2);
        for (int entry = 0; entry < vocabulary.size(); entry++) {
            int id = vocabulary.entryId(entry);
            if (!isPiece.test(id)) {
                continue;
            }
            int length = vocabulary.entryLength(entry);
            int node = ROOT;
            for (int i = 0; i < length; i++) {
                long key = key(node, vocabulary.entryCodePoint(entry, i));
                int slot = slot(key);
                while (keys[slot] != 0 && keys[slot] != key) {
                    slot = slot + 1 & keys.length - 1;
                }
                if (keys[slot] == 0) {
                    if (--free < 0) {
                        return false;
                    }
                    keys[slot] = key;
                }
                node = slot;
            }
            if (length > 0) {
                ids[node] = id + 1;
            }
        }
        return true;
    }

    /** The node one code point further, or {@link #NONE}. */
    public int next(int node, int codePoint) {
        long key = key(node, codePoint);
        int slot = slot(key);
        while (true) {
            long found = keys[slot];
            if (found == key) {
                return slot;
            }
            if (found == 0) {
                return NONE;
            }
            slot = slot + 1 & keys.length - 1;
        }
    }

    /** The id of the piece that ends at a node, or {@link #NONE}; not for the root. */
    public int id(int node) {
        return ids[node] - 1;
    }

    /** The length of the longest piece that {@code text[from..to)} starts with, or 0. */
    public int longest(int[] text, int from, int to) {
        int longest = 0;
        int node = ROOT;
        for (int i = from; i < to; i++) {
            node = next(node, text[i]);
            if (node == NONE) {
                break;
            }
            if (id(node) != NONE) {
                longest = i + 1 - from;
            }
        }
        return longest;
    }

    private int slot(long key) {
        return (int) (key * SPREAD >>> shift);
    }

    /** Never 0, which marks a free slot. */
    private static long key(int node, int codePoint) {
        return (long) (node + 2) << CODE_POINT_BITS | codePoint;
    }
}
