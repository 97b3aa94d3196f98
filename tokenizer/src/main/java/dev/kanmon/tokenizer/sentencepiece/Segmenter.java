package dev.kanmon.tokenizer.sentencepiece;

/** Cuts normalised text into pieces. Implementations are immutable. */
interface Segmenter {
    /** Hands over the pieces of {@code text[0..length)} in order. */
    void segment(int[] text, int length, PieceSink sink);
}
