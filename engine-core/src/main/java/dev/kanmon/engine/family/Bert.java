package dev.kanmon.engine.family;

import dev.kanmon.engine.config.BertConfig;
import dev.kanmon.engine.encoder.Embeddings;
import dev.kanmon.engine.encoder.Encoder;
import dev.kanmon.engine.encoder.EncoderStack;
import dev.kanmon.engine.head.SequenceHead;
import dev.kanmon.engine.weights.WeightSource;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;

/** BERT (Devlin et al. 2019). */
record Bert(BertConfig config) implements Graph.Family {

    @Override
    public Encoder encoder(WeightSource weights) throws ModelFormatException {
        int hidden = config.hiddenSize();
        Embeddings embeddings = BertBlocks.embeddings(
                config.vocabularySize(), config.types(), config.maxTokens(), -1, hidden, config.epsilon(), weights);
        return EncoderStack.of(
                embeddings,
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
}
