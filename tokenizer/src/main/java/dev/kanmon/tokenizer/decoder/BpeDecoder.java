package dev.kanmon.tokenizer.decoder;

import java.util.ArrayList;
import java.util.List;

/**
 * Makes a blank of the suffix that ends words, except in the last token.
 *
 * @param suffix usually {@code </w>}
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/decoders/bpe.rs">bpe.rs</a>
 */
public record BpeDecoder(String suffix) implements Decoder {
    @Override
    public List<String> decode(List<String> tokens) {
        var pieces = new ArrayList<String>(tokens.size());
        for (int i = 0; i < tokens.size(); i++) {
            pieces.add(tokens.get(i).replace(suffix, i == tokens.size() - 1 ? "" : " "));
        }
        return pieces;
    }
}
