package dev.kanmon.engine.config;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.kernels.Activation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Llama, Qwen2 and Qwen3 as classifiers: causal attention with grouped queries, rotary positions, RMSNorm before each
 * block, gated feed-forward blocks. The three differ in which projections have biases, in normalised heads and in
 * windows, which the fields say.
 *
 * @param family {@code llama}, {@code qwen2} or {@code qwen3}
 * @param vocabularySize rows of the word embeddings
 * @param hiddenSize numbers in a hidden state
 * @param heads query heads, a multiple of {@code keyHeads}
 * @param keyHeads key and value heads
 * @param headSize columns of a head
 * @param intermediateSize width of the feed-forward block behind its gate
 * @param maxTokens the longest sequence
 * @param windows of each layer, how many tokens it sees, its own among them; {@link Integer#MAX_VALUE} for all
 * @param rope rotary positions
 * @param epsilon of the normalisations
 * @param queryBias whether queries, keys and values have a bias
 * @param outputBias whether attention's output has one
 * @param blockBias whether the feed-forward blocks have biases
 * @param normalisedHeads whether each head of queries and keys is normalised before it turns
 * @param activation of the gates
 * @param padding id of the padding token, -1 for none
 */
public record LlamaConfig(
        String family,
        int vocabularySize,
        int hiddenSize,
        int heads,
        int keyHeads,
        int headSize,
        int intermediateSize,
        int maxTokens,
        List<Integer> windows,
        Rope rope,
        float epsilon,
        boolean queryBias,
        boolean outputBias,
        boolean blockBias,
        boolean normalisedHeads,
        Activation activation,
        int padding)
        implements EncoderConfig {

    public LlamaConfig {
        windows = List.copyOf(windows);
    }

    static LlamaConfig read(String family, ConfigReader config) throws ModelFormatException {
        boolean llama = family.equals("llama");
        boolean qwen2 = family.equals("qwen2");
        boolean qwen3 = family.equals("qwen3");
        int hidden = config.width("hidden_size", 4096);
        int heads = config.width("num_attention_heads", 32);
        // Qwen's own default is not the number of query heads; null is, in all three.
        int keyHeads =
                config.width("num_key_value_heads", llama || config.json().has("num_key_value_heads") ? heads : 32);
        int headSize = config.width("head_dim", qwen3 ? 128 : Math.max(1, hidden / heads));
        int maxTokens = config.positive("max_position_embeddings", llama ? 2048 : 32768);
        int layers = config.layers("num_hidden_layers", 32);
        config.divisible("num_attention_heads", heads, "num_key_value_heads", keyHeads);
        config.together("num_attention_heads", heads, "head_dim", headSize);
        boolean biased = !qwen2 && config.bool("attention_bias", false);
        return new LlamaConfig(
                family,
                config.positive("vocab_size", llama ? 32000 : 151936),
                hidden,
                heads,
                keyHeads,
                headSize,
                config.width("intermediate_size", llama ? 11008 : 22016),
                maxTokens,
                llama ? all(layers) : windows(config, layers),
                rope(config, 10_000, headSize, maxTokens),
                config.epsilon("rms_norm_eps", 1e-6),
                qwen2 || biased,
                biased,
                llama && config.bool("mlp_bias", false),
                qwen3,
                config.activation("hidden_act", "silu"),
                config.padding(-1));
    }

    private static List<Integer> all(int layers) {
        return Collections.nCopies(layers, Integer.MAX_VALUE);
    }

    private static List<Integer> windows(ConfigReader config, int layers) throws ModelFormatException {
        boolean used = config.bool("use_sliding_window", false)
                && !(config.json().has("sliding_window") && !config.has("sliding_window"));
        int window = used ? config.positive("sliding_window", 4096) : Integer.MAX_VALUE;
        int full = config.atLeast(0, "max_window_layers", 28);
        Optional<JsonArray> types = config.json().optionalArray("layer_types");
        List<Integer> windows = new ArrayList<>();
        if (types.isPresent()) {
            for (boolean local : LayerTypes.read(types.get(), layers, "full_attention", "sliding_attention")) {
                if (local && !used) {
                    throw types.get()
                            .error("names a layer with a window, but use_sliding_window and sliding_window"
                                    + " give none");
                }
                windows.add(local ? window : Integer.MAX_VALUE);
            }
            return windows;
        }
        for (int l = 0; l < layers; l++) {
            windows.add(l >= full ? window : Integer.MAX_VALUE);
        }
        return windows;
    }

    /** Rotary positions of a model with one kind of layers, from the keys of every version of the reference. */
    static Rope rope(ConfigReader config, double theta, int headSize, int maxTokens) throws ModelFormatException {
        config.turnable(headSize);
        JsonObject parameters = config.object("rope_scaling").orElse(null);
        if (parameters == null || parameters.members().isEmpty()) {
            parameters = config.object("rope_parameters").orElse(null);
        }
        return Rope.read(
                parameters,
                config.number("rope_theta", theta),
                headSize,
                config.json().optionalInteger("original_max_position_embeddings"),
                maxTokens);
    }

    @Override
    public List<String> beside() {
        return List.of("score");
    }

    @Override
    public String prefix() {
        return "model";
    }

    @Override
    public int layers() {
        return windows.size();
    }

    @Override
    public int types() {
        return 0;
    }

    @Override
    public int limit() {
        return Integer.MAX_VALUE;
    }

    /** Of attention the half that causality leaves. */
    @Override
    public double flops(int tokens) {
        double h = hiddenSize;
        double queries = (double) heads * headSize;
        double dense = h * (2 * queries + 2.0 * keyHeads * headSize) + 3 * h * intermediateSize;
        return 2.0 * layers() * (tokens * dense + (double) tokens * tokens * queries);
    }
}
