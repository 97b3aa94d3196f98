package dev.kanmon.tokenizer.sentencepiece;

import java.util.List;

/**
 * A SentencePiece model as its file has it; see {@link SentencePieceProto}.
 *
 * @param pieces in the order of their numbers
 * @param byteFallback whether what has no piece becomes the pieces of its bytes
 * @param whitespaceAsSuffix whether the stand-in for a blank ends a word instead of starting it
 * @param charsmap the compiled normalisation rules; empty for none; not to be modified
 * @param addDummyPrefix whether a text gets a blank at its start, or its end for {@code whitespaceAsSuffix}
 * @param removeExtraWhitespaces whether blanks at the ends are dropped, and all but one of a run
 * @param escapeWhitespaces whether blanks are written U+2581
 */
public record SentencePieceSpec(
        ModelKind kind,
        List<Piece> pieces,
        boolean byteFallback,
        boolean whitespaceAsSuffix,
        byte[] charsmap,
        boolean addDummyPrefix,
        boolean removeExtraWhitespaces,
        boolean escapeWhitespaces) {

    /** A piece. */
    public record Piece(String text, float score, PieceType type) {}

    /** Copies the list. */
    public SentencePieceSpec {
        pieces = List.copyOf(pieces);
    }

    /** The number of the unknown piece, or -1. */
    public int unknown() {
        for (int i = 0; i < pieces.size(); i++) {
            if (pieces.get(i).type() == PieceType.UNKNOWN) {
                return i;
            }
        }
        return -1;
    }
}
