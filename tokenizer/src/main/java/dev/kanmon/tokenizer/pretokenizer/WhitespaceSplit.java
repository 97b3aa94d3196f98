package dev.kanmon.tokenizer.pretokenizer;

import dev.kanmon.tokenizer.text.CharClass;

/** Splits at white space and drops it. */
public record WhitespaceSplit() implements PreTokenizer {
    @Override
    public Pieces split(Pieces pieces) {
        return SplitBehavior.REMOVED.split(pieces, CharClass::isWhitespace);
    }
}
