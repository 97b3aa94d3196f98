package dev.kanmon.engine.family;

import dev.kanmon.engine.config.AlbertConfig;
import dev.kanmon.engine.encoder.Embeddings;
import dev.kanmon.engine.encoder.Encoder;
import dev.kanmon.engine.encoder.EncoderStack;
import dev.kanmon.engine.encoder.Layer;
import dev.kanmon.engine.encoder.PostNormLayer;
import dev.kanmon.engine.encoder.SelfAttention;
import dev.kanmon.engine.head.SequenceHead;
import dev.kanmon.engine.weights.WeightSource;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;
import java.util.ArrayList;
import java.util.List;

/** ALBERT (Lan et al. 2020): the layers are few and applied again and again. */
record Albert(AlbertConfig config) implements Graph.Family {

    @Override
    public Encoder encoder(WeightSource weights) throws ModelFormatException {
        int narrow = config.embeddingSize();
        int hidden = config.hiddenSize();
        Embeddings embeddings = BertBlocks.embeddings(
                        config.vocabularySize(),
                        config.types(),
                        config.maxTokens(),
                        -1,
                        narrow,
                        config.epsilon(),
                        weights)
                .projected(
                        weights.dense("encoder.embedding_hidden_mapping_in", hidden, narrow, Activation.NONE), hidden);
        List<List<PostNormLayer>> groups = new ArrayList<>();
        for (int g = 0; g < config.groups(); g++) {
            groups.add(group("encoder.albert_layer_groups." + g + ".albert_layers.", weights));
        }
        List<Layer> applied = new ArrayList<>();
        List<Integer> endsOfSteps = new ArrayList<>();
        for (int step = 0; step < config.steps(); step++) {
            applied.addAll(groups.get(config.group(step)));
            endsOfSteps.add(applied.size());
        }
        return new EncoderStack(embeddings, applied, endsOfSteps, null, null);
    }

    private List<PostNormLayer> group(String prefix, WeightSource weights) throws ModelFormatException {
        List<PostNormLayer> layers = new ArrayList<>();
        for (int l = 0; l < config.inner(); l++) {
            layers.add(layer(prefix + l + ".", weights));
        }
        return layers;
    }

    private PostNormLayer layer(String at, WeightSource weights) throws ModelFormatException {
        int hidden = config.hiddenSize();
        return new PostNormLayer(
                SelfAttention.plain(
                        BertBlocks.projections(at + "attention.", BertBlocks.BERT_PROJECTIONS, hidden, weights),
                        config.heads(),
                        BertBlocks.full(hidden, config.heads())),
                weights.denseWithoutBias(at + "attention.dense", hidden, hidden),
                weights.vector(at + "attention.dense.bias", hidden),
                weights.layerNorm(at + "attention.LayerNorm", hidden, config.epsilon()),
                BertBlocks.feedForward(
                        at + "ffn",
                        at + "ffn_output",
                        new BertBlocks.Sizes(hidden, config.intermediateSize(), config.activation(), config.epsilon()),
                        weights),
                weights.layerNorm(at + "full_layer_layer_norm", hidden, config.epsilon()));
    }

    @Override
    public SequenceHead sequenceHead(int labels, WeightSource weights) throws ModelFormatException {
        return BertBlocks.sequenceHead("pooler", Activation.TANH, "classifier", config.hiddenSize(), labels, weights);
    }
}
