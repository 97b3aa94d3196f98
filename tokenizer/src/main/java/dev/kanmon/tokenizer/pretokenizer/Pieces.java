package dev.kanmon.tokenizer.pretokenizer;

import dev.kanmon.tokenizer.text.NormalizedText;
import java.util.Arrays;

/** A text cut into pieces, none of them empty, in order; filled by one thread. */
public final class Pieces {
    private final NormalizedText text;
    private int[] from = new int[16];
    private int[] to = new int[16];
    private int size;

    /** No pieces of the text yet. */
    public Pieces(NormalizedText text) {
        this.text = text;
    }

    /** The text that is cut. */
    public NormalizedText text() {
        return text;
    }

    /** The number of pieces. */
    public int size() {
        return size;
    }

    /** Where a piece starts. */
    public int from(int piece) {
        return from[piece];
    }

    /** Where a piece ends, exclusive. */
    public int to(int piece) {
        return to[piece];
    }

    /** Adds a piece, or nothing if it would be empty. */
    public void add(int start, int end) {
        if (start >= end) {
            return;
        }
        if (size == from.length) {
            from = Arrays.copyOf(from, 2 * size);
            to = Arrays.copyOf(to, 2 * size);
        }
        from[size] = start;
        to[size++] = end;
    }
}
