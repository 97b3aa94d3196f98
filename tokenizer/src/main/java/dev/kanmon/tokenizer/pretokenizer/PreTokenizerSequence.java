package dev.kanmon.tokenizer.pretokenizer;

import java.util.List;

/** Several pre-tokenizers, each cutting the pieces of the one before it ({@code Sequence} in the file). */
public record PreTokenizerSequence(List<PreTokenizer> preTokenizers) implements PreTokenizer {
    /** Copies the list. */
    public PreTokenizerSequence {
        preTokenizers = List.copyOf(preTokenizers);
    }

    @Override
    public Pieces split(Pieces pieces) {
        for (var preTokenizer : preTokenizers) {
            pieces = preTokenizer.split(pieces);
        }
        return pieces;
    }
}
