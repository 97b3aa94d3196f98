package dev.kanmon.tokenizer.normalizer;

import dev.kanmon.tokenizer.text.CharClass;
import dev.kanmon.tokenizer.text.NormalizedText;

/** Removes combining marks of every kind (Mn, Mc, Me); it does not decompose, so NFD belongs before it. */
public record StripAccents() implements Normalizer {
    @Override
    public NormalizedText normalize(NormalizedText text) {
        var out = new NormalizedText.Builder(text);
        for (int i = 0; i < text.length(); i++) {
            if (!CharClass.isCombiningMark(text.codePoint(i))) {
                out.append(text.codePoint(i), i);
            }
        }
        return out.build();
    }
}
