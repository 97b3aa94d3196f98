package dev.kanmon.tokenizer.decoder;

import java.util.ArrayList;
import java.util.List;

/**
 * What a connectionist temporal classifier gives: repeated tokens count once, padding separates repetitions that are
 * meant.
 *
 * @param wordDelimiterToken becomes a blank if {@code cleanup} holds
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/decoders/ctc.rs">ctc.rs</a>
 */
public record Ctc(String padToken, String wordDelimiterToken, boolean cleanup) implements Decoder {
    @Override
    public List<String> decode(List<String> tokens) {
        var pieces = new ArrayList<String>();
        String before = null;
        for (var token : tokens) {
            if (!token.equals(before)) {
                var piece = token.replace(padToken, "");
                if (cleanup) {
                    piece = WordPieceDecoder.cleanup(piece).replace(wordDelimiterToken, " ");
                }
                if (!piece.isEmpty()) {
                    pieces.add(piece);
                }
            }
            before = token;
        }
        return pieces;
    }
}
