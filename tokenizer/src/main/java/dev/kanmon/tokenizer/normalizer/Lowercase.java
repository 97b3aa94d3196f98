package dev.kanmon.tokenizer.normalizer;

import dev.kanmon.tokenizer.text.CharClass;
import dev.kanmon.tokenizer.text.NormalizedText;

/** Lower-cases each code point for itself, as {@link CharClass#lowerCase} does. */
public record Lowercase() implements Normalizer {
    @Override
    public NormalizedText normalize(NormalizedText text) {
        return lower(text);
    }

    static NormalizedText lower(NormalizedText text) {
        var out = new NormalizedText.Builder(text);
        for (int i = 0; i < text.length(); i++) {
            int c = text.codePoint(i);
            int second = CharClass.lowerCaseSecond(c);
            if (second >= 0) {
                out.append('i', i);
                out.append(second, i);
            } else {
                out.append(CharClass.lowerCase(c), i);
            }
        }
        return out.build();
    }
}
