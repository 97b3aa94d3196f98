package dev.kanmon.engine;

import dev.kanmon.engine.config.BertConfig;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.engine.encoder.Encoder;
import dev.kanmon.engine.head.ClassificationHead;
import dev.kanmon.engine.weights.BertWeights;
import dev.kanmon.engine.weights.WeightSource;
import dev.kanmon.formats.ModelFormatException;

/**
 * A model's computation: the encoder of its family and its head.
 *
 * @param encoder tokens to hidden states
 * @param head hidden states to logits; null for a bare encoder
 */
record Graph(Encoder encoder, ClassificationHead head) {

    /** Builds the graph that {@code config} describes from {@code weights}. */
    static Graph build(ModelConfig config, WeightSource weights) throws ModelFormatException {
        return switch (config.encoder()) {
            case BertConfig bert ->
                new Graph(
                        BertWeights.encoder(bert, weights),
                        config.classifier().isPresent()
                                ? BertWeights.head(
                                        bert, config.classifier().get().labels().size(), weights)
                                : null);
        };
    }
}
