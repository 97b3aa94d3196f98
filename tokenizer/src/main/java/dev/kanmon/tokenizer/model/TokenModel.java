package dev.kanmon.tokenizer.model;

import dev.kanmon.tokenizer.pretokenizer.Pieces;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceModel;

/** The third stage: turns pieces of text into tokens. Implementations are immutable. */
public sealed interface TokenModel permits Bpe, SentencePieceModel, Unigram, WordPiece {

    /** Hands the tokens of every piece to {@code sink}, in order. */
    void tokenize(Pieces pieces, TokenSink sink);

    /** The tokens that the model knows. */
    Vocabulary vocabulary();

    /** The number of ids that the model gives out; more than {@link #vocabulary} has if a token occurs twice. */
    default int size() {
        return vocabulary().size();
    }
}
