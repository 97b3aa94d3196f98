package dev.kanmon.tokenizer.decoder;

import java.util.List;

/**
 * Takes a character off both ends of each token, at most so many times. Where the two cuts would meet, on which the
 * reference panics, nothing is left.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/decoders/strip.rs">strip.rs</a>
 */
public record StripDecoder(int content, int start, int stop) implements Decoder {
    @Override
    public List<String> decode(List<String> tokens) {
        return tokens.stream().map(this::strip).toList();
    }

    private String strip(String token) {
        var text = token.codePoints().toArray();
        int from = 0;
        while (from < Math.min(start, text.length) && text[from] == content) {
            from++;
        }
        int to = text.length;
        while (text.length - to < stop && to > 0 && text[to - 1] == content) {
            to--;
        }
        return from < to ? new String(text, from, to - from) : "";
    }
}
