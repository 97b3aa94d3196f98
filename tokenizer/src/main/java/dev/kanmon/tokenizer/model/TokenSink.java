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

    /** Takes a token whose name is not the vocabulary's but the text itself, as an unknown token's may be. */
    default void addAsText(int id, int from, int to) {
        add(id, from, to);
    }
}
