package dev.kanmon.tokenizer.pretokenizer;

import dev.kanmon.tokenizer.text.CharClass;
import dev.kanmon.tokenizer.text.NormalizedText;

/** Keeps the matches of {@code \w+|[^\w\s]+}: runs of word characters, and runs of anything else but white space. */
public record Whitespace() implements PreTokenizer {
    @Override
    public Pieces split(Pieces pieces) {
        var text = pieces.text();
        var out = new Pieces(text);
        for (int piece = 0; piece < pieces.size(); piece++) {
            int to = pieces.to(piece);
            int start = pieces.from(piece);
            while (start < to) {
                int kind = kind(text, start);
                int end = start + 1;
                while (end < to && kind(text, end) == kind) {
                    end++;
                }
                if (kind != 0) {
                    out.add(start, end);
                }
                start = end;
            }
        }
        return out;
    }

    private static int kind(NormalizedText text, int index) {
        int c = text.codePoint(index);
        return CharClass.isWord(c) ? 1 : CharClass.isWhitespace(c) ? 0 : 2;
    }
}
