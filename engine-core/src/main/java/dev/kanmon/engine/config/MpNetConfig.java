package dev.kanmon.engine.config;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;

/**
 * MPNet (Song et al. 2020): BERT without token types, with a learned number for each head and distance that all layers
 * share; positions start behind the padding token's id and do not count padding.
 *
 * @param vocabularySize rows of the word embeddings
 * @param hiddenSize numbers in a hidden state, a multiple of {@code heads}
 * @param layers number of layers, at least 1
 * @param heads attention heads
 * @param intermediateSize width of the feed-forward block
 * @param positions rows of the position embeddings
 * @param buckets rows of the table of distances
 * @param epsilon of the layer normalisations
 * @param activation of the feed-forward block
 */
public record MpNetConfig(
        int vocabularySize,
        int hiddenSize,
        int layers,
        int heads,
        int intermediateSize,
        int positions,
        int buckets,
        float epsilon,
        Activation activation)
        implements EncoderConfig {

    /** Id of the padding token; the reference knows no other. */
    public static final int PADDING = 1;

    /**
     * Buckets that the reference computes with, whatever the table's size
     * (transformers, {@code MPNetEncoder.compute_position_bias}).
     */
    public static final int USED_BUCKETS = 32;

    private static final int MAX_DISTANCE = 128;

    static MpNetConfig read(ConfigReader config) throws ModelFormatException {
        config.encoderOnly();
        MpNetConfig mpnet = new MpNetConfig(
                config.positive("vocab_size", 30527),
                config.width("hidden_size", 768),
                config.layers("num_hidden_layers", 12),
                config.width("num_attention_heads", 12),
                config.width("intermediate_size", 3072),
                config.atLeast(PADDING + 2, "max_position_embeddings", 512),
                config.atLeast(USED_BUCKETS, "relative_attention_num_buckets", USED_BUCKETS),
                config.epsilon("layer_norm_eps", 1e-12),
                config.activation("hidden_act", "gelu"));
        config.divisible("hidden_size", mpnet.hiddenSize, "num_attention_heads", mpnet.heads);
        return mpnet;
    }

    /**
     * The row of the table for a distance: exact for near keys, then on a logarithmic scale, one half of the table for
     * each direction (Raffel et al. 2020, section 2.1; transformers, {@code MPNetEncoder.relative_position_bucket}).
     *
     * @param distance place of the key less place of the query
     */
    public static int bucket(int distance) {
        int half = USED_BUCKETS / 2;
        int exact = half / 2;
        int away = Math.abs(distance);
        int bucket = away;
        if (away >= exact) {
            // Each step in the type in which the reference takes it: where the buckets change, rounding decides.
            float log = (float) Math.log(away / (float) exact);
            float scaled = log / (float) Math.log((double) MAX_DISTANCE / exact) * (half - exact);
            bucket = Math.min(half - 1, exact + (int) scaled);
        }
        return distance > 0 ? half + bucket : bucket;
    }

    @Override
    public String family() {
        return "mpnet";
    }

    @Override
    public String prefix() {
        return "mpnet";
    }

    @Override
    public int maxTokens() {
        return positions - PADDING - 1;
    }

    @Override
    public int types() {
        return 0;
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
