package dev.kanmon.tokenizer.decoder;

import java.util.ArrayList;
import java.util.List;

/**
 * Puts blanks between words, none before tokens with the prefix of continuations.
 *
 * @param cleanup whether blanks before punctuation and inside English contractions go
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/decoders/wordpiece.rs">wordpiece.rs</a>
 */
public record WordPieceDecoder(String prefix, boolean cleanup) implements Decoder {
    @Override
    public List<String> decode(List<String> tokens) {
        var pieces = new ArrayList<String>(tokens.size());
        for (var token : tokens) {
            var piece = token;
            if (!pieces.isEmpty()) {
                piece = token.startsWith(prefix) ? token.substring(prefix.length()) : " " + token;
            }
            pieces.add(cleanup ? cleanup(piece) : piece);
        }
        return pieces;
    }

    static String cleanup(String text) {
        return text.replace(" .", ".")
                .replace(" ?", "?")
                .replace(" !", "!")
                .replace(" ,", ",")
                .replace(" ' ", "'")
                .replace(" n't", "n't")
                .replace(" 'm", "'m")
                .replace(" do not", " don't")
                .replace(" 's", "'s")
                .replace(" 've", "'ve")
                .replace(" 're", "'re");
    }
}
