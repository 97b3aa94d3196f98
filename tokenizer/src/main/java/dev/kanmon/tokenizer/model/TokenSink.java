package dev.kanmon.tokenizer.model;

/** Takes tokens one by one. */
@FunctionalInterface
public interface TokenSink {
    /**
     * Takes a token.
     *
     * @param from where it starts in the text that is being tokenized
     * @param to where it ends, exclusive
     */
    void add(int id, int from, int to);
}
