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

    /** The number of code points in all pieces, which may be a small part of the text. */
    int codePoints() {
        int sum = 0;
        for (int piece = 0; piece < size; piece++) {
            sum += to[piece] - from[piece];
        }
        return sum;
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

    /** Notes the ends of pieces that are written to a new text one behind the other. */
    static final class Rewriter {
        private final int[] ends;
        private int size;

        /** For as many pieces as there are. */
        Rewriter(Pieces pieces) {
            ends = new int[pieces.size];
        }

        /** The next piece ends where the new text ends now. */
        void endPiece(int end) {
            ends[size++] = end;
        }

        /** The pieces of the new text. */
        Pieces pieces(NormalizedText text) {
            var pieces = new Pieces(text);
            int start = 0;
            for (int i = 0; i < size; i++) {
                pieces.add(start, ends[i]);
                start = ends[i];
            }
            return pieces;
        }
    }
}
