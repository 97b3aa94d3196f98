package dev.kanmon.tokenizer.model;

import dev.kanmon.tokenizer.text.CharClass;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Tokens and their ids: one pool of code points and an open-addressing hash over it, so that loading makes a handful of
 * arrays and no object for a token. Immutable; the way back from ids is built when first asked for.
 */
public final class Vocabulary {
    private static final int HASH_FACTOR = 31;

    private final int[] pool;
    private final int[] offsets;
    private final int[] ids;
    private final int[] table;
    private final int size;
    private final int longest;
    private final int maxId;
    private volatile Reverse reverse;

    private Vocabulary(Builder builder) {
        pool = builder.pool;
        offsets = builder.offsets;
        ids = builder.ids;
        table = builder.table;
        size = builder.size;
        int max = -1;
        int length = 0;
        for (int entry = 0; entry < size; entry++) {
            max = Math.max(max, ids[entry]);
            length = Math.max(length, offsets[entry + 1] - offsets[entry]);
        }
        maxId = max;
        longest = length;
    }

    /** The number of tokens. */
    public int size() {
        return size;
    }

    /** The largest id, or -1 if there is no token. */
    public int maxId() {
        return maxId;
    }

    /** The length of the longest token in code points. */
    public int longest() {
        return longest;
    }

    /** The id of a token, or -1. */
    public int id(String token) {
        var codePoints = token.codePoints().toArray();
        int hash = 0;
        for (int c : codePoints) {
            hash = hash(hash, c);
        }
        return id(hash, codePoints, 0, codePoints, 0, codePoints.length);
    }

