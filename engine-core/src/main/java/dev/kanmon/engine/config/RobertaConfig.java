package dev.kanmon.engine.config;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;

/**
 * RoBERTa (Liu et al. 2019) and XLM-RoBERTa (Conneau et al. 2020): BERT whose positions start behind the padding
 * token's id and do not count padding.
 *
 * @param family {@code roberta}, {@code xlm-roberta} or {@code camembert}
 * @param vocabularySize rows of the word embeddings
 * @param hiddenSize numbers in a hidden state, a multiple of {@code heads}
 * @param layers number of layers, at least 1
 * @param heads attention heads
 * @param intermediateSize width of the feed-forward block
 * @param positions rows of the position embeddings
 * @param types rows of the token-type embeddings
 * @param padding id of the padding token
 * @param epsilon of the layer normalisations
 * @param activation of the feed-forward block
 */
public record RobertaConfig(
        String family,
        int vocabularySize,
        int hiddenSize,
        int layers,
        int heads,
        int intermediateSize,
        int positions,
        int types,
        int padding,
        float epsilon,
        Activation activation)
        implements EncoderConfig {

    static RobertaConfig read(String family, ConfigReader config) throws ModelFormatException {
        config.encoderOnly();
        RobertaConfig roberta = new RobertaConfig(
                family,
                config.positive("vocab_size", family.equals("roberta") ? 50265 : 30522),
                config.width("hidden_size", 768),
                config.layers("num_hidden_layers", 12),
                config.width("num_attention_heads", 12),
                config.width("intermediate_size", 3072),
                config.positive("max_position_embeddings", 512),
                config.positive("type_vocab_size", 2),
                config.atLeast(0, "pad_token_id", 1),
                config.epsilon("layer_norm_eps", 1e-12),
                config.activation("hidden_act", "gelu"));
        config.divisible("hidden_size", roberta.hiddenSize, "num_attention_heads", roberta.heads);
        if (roberta.maxTokens() < 1) {
            throw config.at("max_position_embeddings", "pad_token_id")
                    .error("leaves no position: max_position_embeddings " + roberta.positions
                            + " must be more than pad_token_id " + roberta.padding + " and 1");
        }
        return roberta;
    }

    @Override
    public String prefix() {
        return "roberta";
    }

    @Override
    public int maxTokens() {
        return positions - padding - 1;
    }

    @Override
    public int limit() {
        return maxTokens();
    }

    @Override
    public double flops(int tokens) {
        return EncoderConfig.plainFlops(layers, tokens, hiddenSize, intermediateSize);
    }
}
