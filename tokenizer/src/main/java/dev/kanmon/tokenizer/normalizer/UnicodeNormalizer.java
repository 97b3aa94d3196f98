package dev.kanmon.tokenizer.normalizer;

import dev.kanmon.tokenizer.text.NormalizedText;
import dev.kanmon.tokenizer.text.UnicodeForm;

/** One of NFC, NFD, NFKC, NFKD. */
public record UnicodeNormalizer(UnicodeForm form) implements Normalizer {
    @Override
    public NormalizedText normalize(NormalizedText text) {
        return form.apply(text);
    }
}
