package dev.kanmon.engine.family;

import dev.kanmon.engine.config.RobertaConfig;
import dev.kanmon.engine.encoder.Embeddings;
import dev.kanmon.engine.encoder.Encoder;
import dev.kanmon.engine.encoder.EncoderStack;
import dev.kanmon.engine.head.SequenceHead;
import dev.kanmon.engine.weights.WeightSource;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;

/** RoBERTa (Liu et al. 2019), XLM-RoBERTa (Conneau et al. 2020), CamemBERT. */
record Roberta(RobertaConfig config) implements Graph.Family {

    @Override
    public Encoder encoder(WeightSource weights) throws ModelFormatException {
        int hidden = config.hiddenSize();
        Embeddings embeddings = BertBlocks.embeddings(
                config.vocabularySize(),
                config.types(),
                config.positions(),
                config.padding(),
                hidden,
                config.epsilon(),
                weights);
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
                "classifier.dense", Activation.TANH, "classifier.out_proj", config.hiddenSize(), labels, weights);
    }
}
