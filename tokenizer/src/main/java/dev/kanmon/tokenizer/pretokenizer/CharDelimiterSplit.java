package dev.kanmon.tokenizer.pretokenizer;

/** Splits at a character and drops it. */
public record CharDelimiterSplit(int delimiter) implements PreTokenizer {
    @Override
    public Pieces split(Pieces pieces) {
        return SplitBehavior.REMOVED.split(pieces, c -> c == delimiter);
    }
}
