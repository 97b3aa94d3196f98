package dev.kanmon.tokenizer.normalizer;

import dev.kanmon.tokenizer.text.CharClass;
import dev.kanmon.tokenizer.text.NormalizedText;

/** Removes white space at the start, the end, or both. */
public record Strip(boolean left, boolean right) implements Normalizer {
    @Override
    public NormalizedText normalize(NormalizedText text) {
        int from = 0;
        int to = text.length();
        while (left && from < to && CharClass.isWhitespace(text.codePoint(from))) {
            from++;
        }
        while (right && to > from && CharClass.isWhitespace(text.codePoint(to - 1))) {
            to--;
        }
        return text.slice(from, to);
    }
}
