package dev.kanmon.tokenizer.pretokenizer;

import dev.kanmon.tokenizer.text.CharClass;

/** Splits at punctuation, which is the same here as for BERT. */
public record Punctuation(SplitBehavior behavior) implements PreTokenizer {
    @Override
    public Pieces split(Pieces pieces) {
        return behavior.split(pieces, CharClass::isPunctuation);
    }
}
