package dev.kanmon.engine.family;

import dev.kanmon.engine.config.DebertaV2Config;
import dev.kanmon.engine.encoder.Convolution;
import dev.kanmon.engine.encoder.Embeddings;
import dev.kanmon.engine.encoder.Encoder;
import dev.kanmon.engine.encoder.EncoderStack;
import dev.kanmon.engine.encoder.SelfAttention;
import dev.kanmon.engine.encoder.SummedEmbeddings;
import dev.kanmon.engine.head.SequenceHead;
import dev.kanmon.engine.weights.WeightSource;
import dev.kanmon.formats.ModelFormatException;

/** DeBERTa v2 and v3 (He et al. 2021; He et al. 2023). */
record DebertaV2(DebertaV2Config config) implements Graph.Family {

    @Override
    public Encoder encoder(WeightSource weights) throws ModelFormatException {
        int hidden = config.hiddenSize();
        DisentangledAttention attention = new DisentangledAttention(config, weights);
        return EncoderStack.of(
                embeddings(weights),
                BertBlocks.layers(
                        config.layers(),
                        new BertBlocks.Sizes(hidden, config.intermediateSize(), config.activation(), config.epsilon()),
                        prefix -> SelfAttention.plain(
                                attention.projections(prefix), config.heads(), attention.shape(prefix)),
                        weights),
                convolution(weights),
                null);
    }

    private Embeddings embeddings(WeightSource weights) throws ModelFormatException {
        int narrow = config.embeddingSize();
        int hidden = config.hiddenSize();
        Embeddings embeddings = new SummedEmbeddings(
                weights.embedding("embeddings.word_embeddings.weight", config.vocabularySize(), narrow),
                config.types() == 0
                        ? null
                        : weights.embedding("embeddings.token_type_embeddings.weight", config.types(), narrow),
                config.absolutePositions()
                        ? weights.embedding("embeddings.position_embeddings.weight", config.maxTokens(), narrow)
                        : null,
                -1);
        if (narrow != hidden) {
            embeddings =
                    embeddings.projected(weights.denseWithoutBias("embeddings.embed_proj", hidden, narrow), hidden);
        }
        return embeddings
                .normalised(BertBlocks.embeddingNorm(hidden, config.epsilon(), weights))
                .masked();
    }

    private Convolution convolution(WeightSource weights) throws ModelFormatException {
        if (config.convolution().isEmpty()) {
            return null;
        }
        DebertaV2Config.Convolution convolution = config.convolution().get();
        int hidden = config.hiddenSize();
        return new Convolution(
                weights.convolution("encoder.conv.conv", hidden, convolution.width(), convolution.groups()),
                convolution.width(),
                convolution.activation(),
                weights.layerNorm("encoder.conv.LayerNorm", hidden, config.epsilon()));
    }

    @Override
    public SequenceHead sequenceHead(int labels, WeightSource weights) throws ModelFormatException {
        return BertBlocks.sequenceHead(
                "pooler.dense", config.pooler(), "classifier", config.hiddenSize(), labels, weights);
    }
}
