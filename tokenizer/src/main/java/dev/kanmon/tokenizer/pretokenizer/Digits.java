package dev.kanmon.tokenizer.pretokenizer;

import dev.kanmon.tokenizer.text.CharClass;

/**
 * Cuts numbers out.
 *
 * @param individualDigits whether each numeric character is a piece of its own, or a run of them one piece
 */
public record Digits(boolean individualDigits) implements PreTokenizer {
    @Override
    public Pieces split(Pieces pieces) {
        var behavior = individualDigits ? SplitBehavior.ISOLATED : SplitBehavior.CONTIGUOUS;
        return behavior.split(pieces, CharClass::isNumeric);
    }
}
