package dev.kanmon.engine.config;

/** The shape of an encoder; one record for each family, whose fields are what {@code config.json} says. */
public sealed interface EncoderConfig permits BertConfig {

    /** The family, as {@code model_type} names it. */
    String family();

    /** Rows of the word embeddings. */
    int vocabularySize();

    /** Numbers in a hidden state. */
    int hiddenSize();

    /** Number of layers. */
    int layers();

    /** The longest sequence, special tokens included. */
    int maxTokens();

    /** Useful arithmetic of one sequence: two operations for each multiply-add of the matrix products. */
    double flops(int tokens);
}
