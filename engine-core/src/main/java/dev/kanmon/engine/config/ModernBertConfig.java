package dev.kanmon.engine.config;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.kernels.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * ModernBERT (Warner et al. 2024): rotary positions, global and local attention in turn, gated feed-forward blocks,
 * normalisation before each block.
 *
 * @param vocabularySize rows of the word embeddings
 * @param hiddenSize numbers in a hidden state, a multiple of {@code heads}
 * @param heads attention heads
 * @param intermediateSize width of the feed-forward block behind its gate
 * @param maxTokens the longest sequence
 * @param local of each layer, whether its attention sees a window only
 * @param window places that local attention sees on either side of its own
 * @param globalRope rotary positions of global attention
 * @param localRope rotary positions of local attention
 * @param epsilon of the layer normalisations
 * @param normBias whether the layer normalisations have a shift
 * @param attentionBias whether attention's projections have a bias
 * @param blockBias whether the feed-forward blocks have biases
 * @param activation of the gates
 * @param head of a classifier
 */
public record ModernBertConfig(
        int vocabularySize,
        int hiddenSize,
        int heads,
        int intermediateSize,
        int maxTokens,
        List<Boolean> local,
        int window,
        Rope globalRope,
        Rope localRope,
        float epsilon,
        boolean normBias,
        boolean attentionBias,
        boolean blockBias,
        Activation activation,
        Head head)
        implements EncoderConfig {

    /**
     * What lies between encoder and classifier.
     *
     * @param mean whether a sequence is represented by its tokens' mean, instead of its first token
     * @param bias whether the dense layer has a bias
     * @param activation of the dense layer
     */
    public record Head(boolean mean, boolean bias, Activation activation) {}

    private static final String GLOBAL = "full_attention";
    private static final String LOCAL = "sliding_attention";

    public ModernBertConfig {
        local = List.copyOf(local);
    }

    static ModernBertConfig read(ConfigReader config) throws ModelFormatException {
        int hidden = config.width("hidden_size", 768);
        int heads = config.width("num_attention_heads", 12);
        int maxTokens = config.positive("max_position_embeddings", 8192);
        config.divisible("hidden_size", hidden, "num_attention_heads", heads);
        config.turnable(hidden / heads);
        return new ModernBertConfig(
                config.positive("vocab_size", 50368),
                hidden,
                heads,
                config.width("intermediate_size", 1152),
                maxTokens,
                local(config, config.layers("num_hidden_layers", 22)),
                config.has("sliding_window")
                        ? config.atLeast(0, "sliding_window", 0)
                        : config.positive("local_attention", 128) / 2,
                rope(config, GLOBAL, "global_rope_theta", 160_000, hidden / heads, maxTokens),
                rope(config, LOCAL, "local_rope_theta", 10_000, hidden / heads, maxTokens),
                config.epsilon("norm_eps", 1e-5),
                config.bool("norm_bias", false),
                config.bool("attention_bias", false),
                config.bool("mlp_bias", false),
                config.activation("hidden_activation", "gelu"),
                head(config));
    }

    private static Head head(ConfigReader config) throws ModelFormatException {
        String pooling = config.string("classifier_pooling", "cls");
        if (!pooling.equals("cls") && !pooling.equals("mean")) {
            throw config.at("classifier_pooling").error("is \"" + pooling + "\", expected cls or mean");
        }
        return new Head(
                pooling.equals("mean"),
                config.bool("classifier_bias", false),
                config.activation("classifier_activation", "gelu"));
    }

    private static List<Boolean> local(ConfigReader config, int layers) throws ModelFormatException {
        List<Boolean> local = new ArrayList<>();
        Optional<JsonArray> types = config.json().optionalArray("layer_types");
        if (types.isEmpty()) {
            int every = config.positive("global_attn_every_n_layers", 3);
            for (int l = 0; l < layers; l++) {
                local.add(l % every != 0);
            }
            return local;
        }
        return LayerTypes.read(types.get(), layers, GLOBAL, LOCAL);
    }

    /** Newer files say it for each kind of layer in {@code rope_parameters}, older ones beside all others. */
    private static Rope rope(
            ConfigReader config, String kind, String thetaKey, double theta, int headDim, int maxTokens)
            throws ModelFormatException {
        Optional<JsonObject> scaling = config.object("rope_scaling");
        JsonObject parameters = scaling.isPresent()
                ? scaling.get()
                : config.object("rope_parameters")
                        .flatMap(all -> all.has(kind) ? Optional.of(all.get(kind)) : Optional.empty())
                        .filter(JsonObject.class::isInstance)
                        .map(JsonObject.class::cast)
                        .orElse(null);
        return Rope.read(
                parameters,
                config.number(thetaKey, theta),
                headDim,
                config.json().optionalInteger("original_max_position_embeddings"),
                maxTokens);
    }

    @Override
    public String family() {
        return "modernbert";
    }

    @Override
    public List<String> beside() {
        return List.of("classifier", "head");
    }

    @Override
    public String prefix() {
        return "model";
    }

    @Override
    public int layers() {
        return local.size();
    }

    @Override
    public int types() {
        return 0;
    }

    @Override
    public int limit() {
        return Integer.MAX_VALUE;
    }

    @Override
    public double flops(int tokens) {
        double skipped = Math.max(0, tokens - (2.0 * window + 1));
        long narrow = local.stream().filter(l -> l).count();
        return EncoderConfig.gatedFlops(layers(), tokens, hiddenSize, intermediateSize)
                - 4.0 * narrow * tokens * skipped * hiddenSize;
    }
}
