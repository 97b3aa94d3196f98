package dev.kanmon.engine.config;

import dev.kanmon.formats.ModelFormatException;
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

    static BertConfig read(ConfigReader config) throws ModelFormatException {
        config.encoderOnly();
        BertConfig bert = new BertConfig(
                config.positive("vocab_size", 30522),
                config.width("hidden_size", 768),
                config.layers("num_hidden_layers", 12),
                config.width("num_attention_heads", 12),
                config.width("intermediate_size", 3072),
                config.positive("max_position_embeddings", 512),
                config.positive("type_vocab_size", 2),
                config.epsilon("layer_norm_eps", 1e-12),
                config.activation("hidden_act", "gelu"));
        config.divisible("hidden_size", bert.hiddenSize, "num_attention_heads", bert.heads);
        return bert;
    }

    @Override
    public String family() {
        return "bert";
    }

    @Override
    public String prefix() {
        return "bert";
    }

    @Override
    public int limit() {
        return maxTokens;
    }

    @Override
    public double flops(int tokens) {
        return EncoderConfig.plainFlops(layers, tokens, hiddenSize, intermediateSize);
    }
}
