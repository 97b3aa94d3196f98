package dev.kanmon.engine.family;

import dev.kanmon.engine.config.DistilBertConfig;
import dev.kanmon.engine.encoder.Embeddings;
import dev.kanmon.engine.encoder.Encoder;
import dev.kanmon.engine.encoder.EncoderStack;
import dev.kanmon.engine.encoder.PostNormLayer;
import dev.kanmon.engine.encoder.SelfAttention;
import dev.kanmon.engine.head.SequenceHead;
import dev.kanmon.engine.weights.WeightSource;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;
import java.util.ArrayList;
import java.util.List;

/** DistilBERT (Sanh et al. 2019). */
record DistilBert(DistilBertConfig config) implements Graph.Family {

    private static final float EPSILON = DistilBertConfig.EPSILON;

    @Override
    public Encoder encoder(WeightSource weights) throws ModelFormatException {
        int hidden = config.hiddenSize();
        Embeddings embeddings =
                BertBlocks.embeddings(config.vocabularySize(), 0, config.maxTokens(), -1, hidden, EPSILON, weights);
        List<PostNormLayer> layers = new ArrayList<>();
        for (int l = 0; l < config.layers(); l++) {
            layers.add(layer("transformer.layer." + l + ".", weights));
        }
        return EncoderStack.of(embeddings, layers);
    }

    private PostNormLayer layer(String at, WeightSource weights) throws ModelFormatException {
        int hidden = config.hiddenSize();
        return new PostNormLayer(
                SelfAttention.plain(
                        BertBlocks.projections(at + "attention.", List.of("q_lin", "k_lin", "v_lin"), hidden, weights),
                        config.heads(),
                        BertBlocks.full(hidden, config.heads())),
                weights.denseWithoutBias(at + "attention.out_lin", hidden, hidden),
                weights.vector(at + "attention.out_lin.bias", hidden),
                weights.layerNorm(at + "sa_layer_norm", hidden, EPSILON),
                BertBlocks.feedForward(
                        at + "ffn.lin1",
                        at + "ffn.lin2",
                        new BertBlocks.Sizes(hidden, config.intermediateSize(), config.activation(), EPSILON),
                        weights),
                weights.layerNorm(at + "output_layer_norm", hidden, EPSILON));
    }

    @Override
    public SequenceHead sequenceHead(int labels, WeightSource weights) throws ModelFormatException {
        return BertBlocks.sequenceHead(
                "pre_classifier", Activation.RELU, "classifier", config.hiddenSize(), labels, weights);
    }
}
