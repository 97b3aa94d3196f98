package dev.kanmon.tokenizer.normalizer;

import dev.kanmon.tokenizer.sentencepiece.SentencePieceNormalizer;
import dev.kanmon.tokenizer.text.NormalizedText;

/** The first stage: rewrites text before it is split. Implementations are immutable. */
public sealed interface Normalizer
        permits BertNormalizer,
                ByteLevelNormalizer,
                Lowercase,
                Nmt,
                NormalizerSequence,
                Precompiled,
                Prepend,
                Replace,
                ReplaceBlanks,
                SentencePieceNormalizer,
                Strip,
                StripAccents,
                UnicodeNormalizer {

    /** The text rewritten; origins still point into the original text. */
    NormalizedText normalize(NormalizedText text);
}
