package dev.kanmon.engine.config;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;

/**
 * ALBERT (Lan et al. 2020): BERT whose layers share their weights in groups, with narrow embeddings.
 *
 * @param vocabularySize rows of the word embeddings
 * @param embeddingSize numbers in an embedding
 * @param hiddenSize numbers in a hidden state, a multiple of {@code heads}
 * @param steps how often a group of layers is applied ({@code num_hidden_layers}), at least 1
 * @param groups groups of layers; step i uses group i · groups / steps
 * @param inner layers in a group
 * @param heads attention heads
 * @param intermediateSize width of the feed-forward block
 * @param maxTokens rows of the position embeddings
 * @param types rows of the token-type embeddings
 * @param epsilon of the layer normalisations
 * @param activation of the feed-forward block
 */
public record AlbertConfig(
        int vocabularySize,
        int embeddingSize,
        int hiddenSize,
        int steps,
        int groups,
        int inner,
        int heads,
        int intermediateSize,
        int maxTokens,
        int types,
        float epsilon,
        Activation activation)
        implements EncoderConfig {

    static AlbertConfig read(ConfigReader config) throws ModelFormatException {
        config.encoderOnly();
        AlbertConfig albert = new AlbertConfig(
                config.positive("vocab_size", 30000),
                config.width("embedding_size", 128),
                config.width("hidden_size", 4096),
                config.layers("num_hidden_layers", 12),
                config.positive("num_hidden_groups", 1),
                config.positive("inner_group_num", 1),
                config.width("num_attention_heads", 64),
                config.width("intermediate_size", 16384),
                config.positive("max_position_embeddings", 512),
                config.positive("type_vocab_size", 2),
                config.epsilon("layer_norm_eps", 1e-12),
                config.activation("hidden_act", "gelu_new"));
        config.divisible("hidden_size", albert.hiddenSize, "num_attention_heads", albert.heads);
        return albert;
    }

    /** The group of layers that step {@code step} uses. */
    public int group(int step) {
        return (int) (step / ((double) steps / groups));
    }

    @Override
    public String family() {
        return "albert";
    }

    @Override
    public String prefix() {
        return "albert";
    }

    /** How often a layer is applied; what a step of several layers does counts once in the hidden states. */
    @Override
    public int layers() {
        return steps;
    }

    @Override
    public int limit() {
        return maxTokens;
    }

    @Override
    public double flops(int tokens) {
        return EncoderConfig.plainFlops(steps * inner, tokens, hiddenSize, intermediateSize);
    }
}
