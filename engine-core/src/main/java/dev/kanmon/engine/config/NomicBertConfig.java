package dev.kanmon.engine.config;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;

/**
 * NomicBERT (Nussbaum et al. 2024): BERT with rotary positions and gated feed-forward blocks without biases.
 *
 * @param vocabularySize rows of the word embeddings
 * @param hiddenSize numbers in a hidden state
 * @param layers number of layers, at least 1
 * @param heads attention heads
 * @param headSize columns of a head
 * @param intermediateSize width of the feed-forward block behind its gate
 * @param maxTokens the longest sequence
 * @param types rows of the token-type embeddings
 * @param rope rotary positions
 * @param epsilon of the layer normalisations
 * @param activation of the gates
 */
public record NomicBertConfig(
        int vocabularySize,
        int hiddenSize,
        int layers,
        int heads,
        int headSize,
        int intermediateSize,
        int maxTokens,
        int types,
        Rope rope,
        float epsilon,
        Activation activation)
        implements EncoderConfig {

    static NomicBertConfig read(ConfigReader config) throws ModelFormatException {
        int hidden = config.positive("hidden_size", 768);
        int heads = config.positive("num_attention_heads", 12);
        int headSize = config.positive("head_dim", Math.max(1, hidden / heads));
        int maxTokens = config.positive("max_position_embeddings", 2048);
        return new NomicBertConfig(
                config.positive("vocab_size", 30528),
                hidden,
                config.positive("num_hidden_layers", 12),
                heads,
                headSize,
                config.positive("intermediate_size", 3072),
                maxTokens,
                config.positive("type_vocab_size", 2),
                LlamaConfig.rope(config, 1000, headSize, maxTokens),
                config.epsilon("layer_norm_eps", 1e-12),
                config.activation("hidden_act", "silu"));
    }

    @Override
    public String family() {
        return "nomic_bert";
    }

    @Override
    public String prefix() {
        return "nomic_bert";
    }

    @Override
    public double flops(int tokens) {
        return EncoderConfig.gatedFlops(layers, tokens, hiddenSize, intermediateSize);
    }
}
