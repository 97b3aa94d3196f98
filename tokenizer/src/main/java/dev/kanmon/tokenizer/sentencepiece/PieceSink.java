package dev.kanmon.tokenizer.sentencepiece;

import dev.kanmon.tokenizer.model.TokenSink;
import dev.kanmon.tokenizer.text.Utf8;

/**
 * Turns pieces into tokens: neighbours that are unknown become one token, or each becomes the tokens of its bytes, of
 * which the last one stands for the whole and the others for nothing. A control piece stands for nothing. Used by one
 * thread.
 *
 * @see <a href="https://github.com/google/sentencepiece/blob/2734490/src/sentencepiece_processor.cc#L528">PopulateSentencePieceText</a>
 */
final class PieceSink {
    private final SentencePieces pieces;
    private final int[] text;
    private final TokenSink tokens;
    private int unknownFrom;
    private int unknownTo;

    PieceSink(SentencePieces pieces, int[] text, TokenSink tokens) {
        this.pieces = pieces;
        this.text = text;
        this.tokens = tokens;
    }

    /** Takes the next piece. */
    void add(int id, int from, int to) {
        if (id == pieces.unknownId()) {
            if (pieces.hasBytes()) {
                addBytes(from, to);
            } else {
                unknownFrom = unknownFrom < unknownTo ? unknownFrom : from;
                unknownTo = to;
            }
            return;
        }
        finish();
        tokens.add(id, from, pieces.type(id) == PieceType.CONTROL ? from : to);
    }

    /** Hands over what waits for a neighbour. */
    void finish() {
        if (unknownFrom < unknownTo) {
            tokens.addAsText(pieces.unknownId(), unknownFrom, unknownTo);
        }
        unknownFrom = unknownTo;
    }

    private void addBytes(int from, int to) {
        for (int i = from; i < to; i++) {
            for (int shift = Utf8.firstShift(text[i]); shift >= 0; shift -= Utf8.BITS) {
                boolean last = i == to - 1 && shift == 0;
                tokens.add(pieces.byteId(Utf8.byteAt(text[i], shift)), from, last ? to : from);
            }
        }
    }
}
