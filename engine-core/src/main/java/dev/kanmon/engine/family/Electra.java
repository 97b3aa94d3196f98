package dev.kanmon.engine.family;

import dev.kanmon.engine.config.ElectraConfig;
import dev.kanmon.engine.encoder.Embeddings;
import dev.kanmon.engine.encoder.Encoder;
import dev.kanmon.engine.encoder.EncoderStack;
import dev.kanmon.engine.head.SequenceHead;
import dev.kanmon.engine.weights.WeightSource;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;

/** ELECTRA's discriminator (Clark et al. 2020). */
record Electra(ElectraConfig config) implements Graph.Family {

    @Override
    public Encoder encoder(WeightSource weights) throws ModelFormatException {
        int narrow = config.embeddingSize();
        int hidden = config.hiddenSize();
        Embeddings embeddings = BertBlocks.embeddings(
                config.vocabularySize(), config.types(), config.maxTokens(), -1, narrow, config.epsilon(), weights);
        if (narrow != hidden) {
            embeddings =
                    embeddings.projected(weights.dense("embeddings_project", hidden, narrow, Activation.NONE), hidden);
        }
        return EncoderStack.of(
                embeddings,
                BertBlocks.layers(
                        config.layers(),
                        new BertBlocks.Sizes(hidden, config.intermediateSize(), config.activation(), config.epsilon()),
                        BertBlocks.attention(hidden, config.heads(), weights),
                        weights));
    }

    /** The activation is GELU whatever the layers have (transformers, {@code ElectraClassificationHead}). */
    @Override
    public SequenceHead sequenceHead(int labels, WeightSource weights) throws ModelFormatException {
        return BertBlocks.sequenceHead(
                "classifier.dense", Activation.GELU, "classifier.out_proj", config.hiddenSize(), labels, weights);
    }
}
