package dev.kanmon.engine.config;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.kernels.Activation;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * DeBERTa v2 and v3 (He et al. 2021): attention scores have terms of content and relative position.
 *
 * @param vocabularySize rows of the word embeddings
 * @param embeddingSize numbers in an embedding
 * @param hiddenSize numbers in a hidden state, a multiple of {@code heads}
 * @param layers number of layers, at least 1
 * @param heads attention heads
 * @param intermediateSize width of the feed-forward block
 * @param maxTokens the longest sequence
 * @param types rows of the token-type embeddings, 0 for none
 * @param absolutePositions whether position embeddings are added to the words
 * @param epsilon of the layer normalisations
 * @param activation of the feed-forward block
 * @param positions what relative positions do
 * @param convolution behind the first layer; empty for none
 * @param pooler activation of the pooler
 */
public record DebertaV2Config(
        int vocabularySize,
        int embeddingSize,
        int hiddenSize,
        int layers,
        int heads,
        int intermediateSize,
        int maxTokens,
        int types,
        boolean absolutePositions,
        float epsilon,
        Activation activation,
        RelativePositions positions,
        Optional<Convolution> convolution,
        Activation pooler)
        implements EncoderConfig {

    /**
     * The longest sequence where no table of positions ends earlier: more than attention can be waited for, and a number
     * for each distance in each layer.
     */
    private static final int MOST_TOKENS = 1 << 16;

    /** Numbers in the matrix of the convolution, that between groups included. */
    private static final int MAX_CONVOLUTION = 1 << 30;

    /**
     * Relative positions.
     *
     * @param used whether there are any ({@code relative_attention})
     * @param contentToPosition whether queries look at the positions of keys (c2p)
     * @param positionToContent whether the positions of queries look at keys (p2c)
     * @param buckets distances told apart in each direction, the far ones on a logarithmic scale; 0 to tell all apart
     * @param maxDistance distance of the last bucket
     * @param sharedKeys whether positions are projected by the content's own matrices ({@code share_att_key})
     * @param normalised whether the table of positions goes through a layer normalisation first
     */
    public record RelativePositions(
            boolean used,
            boolean contentToPosition,
            boolean positionToContent,
            int buckets,
            int maxDistance,
            boolean sharedKeys,
            boolean normalised) {

        /** Rows of the table of positions for each direction. */
        public int span() {
            return buckets > 0 ? buckets : maxDistance;
        }

        /**
         * The distance from which on, in either direction, the row is that of the furthest that a sequence can have.
         * Not every scale reaches the ends of the table, so this looks for the rows that it does reach.
         */
        public int furthest() {
            int least = span();
            int most = Math.max(least, MOST_TOKENS - 1);
            int last = row(most);
            int first = row(-most);
            while (least < most) {
                int between = (least + most) >>> 1;
                if (row(between) == last && row(-between) == first) {
                    most = between;
                } else {
                    least = between + 1;
                }
            }
            return most;
        }

        /** The row of the table for a distance, place of the query less place of the key. */
        public int row(int distance) {
            int bucket = buckets > 0 ? logBucket(distance) : distance;
            return Math.clamp(bucket + (long) span(), 0, 2 * span() - 1);
        }

        /**
         * The signed bucket of a distance (transformers, {@code make_log_bucket_position}): itself up to half of the
         * buckets, then on a logarithmic scale that ends at {@link #maxDistance}. Where half of the buckets reach as far
         * as that, no scale is left; the formula is the reference's all the same.
         */
        private int logBucket(int distance) {
            int mid = buckets / 2;
            int away = Math.abs(distance);
            if (away <= mid) {
                return distance;
            }
            // In f32, step by step as the reference: where the scale crosses a whole number, rounding decides.
            float ratio = (float) Math.log((float) away / mid);
            float whole = (float) Math.log((float) ((maxDistance - 1) / (double) mid));
            float bucket = (float) Math.ceil(ratio / whole * (mid - 1)) + mid;
            return distance < 0 ? (int) -bucket : (int) bucket;
        }
    }

    /**
     * The convolution behind the first layer of some checkpoints.
     *
     * @param width tokens that it looks at, odd
     * @param groups of channels that are convolved apart
     * @param activation applied to its result
     */
    public record Convolution(int width, int groups, Activation activation) {}

    static DebertaV2Config read(ConfigReader config) throws ModelFormatException {
        int hidden = config.width("hidden_size", 1536);
        int maxTokens = config.positive("max_position_embeddings", 512);
        DebertaV2Config deberta = new DebertaV2Config(
                config.positive("vocab_size", 128100),
                config.width("embedding_size", hidden),
                hidden,
                config.layers("num_hidden_layers", 24),
                config.width("num_attention_heads", 24),
                config.width("intermediate_size", 6144),
                maxTokens,
                config.atLeast(0, "type_vocab_size", 0),
                config.bool("position_biased_input", true),
                config.epsilon("layer_norm_eps", 1e-7),
                config.activation("hidden_act", "gelu"),
                positions(config, maxTokens),
                convolution(config, hidden),
                config.activation("pooler_hidden_act", "gelu"));
        config.divisible("hidden_size", hidden, "num_attention_heads", deberta.heads);
        int pooled = config.width("pooler_hidden_size", hidden);
        if (pooled != hidden) {
            throw config.at("pooler_hidden_size").error("is " + pooled + ", expected the hidden size " + hidden);
        }
        return deberta;
    }

    private static RelativePositions positions(ConfigReader config, int maxTokens) throws ModelFormatException {
        List<String> types = types(config);
        int distance = config.integer("max_relative_positions", -1);
        int buckets = Math.max(0, config.integer("position_buckets", -1));
        int maxDistance = distance < 1 ? maxTokens : distance;
        if (buckets == 1) {
            throw config.at("position_buckets").error("is 1, expected at least 2 or none: half of them are divided by");
        }
        RelativePositions positions = new RelativePositions(
                config.bool("relative_attention", false),
                types.contains("c2p"),
                types.contains("p2c"),
                buckets,
                maxDistance,
                config.bool("share_att_key", false),
                Arrays.stream(config.string("norm_rel_ebd", "none")
                                .toLowerCase(Locale.ROOT)
                                .split("\\|"))
                        .anyMatch(n -> n.strip().equals("layer_norm")));
        if (positions.used() && positions.span() > MOST_TOKENS) {
            throw config.at("position_buckets", "max_relative_positions", "max_position_embeddings")
                    .error("makes " + positions.span() + " distances to tell apart, expected at most " + MOST_TOKENS);
        }
        return positions;
    }

    /** A list, or one string with bars between its parts. */
    private static List<String> types(ConfigReader config) throws ModelFormatException {
        if (!config.has("pos_att_type")) {
            return List.of();
        }
        JsonValue types = config.json().get("pos_att_type");
        return switch (types) {
            case JsonArray list -> list.strings();
            case JsonString one ->
                Arrays.stream(one.value().toLowerCase(Locale.ROOT).split("\\|"))
                        .map(String::strip)
                        .toList();
            default -> throw types.error("is " + types.describe() + ", expected a list such as [\"c2p\", \"p2c\"]");
        };
    }

    private static Optional<Convolution> convolution(ConfigReader config, int hidden) throws ModelFormatException {
        int width = config.atLeast(0, "conv_kernel_size", 0);
        if (width == 0) {
            return Optional.empty();
        }
        if (width % 2 == 0) {
            throw config.at("conv_kernel_size").error("is " + width + ", expected an odd number");
        }
        if (width > MAX_CONVOLUTION / hidden / hidden) {
            throw config.at("conv_kernel_size")
                    .error("is " + width + ", which makes a matrix of more than " + MAX_CONVOLUTION + " numbers");
        }
        int groups = config.positive("conv_groups", 1);
        config.divisible("hidden_size", hidden, "conv_groups", groups);
        return Optional.of(new Convolution(width, groups, config.activation("conv_act", "tanh")));
    }

    @Override
    public String family() {
        return "deberta-v2";
    }

    @Override
    public List<String> beside() {
        return List.of("classifier", "pooler");
    }

    @Override
    public String prefix() {
        return "deberta";
    }

    @Override
    public int limit() {
        return absolutePositions ? maxTokens : MOST_TOKENS;
    }

    /** The projections of relative positions. */
    @Override
    public double loadingFlops() {
        if (!positions.used()) {
            return 0;
        }
        int projections = positions.sharedKeys()
                ? 2
                : (positions.contentToPosition() ? 1 : 0) + (positions.positionToContent() ? 1 : 0);
        return 2.0 * layers * projections * (2.0 * positions.span()) * hiddenSize * hiddenSize;
    }

    /** The products of content and position included, each as wide as the distances of the sequence. */
    @Override
    public double flops(int tokens) {
        double rows = Math.min(2.0 * positions.span(), 2.0 * tokens - 1);
        int terms = (positions.contentToPosition ? 1 : 0) + (positions.positionToContent ? 1 : 0);
        double relative = positions.used ? 2.0 * layers * terms * tokens * rows * hiddenSize : 0;
        return EncoderConfig.plainFlops(layers, tokens, hiddenSize, intermediateSize) + relative;
    }
}
