package dev.kanmon.engine.weights;

import dev.kanmon.engine.config.BertConfig;
import dev.kanmon.engine.encoder.BertEmbeddings;
import dev.kanmon.engine.encoder.BertEncoder;
import dev.kanmon.engine.encoder.PostNormLayer;
import dev.kanmon.engine.encoder.SelfAttention;
import dev.kanmon.engine.head.PooledHead;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;
import java.util.ArrayList;
import java.util.List;

/** BERT's tensors by name. */
public final class BertWeights {

    private BertWeights() {}

    /** Builds the encoder. */
    public static BertEncoder encoder(BertConfig config, WeightSource weights) throws ModelFormatException {
        int hidden = config.hiddenSize();
        BertEmbeddings embeddings = new BertEmbeddings(
                weights.embedding("embeddings.word_embeddings.weight", config.vocabularySize(), hidden),
                weights.embedding("embeddings.position_embeddings.weight", config.maxTokens(), hidden),
                weights.embedding("embeddings.token_type_embeddings.weight", config.types(), hidden),
                weights.layerNorm("embeddings.LayerNorm", hidden, config.epsilon()));
        List<PostNormLayer> layers = new ArrayList<>();
        for (int l = 0; l < config.layers(); l++) {
            layers.add(layer("encoder.layer." + l + ".", config, weights));
        }
        return new BertEncoder(embeddings, layers);
    }

    private static PostNormLayer layer(String at, BertConfig config, WeightSource weights) throws ModelFormatException {
        int hidden = config.hiddenSize();
        String self = at + "attention.self.";
        return new PostNormLayer(
                new SelfAttention(
                        weights.denseSideBySide(List.of(self + "query", self + "key", self + "value"), hidden, hidden),
                        config.heads()),
                weights.denseWithoutBias(at + "attention.output.dense", hidden, hidden),
                weights.vector(at + "attention.output.dense.bias", hidden),
                weights.layerNorm(at + "attention.output.LayerNorm", hidden, config.epsilon()),
                weights.dense(at + "intermediate.dense", config.intermediateSize(), hidden, config.activation()),
                weights.denseWithoutBias(at + "output.dense", hidden, config.intermediateSize()),
                weights.vector(at + "output.dense.bias", hidden),
                weights.layerNorm(at + "output.LayerNorm", hidden, config.epsilon()));
    }

    /** Builds the classification head. */
    public static PooledHead head(BertConfig config, int labels, WeightSource weights) throws ModelFormatException {
        int hidden = config.hiddenSize();
        return new PooledHead(
                weights.dense("pooler.dense", hidden, hidden, Activation.TANH),
                weights.dense("classifier", labels, hidden, Activation.NONE));
    }
}
