package dev.kanmon.tokenizer.pretokenizer;

import dev.kanmon.tokenizer.text.CharClass;

/**
 * Drops white space and makes each punctuation character a piece of its own.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/pre_tokenizers/bert.rs">bert.rs</a>
 */
public record BertPreTokenizer() implements PreTokenizer {
    @Override
    public Pieces split(Pieces pieces) {
        var text = pieces.text();
        var out = new Pieces(text);
        for (int piece = 0; piece < pieces.size(); piece++) {
            int start = pieces.from(piece);
            for (int i = start; i < pieces.to(piece); i++) {
                int c = text.codePoint(i);
                if (CharClass.isWhitespace(c)) {
                    out.add(start, i);
                    start = i + 1;
                } else if (CharClass.isPunctuation(c)) {
                    out.add(start, i);
                    out.add(i, i + 1);
                    start = i + 1;
                }
            }
            out.add(start, pieces.to(piece));
        }
        return out;
    }
}
