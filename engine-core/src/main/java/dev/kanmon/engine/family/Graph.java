package dev.kanmon.engine.family;

import dev.kanmon.engine.config.AlbertConfig;
import dev.kanmon.engine.config.BertConfig;
import dev.kanmon.engine.config.DebertaV2Config;
import dev.kanmon.engine.config.DistilBertConfig;
import dev.kanmon.engine.config.ElectraConfig;
import dev.kanmon.engine.config.EncoderConfig;
import dev.kanmon.engine.config.LlamaConfig;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.engine.config.ModernBertConfig;
import dev.kanmon.engine.config.MpNetConfig;
import dev.kanmon.engine.config.NomicBertConfig;
import dev.kanmon.engine.config.RobertaConfig;
import dev.kanmon.engine.encoder.Dense;
import dev.kanmon.engine.encoder.Encoder;
import dev.kanmon.engine.head.Classifier;
import dev.kanmon.engine.head.Head;
import dev.kanmon.engine.head.SequenceHead;
import dev.kanmon.engine.head.TokenHead;
import dev.kanmon.engine.weights.WeightSource;
import dev.kanmon.formats.ModelFormatException;

/**
 * A model's computation: the encoder of its family and its head.
 *
 * @param encoder tokens to hidden states
 * @param head hidden states to logits; null for a bare encoder
 */
public record Graph(Encoder encoder, Head head) {

    /** A family: how its tensors are named and put together. */
    interface Family {

        /** The shape. */
        EncoderConfig config();

        /** The encoder. */
        Encoder encoder(WeightSource weights) throws ModelFormatException;

        /** A classifier of sequences. */
        SequenceHead sequenceHead(int labels, WeightSource weights) throws ModelFormatException;

        /** A classifier of tokens: {@code classifier} on each, where the family has nothing else. */
        default TokenHead tokenHead(int labels, WeightSource weights) throws ModelFormatException {
            Dense classifier = weights.dense("classifier", labels, config().hiddenSize(), true);
            return new TokenHead(new Classifier(null, null, classifier));
        }
    }

    /** Builds the graph that {@code config} describes from {@code weights}. */
    public static Graph build(ModelConfig config, WeightSource weights) throws ModelFormatException {
        Family family =
                switch (config.encoder()) {
                    case AlbertConfig albert -> new Albert(albert);
                    case BertConfig bert -> new Bert(bert);
                    case DebertaV2Config deberta -> new DebertaV2(deberta);
                    case DistilBertConfig distilBert -> new DistilBert(distilBert);
                    case ElectraConfig electra -> new Electra(electra);
                    case LlamaConfig llama -> new Llama(llama);
                    case ModernBertConfig modernBert -> new ModernBert(modernBert);
                    case MpNetConfig mpnet -> new MpNet(mpnet);
                    case NomicBertConfig nomicBert -> new NomicBert(nomicBert);
                    case RobertaConfig roberta -> new Roberta(roberta);
                };
        Encoder encoder = family.encoder(weights);
        if (config.classifier().isEmpty()) {
            return new Graph(encoder, null);
        }
        int labels = config.classifier().get().labels().size();
        return new Graph(
                encoder,
                switch (config.classifier().get().task()) {
                    case SEQUENCES -> family.sequenceHead(labels, weights);
                    case TOKENS -> family.tokenHead(labels, weights);
                });
    }

    /** Whether the head looks at tokens that are masked, so that those at the end of a sequence cannot be left out. */
    public boolean needsMasked() {
        return switch (head) {
            case null -> false;
            case SequenceHead sequences -> sequences.pooling().needsMasked();
            case TokenHead _ -> true;
        };
    }
}
