package dev.kanmon.train.model;

import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * Llama and Qwen3 (transformers, {@code modeling_llama.py}, {@code modeling_qwen3.py}) for texts without padding: the last
 * token stands for the text.
 */
final class DoubleLlama extends DoubleModel {

    private final int hidden;
    private final int headSize;
    private final int layers;
    private final boolean normalisedHeads;
    private final double theta;
    private final double epsilon;
    private final DoubleUnaryOperator activation;

    DoubleLlama(JsonObject config, Map<String, double[]> parameters) throws ModelFormatException {
        super(config, parameters);
        hidden = integer("hidden_size");
        headSize = has("head_dim") ? integer("head_dim") : hidden / integer("num_attention_heads");
        layers = integer("num_hidden_layers");
        normalisedHeads = config.string("model_type").equals("qwen3");
        theta = number("rope_theta");
        epsilon = number("rms_norm_eps");
        activation = activation("hidden_act");
    }

    @Override
    double[] logits(TokenSequence sequence) {
        double[][] x = rows("model.embed_tokens.weight", sequence.ids(), hidden);
        for (int l = 0; l < layers; l++) {
            x = layer(x, "model.layers." + l + ".", mask(sequence));
        }
        double[][] last = {rmsNorm(x, "model.norm")[x.length - 1]};
        return dense(last, "score")[0];
    }

    private double[][] layer(double[][] x, String at, int[] mask) {
        String self = at + "self_attn.";
        double[][] before = rmsNorm(x, at + "input_layernorm");
        double[][] q = dense(before, self + "q_proj");
        double[][] k = dense(before, self + "k_proj");
        if (normalisedHeads) {
            q = rmsNorm(q, self + "q_norm");
            k = rmsNorm(k, self + "k_norm");
        }
        double[][] mixed = DoubleBlocks.attention(
                DoubleBlocks.rotate(q, headSize, theta),
                DoubleBlocks.rotate(k, headSize, theta),
                dense(before, self + "v_proj"),
                headSize,
                1 / Math.sqrt(headSize),
                DoubleBlocks.ScoreTerm.NONE,
                (i, j) -> j <= i && mask[j] != 0);
        double[][] y = DoubleBlocks.sum(x, dense(mixed, self + "o_proj"));
        double[][] middle = rmsNorm(y, at + "post_attention_layernorm");
        double[][] gated = DoubleBlocks.product(
                DoubleBlocks.map(dense(middle, at + "mlp.gate_proj"), activation), dense(middle, at + "mlp.up_proj"));
        return DoubleBlocks.sum(y, dense(gated, at + "mlp.down_proj"));
    }

    private double[][] rmsNorm(double[][] x, String name) {
        return DoubleBlocks.rmsNorm(x, parameter(name + ".weight"), epsilon);
    }
}
