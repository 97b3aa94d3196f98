package dev.kanmon.engine.config;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;

/**
 * ELECTRA's discriminator (Clark et al. 2020): BERT with embeddings that may be narrower than the hidden states.
 *
 * @param vocabularySize rows of the word embeddings
 * @param embeddingSize numbers in an embedding
 * @param hiddenSize numbers in a hidden state, a multiple of {@code heads}
 * @param layers number of layers, at least 1
 * @param heads attention heads
 * @param intermediateSize width of the feed-forward block
 * @param maxTokens rows of the position embeddings
 * @param types rows of the token-type embeddings
 * @param epsilon of the layer normalisations
 * @param activation of the feed-forward block
 */
public record ElectraConfig(
        int vocabularySize,
        int embeddingSize,
        int hiddenSize,
        int layers,
        int heads,
        int intermediateSize,
        int maxTokens,
        int types,
        float epsilon,
        Activation activation)
        implements EncoderConfig {

    static ElectraConfig read(ConfigReader config) throws ModelFormatException {
        config.encoderOnly();
        ElectraConfig electra = new ElectraConfig(
                config.positive("vocab_size", 30522),
                config.width("embedding_size", 128),
                config.width("hidden_size", 256),
                config.layers("num_hidden_layers", 12),
                config.width("num_attention_heads", 4),
                config.width("intermediate_size", 1024),
                config.positive("max_position_embeddings", 512),
                config.positive("type_vocab_size", 2),
                config.epsilon("layer_norm_eps", 1e-12),
                config.activation("hidden_act", "gelu"));
        config.divisible("hidden_size", electra.hiddenSize, "num_attention_heads", electra.heads);
        return electra;
    }

    @Override
    public String family() {
        return "electra";
    }

    @Override
    public String prefix() {
        return "electra";
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
