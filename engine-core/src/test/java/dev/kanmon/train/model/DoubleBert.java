package dev.kanmon.train.model;

import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/** BERT (transformers, {@code modeling_bert.py}). */
final class DoubleBert extends DoubleModel {

    private final int hidden;
    private final int headSize;
    private final int layers;
    private final double epsilon;
    private final DoubleUnaryOperator activation;

    DoubleBert(JsonObject config, Map<String, double[]> parameters) throws ModelFormatException {
        super(config, parameters);
        hidden = integer("hidden_size");
        headSize = hidden / integer("num_attention_heads");
        layers = integer("num_hidden_layers");
        epsilon = number("layer_norm_eps");
        activation = activation("hidden_act");
    }

    @Override
    double[] logits(TokenSequence sequence) {
        int[] places = IntStream.range(0, sequence.length()).toArray();
        double[][] x = rows("bert.embeddings.word_embeddings.weight", sequence.ids(), hidden);
        x = DoubleBlocks.sum(x, rows("bert.embeddings.position_embeddings.weight", places, hidden));
        x = DoubleBlocks.sum(x, rows("bert.embeddings.token_type_embeddings.weight", types(sequence), hidden));
        x = layerNorm(x, "bert.embeddings.LayerNorm", epsilon);
        for (int l = 0; l < layers; l++) {
            x = layer(x, "bert.encoder.layer." + l + ".", mask(sequence));
        }
        double[][] first = {x[0]};
        return dense(DoubleBlocks.map(dense(first, "bert.pooler.dense"), Math::tanh), "classifier")[0];
    }

    private double[][] layer(double[][] x, String at, int[] mask) {
        double[][] mixed = DoubleBlocks.attention(
                dense(x, at + "attention.self.query"),
                dense(x, at + "attention.self.key"),
                dense(x, at + "attention.self.value"),
                headSize,
                1 / Math.sqrt(headSize),
                DoubleBlocks.ScoreTerm.NONE,
                (i, j) -> mask[j] != 0);
        return postNorm(x, mixed, at, epsilon, activation);
    }
}
