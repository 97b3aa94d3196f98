package dev.kanmon.engine.config;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;
import java.util.List;

/**
 * DistilBERT (Sanh et al. 2019): BERT's layers without token types and pooler.
 *
 * @param vocabularySize rows of the word embeddings
 * @param hiddenSize numbers in a hidden state, a multiple of {@code heads}
 * @param layers number of layers, at least 1
 * @param heads attention heads
 * @param intermediateSize width of the feed-forward block
 * @param maxTokens rows of the position embeddings
 * @param activation of the feed-forward block
 */
public record DistilBertConfig(
        int vocabularySize,
        int hiddenSize,
        int layers,
        int heads,
        int intermediateSize,
        int maxTokens,
        Activation activation)
        implements EncoderConfig {

    /** Of the layer normalisations; the reference knows no other. */
    public static final float EPSILON = 1e-12f;

    static DistilBertConfig read(ConfigReader config) throws ModelFormatException {
        DistilBertConfig distil = new DistilBertConfig(
                config.positive("vocab_size", 30522),
                config.width(config.spelling("dim", "hidden_size"), 768),
                config.layers(config.spelling("n_layers", "num_hidden_layers"), 6),
                config.width(config.spelling("n_heads", "num_attention_heads"), 12),
                config.width("hidden_dim", 3072),
                config.positive("max_position_embeddings", 512),
                config.activation("activation", "gelu"));
        config.divisible("dim", distil.hiddenSize, "n_heads", distil.heads);
        return distil;
    }

    @Override
    public String family() {
        return "distilbert";
    }

    @Override
    public List<String> beside() {
        return List.of("classifier", "pre_classifier");
    }

    @Override
    public String prefix() {
        return "distilbert";
    }

    @Override
    public int types() {
        return 0;
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
