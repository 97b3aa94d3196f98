package dev.kanmon.tokenizer.pretokenizer;

/**
 * The second stage: cuts normalised text into the pieces that the model sees one by one. Implementations are immutable.
 */
public sealed interface PreTokenizer
        permits BertPreTokenizer,
                ByteLevel,
                CharDelimiterSplit,
                Digits,
                FixedLength,
                Metaspace,
                PreTokenizerSequence,
                Punctuation,
                Split,
                Whitespace,
                WhitespaceSplit {

    /** Cuts each piece further; a pre-tokenizer that rewrites text returns pieces of a new text. */
    Pieces split(Pieces pieces);
}
