package dev.kanmon.tokenizer.pipeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Tokens in columns; immutable once built.
 *
 * <p>Offsets are code points of the sequence's own text. A name is null where the vocabulary's text for the id is the
 * name. Tables that truncation cut off hang on the one that was kept; they have none themselves.
 */
public final class TokenTable {
    /** The sequence of a token that belongs to no text. */
    public static final int NO_SEQUENCE = -1;
    /** Flag of a token that the post-processor or padding added. */
    public static final int SPECIAL = 1;
    /** Flag of a token that attention leaves out. */
    public static final int PADDING = 2;
    /** No tokens. */
    public static final TokenTable EMPTY = new Builder(0).build();

    private final int size;
    private final int[] ids;
    private final int[] typeIds;
    private final int[] starts;
    private final int[] ends;
    private final byte[] sequences;
    private final byte[] flags;
    private final String[] names;
    private final List<TokenTable> overflow;

    private TokenTable(Builder builder, List<TokenTable> overflow) {
        size = builder.size;
        ids = builder.ids;
        typeIds = builder.typeIds;
        starts = builder.starts;
        ends = builder.ends;
        sequences = builder.sequences;
        flags = builder.flags;
        names = builder.names;
        this.overflow = overflow;
    }

    /** The number of tokens. */
    public int size() {
        return size;
    }

    /** The id of a token. */
    public int id(int index) {
        return ids[index];
    }

    /** The type id of a token. */
    public int typeId(int index) {
        return typeIds[index];
    }

    /** Where a token starts. */
    public int start(int index) {
        return starts[index];
    }

    /** Where a token ends, exclusive. */
    public int end(int index) {
        return ends[index];
    }

    /** The text that a token belongs to, 0 or 1, or {@link #NO_SEQUENCE}. */
    public int sequence(int index) {
        return sequences[index];
    }

    /** Whether a flag is set for a token. */
    public boolean has(int flag, int index) {
        return (flags[index] & flag) != 0;
    }

    /** The name of a token, or null if the vocabulary's text for the id is the name. */
    public String name(int index) {
        return names == null ? null : names[index];
    }

    /** A copy of the ids. */
    public int[] ids() {
        return Arrays.copyOf(ids, size);
    }

    /** A copy of the type ids. */
    public int[] typeIds() {
        return Arrays.copyOf(typeIds, size);
    }

    /** What truncation cut off. */
    public List<TokenTable> overflow() {
        return overflow;
    }

    /** The tokens from {@code from} to {@code to} (exclusive), without overflow. */
    public TokenTable slice(int from, int to) {
        return new Builder(to - from).addAll(this, from, to).build();
    }

    /** The same tokens with other overflow. */
    public TokenTable withOverflow(List<TokenTable> tables) {
        return new TokenTable(new Builder(this), List.copyOf(tables));
    }

    /** The same with one type id for all tokens; overflow stays. */
    public TokenTable withTypeId(int typeId) {
        var builder = new Builder(this);
        builder.typeIds = new int[size];
        Arrays.fill(builder.typeIds, typeId);
        return new TokenTable(builder, overflow);
    }

    /** The same with other offsets, one of each for each token; the arrays are kept. Overflow stays. */
    public TokenTable withOffsets(int[] newStarts, int[] newEnds) {
        var builder = new Builder(this);
        builder.starts = newStarts;
        builder.ends = newEnds;
        return new TokenTable(builder, overflow);
    }

    /** The same as tokens of one sequence, overflow included. */
    public TokenTable withSequence(int sequence) {
        var builder = new Builder(this);
        builder.sequences = new byte[size];
        Arrays.fill(builder.sequences, (byte) sequence);
        return new TokenTable(
                builder,
                overflow.stream().map(table -> table.withSequence(sequence)).toList());
    }

