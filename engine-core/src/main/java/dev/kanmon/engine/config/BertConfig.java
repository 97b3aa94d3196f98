package dev.kanmon.engine.config;

import dev.kanmon.kernels.Activation;

/**
 * BERT: absolute positions, post-norm layers.
 *
 * @param vocabularySize rows of the word embeddings
 * @param hiddenSize numbers in a hidden state, a multiple of {@code heads}
 * @param layers number of layers, at least 1
 * @param heads attention heads
 * @param intermediateSize width of the feed-forward block
 * @param maxTokens rows of the position embeddings
 * @param types rows of the token-type embeddings
 * @param epsilon of the layer normalisations
 * @param activation of the feed-forward block
 */
public record BertConfig(
        int vocabularySize,
        int hiddenSize,
        int layers,
        int heads,
        int intermediateSize,
        int maxTokens,
        int types,
        float epsilon,
        Activation activation)
        implements EncoderConfig {

    @Override
    public String family() {
        return "bert";
    }

    @Override
    public double flops(int tokens) {
        double h = hiddenSize;
        double dense = 4 * h * h + 2 * h * intermediateSize;
        return 2 * layers * (tokens * dense + 2.0 * tokens * tokens * h);
    }
}
