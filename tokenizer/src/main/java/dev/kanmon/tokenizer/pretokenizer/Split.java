package dev.kanmon.tokenizer.pretokenizer;

import dev.kanmon.tokenizer.regex.Regex;

/**
 * Splits at the matches of a regular expression.
 *
 * @param invert whether what lies between the matches is taken for the matches
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/pre_tokenizers/split.rs">split.rs</a>
 */
public record Split(Regex regex, SplitBehavior behavior, boolean invert) implements PreTokenizer {
    @Override
    public Pieces split(Pieces pieces) {
        return split(pieces, regex, behavior, invert);
    }

    static Pieces split(Pieces pieces, Regex regex, SplitBehavior behavior, boolean invert) {
        var out = new Pieces(pieces.text());
        var matcher = regex.matcher(pieces.text().codePoints());
        var spans = new Spans(behavior, invert, out);
        for (int piece = 0; piece < pieces.size(); piece++) {
            spans.start(pieces.from(piece));
            matcher.findAll(pieces.from(piece), pieces.to(piece), spans::match);
            spans.end(pieces.to(piece));
        }
        return out;
    }
}
