package dev.kanmon.tokenizer.model;

import java.util.Arrays;

/**
 * Remembers the tokens of short pieces: a table in which a new entry takes the place of the old one. Any number of
 * threads may use it without locks, since entries are immutable and a lost one is only computed again.
 */
final class WordCache {
    private static final int SLOTS = 1 << 14;
    private static final int MAX_LENGTH = 64;

    private record Entry(int hash, int[] word, WordTokens tokens) {}

    private final Entry[] entries = new Entry[SLOTS];

    int hash(int[] text, int from, int to) {
        int hash = to - from;
        int end = Math.min(to, from + MAX_LENGTH);
        for (int i = from; i < end; i++) {
            hash = 31 * hash + text[i];
        }
        hash *= 0x9E3779B1;
        return hash ^ hash >>> 15;
    }

    /** The tokens of a word, or null if they are not known. */
    WordTokens find(int hash, int[] text, int from, int to) {
        var entry = entries[hash & SLOTS - 1];
        return entry != null && entry.hash == hash && Arrays.equals(entry.word, 0, entry.word.length, text, from, to)
                ? entry.tokens
                : null;
    }

    void put(int hash, int[] text, int from, int to, WordTokens tokens) {
        if (to - from <= MAX_LENGTH) {
            entries[hash & SLOTS - 1] = new Entry(hash, Arrays.copyOfRange(text, from, to), tokens);
        }
    }
}
