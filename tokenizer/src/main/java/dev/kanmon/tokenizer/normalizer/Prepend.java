package dev.kanmon.tokenizer.normalizer;

import dev.kanmon.tokenizer.text.NormalizedText;

/** Puts a string before a text that is not empty; its code points have the origin of the first of the text. */
public record Prepend(String prepend) implements Normalizer {
    @Override
    public NormalizedText normalize(NormalizedText text) {
        if (text.length() == 0) {
            return text;
        }
        var out = new NormalizedText.Builder(text);
        prepend.codePoints().forEach(c -> out.append(c, 0));
        for (int i = 0; i < text.length(); i++) {
            out.append(text.codePoint(i), i);
        }
        return out.build();
    }
}
