package dev.kanmon.tokenizer.normalizer;

import dev.kanmon.tokenizer.text.NormalizedText;
import java.util.List;

/** Several normalizers, each applied to what the one before it gives ({@code Sequence} in the file). */
public record NormalizerSequence(List<Normalizer> normalizers) implements Normalizer {
    /** Copies the list. */
    public NormalizerSequence {
        normalizers = List.copyOf(normalizers);
    }

    @Override
    public NormalizedText normalize(NormalizedText text) {
        for (var normalizer : normalizers) {
            text = normalizer.normalize(text);
        }
        return text;
    }
}
