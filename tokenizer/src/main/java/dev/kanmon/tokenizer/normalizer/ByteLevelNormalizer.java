package dev.kanmon.tokenizer.normalizer;

import dev.kanmon.tokenizer.text.ByteAlphabet;
import dev.kanmon.tokenizer.text.NormalizedText;

/** Rewrites text to the characters of {@link ByteAlphabet}, one for each byte in UTF-8 ({@code ByteLevel} in the file). */
public record ByteLevelNormalizer() implements Normalizer {
    @Override
    public NormalizedText normalize(NormalizedText text) {
        var out = new NormalizedText.Builder(text);
        for (int i = 0; i < text.length(); i++) {
            ByteAlphabet.append(text.codePoint(i), i, out);
        }
        return out.build();
    }
}
