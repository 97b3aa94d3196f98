package dev.kanmon.tokenizer.decoder;

import dev.kanmon.tokenizer.normalizer.Replace;
import dev.kanmon.tokenizer.text.NormalizedText;
import java.util.List;

/**
 * Replaces in each token for itself what the normalizer of the same name replaces in a text.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/normalizers/replace.rs#L94">replace.rs</a>
 */
public record ReplaceDecoder(Replace replace) implements Decoder {
    @Override
    public List<String> decode(List<String> tokens) {
        return tokens.stream()
                .map(token -> replace.normalize(NormalizedText.of(token)).toString())
                .toList();
    }
}
