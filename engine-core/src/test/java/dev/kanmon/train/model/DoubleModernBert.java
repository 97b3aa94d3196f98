package dev.kanmon.train.model;

import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/** ModernBERT whose first token stands for the text (transformers, {@code modeling_modernbert.py}). */
final class DoubleModernBert extends DoubleModel {

    private final int hidden;
    private final int headSize;
    private final int layers;
    private final int every;
    private final int window;
    private final double globalTheta;
    private final double localTheta;
    private final double epsilon;
    private final DoubleUnaryOperator activation;

    DoubleModernBert(JsonObject config, Map<String, double[]> parameters) throws ModelFormatException {
        super(config, parameters);
        hidden = integer("hidden_size");
        headSize = hidden / integer("num_attention_heads");
        layers = integer("num_hidden_layers");
        every = integer("global_attn_every_n_layers");
        window = integer("local_attention") / 2;
        globalTheta = number("global_rope_theta");
        localTheta = number("local_rope_theta");
        epsilon = number("norm_eps");
        activation = activation("hidden_activation");
        if (!config.string("classifier_pooling").equals("cls")) {
            throw new IllegalArgumentException("not of the kind that is written down here: " + config);
        }
    }

    @Override
    double[] logits(TokenSequence sequence) {
        double[][] x = rows("model.embeddings.tok_embeddings.weight", sequence.ids(), hidden);
        x = layerNorm(x, "model.embeddings.norm", epsilon);
        for (int l = 0; l < layers; l++) {
            x = layer(x, l, mask(sequence));
        }
        double[][] first = {layerNorm(x, "model.final_norm", epsilon)[0]};
        double[][] dense = DoubleBlocks.map(dense(first, "head.dense"), activation);
        return dense(layerNorm(dense, "head.norm", epsilon), "classifier")[0];
    }

    private double[][] layer(double[][] x, int l, int[] mask) {
        String at = "model.layers." + l + ".";
        boolean local = l % every != 0;
        double theta = local ? localTheta : globalTheta;
        double[][] qkv = dense(l == 0 ? x : layerNorm(x, at + "attn_norm", epsilon), at + "attn.Wqkv");
        double[][] mixed = DoubleBlocks.attention(
                DoubleBlocks.rotate(DoubleBlocks.columns(qkv, 0, hidden), headSize, theta),
                DoubleBlocks.rotate(DoubleBlocks.columns(qkv, hidden, hidden), headSize, theta),
                DoubleBlocks.columns(qkv, 2 * hidden, hidden),
                headSize,
                1 / Math.sqrt(headSize),
                DoubleBlocks.ScoreTerm.NONE,
                (i, j) -> mask[j] != 0 && (!local || Math.abs(i - j) <= window));
        double[][] y = DoubleBlocks.sum(x, dense(mixed, at + "attn.Wo"));
        double[][] both = dense(layerNorm(y, at + "mlp_norm", epsilon), at + "mlp.Wi");
        int wide = both[0].length / 2;
        double[][] gated = DoubleBlocks.product(
                DoubleBlocks.map(DoubleBlocks.columns(both, 0, wide), activation),
                DoubleBlocks.columns(both, wide, wide));
        return DoubleBlocks.sum(y, dense(gated, at + "mlp.Wo"));
    }
}