    /**
     * All tables one after the other. The overflow combines each part's overflow with every other's, in the order of the
     * reference's {@code merge_with}.
     *
     * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/tokenizer/encoding.rs#L405">encoding.rs</a>
     */
    public static TokenTable merge(List<TokenTable> parts) {
        var merged = EMPTY;
        for (var part : parts) {
            var overflow = new ArrayList<TokenTable>();
            for (var mine : merged.overflow) {
                overflow.add(mine.followedBy(part));
                for (var other : part.overflow) {
                    overflow.add(mine.followedBy(other));
                }
            }
            for (var other : part.overflow) {
                overflow.add(merged.followedBy(other));
            }
            merged = merged.followedBy(part).withOverflow(overflow);
        }
        return merged;
    }

    /** These tokens, then those; no overflow. */
    public TokenTable followedBy(TokenTable other) {
        return new Builder(size + other.size)
                .addAll(this, 0, size)
                .addAll(other, 0, other.size)
                .build();
    }

    /** Collects tokens; not safe for use by several threads. */
    public static final class Builder {
        private int size;
        private int[] ids;
        private int[] typeIds;
        private int[] starts;
        private int[] ends;
        private byte[] sequences;
        private byte[] flags;
        private String[] names;

        /** A builder with room for {@code capacity} tokens; it grows. */
        public Builder(int capacity) {
            ids = new int[capacity];
            typeIds = new int[capacity];
            starts = new int[capacity];
            ends = new int[capacity];
            sequences = new byte[capacity];
            flags = new byte[capacity];
        }

        /** Shares the columns of a table, for replacing whole columns. */
        private Builder(TokenTable table) {
            size = table.size;
            ids = table.ids;
            typeIds = table.typeIds;
            starts = table.starts;
            ends = table.ends;
            sequences = table.sequences;
            flags = table.flags;
            names = table.names;
        }

        /** Adds a token of sequence 0 with type id 0; {@code name} may be null. */
        public Builder add(int id, int start, int end, String name) {
            return add(id, 0, start, end, 0, 0, name);
        }

        /** Adds a special token, which stands nowhere in a text; {@code name} may be null. */
        public Builder addSpecial(int id, int typeId, String name) {
            return add(id, typeId, 0, 0, NO_SEQUENCE, SPECIAL, name);
        }

        /** Adds a padding token; {@code name} may be null. */
        public Builder addPadding(int id, int typeId, String name) {
            return add(id, typeId, 0, 0, NO_SEQUENCE, SPECIAL | PADDING, name);
        }

        private Builder add(int id, int typeId, int start, int end, int sequence, int flag, String name) {
            reserve(1);
            ids[size] = id;
            typeIds[size] = typeId;
            starts[size] = start;
            ends[size] = end;
            sequences[size] = (byte) sequence;
            flags[size] = (byte) flag;
            if (name != null) {
                names = names == null ? new String[ids.length] : names;
                names[size] = name;
            }
            size++;
            return this;
        }

        /** Adds the tokens of a table from {@code from} to {@code to} (exclusive). */
        public Builder addAll(TokenTable table, int from, int to) {
            int count = to - from;
            reserve(count);
            System.arraycopy(table.ids, from, ids, size, count);
            System.arraycopy(table.typeIds, from, typeIds, size, count);
            System.arraycopy(table.starts, from, starts, size, count);
            System.arraycopy(table.ends, from, ends, size, count);
            System.arraycopy(table.sequences, from, sequences, size, count);
            System.arraycopy(table.flags, from, flags, size, count);
            if (table.names != null) {
                names = names == null ? new String[ids.length] : names;
                System.arraycopy(table.names, from, names, size, count);
            }
            size += count;
            return this;
        }

        /** The table, without overflow; the builder is not to be used afterwards. */
        public TokenTable build() {
            return new TokenTable(this, List.of());
        }

        private void reserve(int count) {
            if (size + count <= ids.length) {
                return;
            }
            int capacity = Math.max(size + count, Math.max(16, ids.length + (ids.length >> 1)));
            ids = Arrays.copyOf(ids, capacity);
            typeIds = Arrays.copyOf(typeIds, capacity);
            starts = Arrays.copyOf(starts, capacity);
            ends = Arrays.copyOf(ends, capacity);
            sequences = Arrays.copyOf(sequences, capacity);
            flags = Arrays.copyOf(flags, capacity);
            names = names == null ? null : Arrays.copyOf(names, capacity);
        }
    }
}