    /** The id of the token that is {@code codePoints[from..to)}, or -1. */
    public int id(int[] codePoints, int from, int to) {
        if (to - from > longest) {
            return -1;
        }
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = hash(hash, codePoints[i]);
        }
        return id(hash, codePoints, 0, codePoints, from, to);
    }

    /** The hash of a text one code point longer; the empty text hashes to 0. */
    static int hash(int hash, int codePoint) {
        return HASH_FACTOR * hash + codePoint;
    }

    /**
     * The id of the token that is {@code head[0..headLength)} followed by {@code codePoints[from..to)}, or -1.
     *
     * @param hash {@link #hash} over both
     */
    int id(int hash, int[] head, int headLength, int[] codePoints, int from, int to) {
        int mask = table.length - 1;
        int length = headLength + to - from;
        for (int slot = mix(hash) & mask; table[slot] != 0; slot = slot + 1 & mask) {
            int entry = table[slot] - 1;
            int start = offsets[entry];
            if (offsets[entry + 1] - start == length
                    && Arrays.equals(pool, start + headLength, start + length, codePoints, from, to)
                    && Arrays.equals(pool, start, start + headLength, head, 0, headLength)) {
                return ids[entry];
            }
        }
        return -1;
    }

    /** The token of an id, or null; of several with the same id, the one that was added last. */
    public String token(int id) {
        var lookup = reverse;
        if (lookup == null) {
            lookup = Reverse.of(this); // Two threads may both get here; their results are equal.
            reverse = lookup;
        }
        int entry = lookup.entry(id);
        return entry < 0 ? null : entryToken(entry);
    }

    /** The token at a place in the order of adding. */
    public String entryToken(int entry) {
        return new String(pool, offsets[entry], offsets[entry + 1] - offsets[entry]);
    }

    /** The id at a place in the order of adding. */
    public int entryId(int entry) {
        return ids[entry];
    }

    /** The length in code points of the token at a place in the order of adding. */
    int entryLength(int entry) {
        return offsets[entry + 1] - offsets[entry];
    }

    /** A code point of the token at a place in the order of adding. */
    int entryCodePoint(int entry, int index) {
        return pool[offsets[entry] + index];
    }

    /**
     * Whether some token has a letter that lower-casing would change, {@code [...]} names aside. Signs that are
     * upper case and have no lower case, such as U+211D, do not count.
     */
    public boolean hasUpperCase() {
        for (int entry = 0; entry < size; entry++) {
            int from = offsets[entry];
            int to = offsets[entry + 1];
            if (to > from && pool[from] == '[' && pool[to - 1] == ']') {
                continue;
            }
            for (int i = from; i < to; i++) {
                if (CharClass.lowerCase(pool[i]) != pool[i]) {
                    return true;
                }
            }
        }
        return false;
    }

    private static int mix(int hash) {
        int mixed = (hash ^ hash >>> 16) * 0x85EBCA6B;
        return mixed ^ mixed >>> 13;
    }

    /** From ids to entries: an array where ids are dense, a map where a file chose them at will. */
    private record Reverse(int[] dense, Map<Integer, Integer> sparse) {
        static Reverse of(Vocabulary vocabulary) {
            if (vocabulary.maxId < 2L * vocabulary.size + 1024) {
                var dense = new int[vocabulary.maxId + 1];
                for (int entry = 0; entry < vocabulary.size; entry++) {
                    dense[vocabulary.ids[entry]] = entry + 1;
                }
                return new Reverse(dense, Map.of());
            }
            var sparse = HashMap.<Integer, Integer>newHashMap(vocabulary.size);
            for (int entry = 0; entry < vocabulary.size; entry++) {
                sparse.put(vocabulary.ids[entry], entry);
            }
            return new Reverse(new int[0], sparse);
        }

        int entry(int id) {
            if (id >= 0 && id < dense.length) {
                return dense[id] - 1;
            }
            return sparse.getOrDefault(id, -1);
        }
    }

    /** Collects tokens; not safe for use by several threads. */
    public static final class Builder {
        private int[] pool;
        private int[] offsets;
        private int[] ids;
        private int[] table;
        private int size;
        private int poolSize;

        /** A builder with room for about {@code tokens} tokens. */
        public Builder(int tokens) {
            int capacity = Math.max(tokens, 8);
            pool = new int[Math.multiplyExact(capacity, 8)];
            offsets = new int[capacity + 1];
            ids = new int[capacity];
            table = new int[Integer.highestOneBit(capacity) * 4];
        }

        /** Adds a token; one that is there already takes the new id, as in a Python dict. */
        public Builder add(String token, int id) {
            return add("", token, 0, id);
        }

        /**
         * Adds the token that is {@code head} followed by {@code text} from index {@code from} on.
         *
         * @param id not negative
         */
        public Builder add(String head, String text, int from, int id) {
            int start = poolSize;
            reserve(head.length() + text.length() - from);
            int hash = append(text, from, append(head, 0, 0));
            int mask = table.length - 1;
            int slot = mix(hash) & mask;
            for (; table[slot] != 0; slot = slot + 1 & mask) {
                int entry = table[slot] - 1;
                if (Arrays.equals(pool, offsets[entry], offsets[entry + 1], pool, start, poolSize)) {
                    ids[entry] = id;
                    poolSize = start;
                    return this;
                }
            }
            table[slot] = size + 1;
            ids[size++] = id;
            offsets[size] = poolSize;
            return this;
        }

        /** The vocabulary; the builder is not to be used afterwards. */
        public Vocabulary build() {
            return new Vocabulary(this);
        }

        private int append(String text, int from, int hash) {
            for (int i = from; i < text.length(); i++) {
                int c = text.charAt(i);
                if (Character.isSurrogate((char) c)) {
                    c = text.codePointAt(i);
                    i += Character.charCount(c) - 1;
                }
                pool[poolSize++] = c;
                hash = hash(hash, c);
            }
            return hash;
        }

        private void reserve(int chars) {
            if (poolSize + chars > pool.length) {
                pool = Arrays.copyOf(pool, Math.max(poolSize + chars, pool.length + (pool.length >> 1)));
            }
            if (size == ids.length) {
                ids = Arrays.copyOf(ids, 2 * size);
                offsets = Arrays.copyOf(offsets, 2 * size + 1);
            }
            if (2 * (size + 1) > table.length) {
                rehash(2 * table.length);
            }
        }

        private void rehash(int capacity) {
            table = new int[capacity];
            int mask = capacity - 1;
            for (int entry = 0; entry < size; entry++) {
                int hash = 0;
                for (int i = offsets[entry]; i < offsets[entry + 1]; i++) {
                    hash = hash(hash, pool[i]);
                }
                int slot = mix(hash) & mask;
                while (table[slot] != 0) {
                    slot = slot + 1 & mask;
                }
                table[slot] = entry + 1;
            }
        }
    }
}
