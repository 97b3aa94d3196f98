package dev.kanmon.train.model;

import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * DeBERTa v3 (transformers, {@code modeling_deberta_v2.py}): both terms of relative position on a logarithmic scale, no
 * absolute positions, no types. With version 2's convolution where the settings have one.
 */
final class DoubleDeberta extends DoubleModel {

    private final int hidden;
    private final int headSize;
    private final int layers;
    private final int buckets;
    private final int furthest;
    private final boolean shared;
    private final double epsilon;
    private final DoubleUnaryOperator activation;
    private final DoubleUnaryOperator poolerActivation;
    private final int convolutionWidth;
    private final int convolutionGroups;
    private final DoubleUnaryOperator convolutionActivation;

    DoubleDeberta(JsonObject config, Map<String, double[]> parameters) throws ModelFormatException {
        super(config, parameters);
        hidden = integer("hidden_size");
        headSize = hidden / integer("num_attention_heads");
        layers = integer("num_hidden_layers");
        buckets = integer("position_buckets");
        furthest = integer("max_position_embeddings");
        shared = config.bool("share_att_key");
        epsilon = number("layer_norm_eps");
        activation = activation("hidden_act");
        poolerActivation = activation("pooler_hidden_act");
        convolutionWidth = has("conv_kernel_size") ? integer("conv_kernel_size") : 0;
        convolutionGroups = convolutionWidth > 0 ? integer("conv_groups") : 0;
        convolutionActivation = convolutionWidth > 0 ? activation("conv_act") : null;
        if (integer("max_relative_positions") != -1
                || !config.string("norm_rel_ebd").equals("layer_norm")) {
            throw new IllegalArgumentException("not of the kind that is written down here: " + config);
        }
    }

    @Override
    double[] logits(TokenSequence sequence) {
        double[][] x = rows("deberta.embeddings.word_embeddings.weight", sequence.ids(), hidden);
        x = layerNorm(x, "deberta.embeddings.LayerNorm", epsilon);
        int[] mask = mask(sequence);
        for (int t = 0; t < x.length; t++) {
            for (int i = 0; i < hidden; i++) {
                x[t][i] *= mask[t];
            }
        }
        double[][] table =
                layerNorm(table("deberta.encoder.rel_embeddings.weight", hidden), "deberta.encoder.LayerNorm", epsilon);
        for (int l = 0; l < layers; l++) {
            double[][] y = layer(x, table, "deberta.encoder.layer." + l + ".", mask);
            x = l == 0 && convolutionWidth > 0 ? convolved(x, y) : y;
        }
        double[][] first = {x[0]};
        return dense(DoubleBlocks.map(dense(first, "pooler.dense"), poolerActivation), "classifier")[0];
    }

    private double[][] layer(double[][] x, double[][] table, String at, int[] mask) {
        String self = at + "attention.self.";
        double[][] q = dense(x, self + "query_proj");
        double[][] k = dense(x, self + "key_proj");
        double[][] mixed = DoubleBlocks.attention(
                q,
                k,
                dense(x, self + "value_proj"),
                headSize,
                1 / Math.sqrt(3.0 * headSize), // three terms, of equal variance
                DoubleBlocks.relative(
                        q,
                        k,
                        dense(table, self + (shared ? "key_proj" : "pos_key_proj")),
                        dense(table, self + (shared ? "query_proj" : "pos_query_proj")),
                        headSize,
                        (i, j) -> Math.clamp(bucket(i - j) + (long) buckets, 0, 2 * buckets - 1)),
                (i, j) -> mask[j] != 0);
        return postNorm(x, mixed, at, epsilon, activation);
    }

    /** The convolution of the embeddings is added to what the first layer makes of them. */
    private double[][] convolved(double[][] embeddings, double[][] y) {
        double[][] convolved = DoubleBlocks.convolution(
                embeddings,
                parameter("deberta.encoder.conv.conv.weight"),
                parameter("deberta.encoder.conv.conv.bias"),
                convolutionWidth,
                convolutionGroups);
        return layerNorm(
                DoubleBlocks.sum(y, DoubleBlocks.map(convolved, convolutionActivation)),
                "deberta.encoder.conv.LayerNorm",
                epsilon);
    }

    /** {@code make_log_bucket_position}: near distances are themselves, far ones share the buckets that are left. */
    private int bucket(int distance) {
        int mid = buckets / 2;
        int away = Math.abs(distance);
        if (away <= mid) {
            return distance;
        }
        double share = Math.log((double) away / mid) / Math.log((furthest - 1) / (double) mid);
        int bucket = (int) Math.ceil(share * (mid - 1)) + mid;
        return distance < 0 ? -bucket : bucket;
    }
}
