package dev.kanmon.engine.family;

import dev.kanmon.engine.config.BertConfig;
import dev.kanmon.engine.encoder.Encoder;
import dev.kanmon.engine.encoder.EncoderStack;
import dev.kanmon.engine.encoder.SummedEmbeddings;
import dev.kanmon.engine.head.SequenceHead;
import dev.kanmon.engine.head.TokenHead;
import dev.kanmon.engine.weights.WeightSource;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;

/** BERT (Devlin et al. 2019). */
record Bert(BertConfig config) implements Graph.Family {

    @Override
    public Encoder encoder(WeightSource weights) throws ModelFormatException {
        int hidden = config.hiddenSize();
        SummedEmbeddings embeddings = new SummedEmbeddings(
                weights.embedding("embeddings.word_embeddings.weight", config.vocabularySize(), hidden),
                weights.embedding("embeddings.token_type_embeddings.weight", config.types(), hidden),
                weights.embedding("embeddings.position_embeddings.weight", config.maxTokens(), hidden),
                -1);
        return EncoderStack.of(
                embeddings.normalised(BertBlocks.embeddingNorm(hidden, config.epsilon(), weights)),
                BertBlocks.layers(
                        config.layers(),
                        new BertBlocks.Sizes(hidden, config.intermediateSize(), config.activation(), config.epsilon()),
                        BertBlocks.attention(hidden, config.heads(), weights),
                        weights));
    }

    @Override
    public SequenceHead sequenceHead(int labels, WeightSource weights) throws ModelFormatException {
        return BertBlocks.sequenceHead(
                "pooler.dense", Activation.TANH, "classifier", config.hiddenSize(), labels, weights);
    }

    @Override
    public TokenHead tokenHead(int labels, WeightSource weights) throws ModelFormatException {
        return BertBlocks.tokenHead(config.hiddenSize(), labels, weights);
    }
}
