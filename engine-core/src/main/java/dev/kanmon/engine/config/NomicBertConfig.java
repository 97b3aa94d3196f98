package dev.kanmon.engine.config;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;

/**
 * NomicBERT (Nussbaum et al. 2024): BERT with rotary positions and gated feed-forward blocks without biases. The keys of
 * the first published configurations ({@code n_embd} and so on) are read where the present ones are absent.
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
        int hidden = config.width(config.spelling("hidden_size", "n_embd"), 768);
        int heads = config.width(config.spelling("num_attention_heads", "n_head"), 12);
        int headSize = config.width("head_dim", Math.max(1, hidden / heads));
        config.together("num_attention_heads", heads, "head_dim", headSize);
        int maxTokens = config.positive(config.spelling("max_position_embeddings", "n_positions"), 2048);
        return new NomicBertConfig(
                config.positive("vocab_size", 30528),
                hidden,
                config.layers(config.spelling("num_hidden_layers", "n_layer"), 12),
                heads,
                headSize,
                config.width(config.spelling("intermediate_size", "n_inner"), 3072),
                maxTokens,
                config.positive("type_vocab_size", 2),
                LlamaConfig.rope(config, config.number("rotary_emb_base", 1000), headSize, maxTokens),
                config.epsilon(config.spelling("layer_norm_eps", "layer_norm_epsilon"), 1e-12),
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
    public int limit() {
        return Integer.MAX_VALUE;
    }

    @Override
    public double flops(int tokens) {
        return EncoderConfig.gatedFlops(layers, tokens, hiddenSize, intermediateSize);
    }
}
