package dev.kanmon.engine.family;

import dev.kanmon.engine.config.ModernBertConfig;
import dev.kanmon.engine.encoder.Dense;
import dev.kanmon.engine.encoder.Encoder;
import dev.kanmon.engine.encoder.EncoderStack;
import dev.kanmon.engine.encoder.FeedForward;
import dev.kanmon.engine.encoder.LayerNorm;
import dev.kanmon.engine.encoder.PreNormLayer;
import dev.kanmon.engine.encoder.Rotary;
import dev.kanmon.engine.encoder.SelfAttention;
import dev.kanmon.engine.encoder.SummedEmbeddings;
import dev.kanmon.engine.head.Classifier;
import dev.kanmon.engine.head.Pooling;
import dev.kanmon.engine.head.SequenceHead;
import dev.kanmon.engine.head.TokenHead;
import dev.kanmon.engine.weights.WeightSource;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.AttentionShape;
import java.util.ArrayList;
import java.util.List;

/** ModernBERT (Warner et al. 2024). */
record ModernBert(ModernBertConfig config) implements Graph.Family {

    @Override
    public Encoder encoder(WeightSource weights) throws ModelFormatException {
        SummedEmbeddings words = new SummedEmbeddings(
                weights.embedding("embeddings.tok_embeddings.weight", config.vocabularySize(), config.hiddenSize()),
                null,
                null,
                -1);
        Rotary global = new Rotary(config.globalRope());
        Rotary local = new Rotary(config.localRope());
        List<PreNormLayer> layers = new ArrayList<>();
        LayerNorm embeddingNorm = norm("embeddings.norm", weights);
        for (int l = 0; l < config.layers(); l++) {
            layers.add(layer(l, config.local().get(l) ? local : global, weights));
        }
        return EncoderStack.of(words.normalised(embeddingNorm), layers, null, norm("final_norm", weights));
    }

    private PreNormLayer layer(int l, Rotary rotary, WeightSource weights) throws ModelFormatException {
        String at = "layers." + l + ".";
        int hidden = config.hiddenSize();
        AttentionShape shape = BertBlocks.full(hidden, config.heads());
        return new PreNormLayer(
                l == 0 ? null : norm(at + "attn_norm", weights), // The embeddings are normalised already.
                new SelfAttention(
                        weights.dense(at + "attn.Wqkv", 3 * hidden, hidden, config.attentionBias()),
                        config.heads(),
                        config.local().get(l) ? shape.withReach(config.window(), config.window()) : shape,
                        null,
                        rotary),
                weights.dense(at + "attn.Wo", hidden, hidden, config.attentionBias()),
                norm(at + "mlp_norm", weights),
                new FeedForward.Gated(
                        weights.dense(at + "mlp.Wi", 2 * config.intermediateSize(), hidden, config.blockBias()),
                        config.activation(),
                        weights.denseWithoutBias(at + "mlp.Wo", hidden, config.intermediateSize()),
                        weights.bias(at + "mlp.Wo", hidden, config.blockBias())));
    }

    private LayerNorm norm(String prefix, WeightSource weights) throws ModelFormatException {
        return weights.layerNorm(prefix, config.hiddenSize(), config.epsilon(), config.normBias());
    }

    @Override
    public SequenceHead sequenceHead(int labels, WeightSource weights) throws ModelFormatException {
        return new SequenceHead(
                config.head().mean() ? new Pooling.Mean() : new Pooling.First(),
                config.hiddenSize(),
                classifier(labels, weights));
    }

    @Override
    public TokenHead tokenHead(int labels, WeightSource weights) throws ModelFormatException {
        return new TokenHead(classifier(labels, weights));
    }

    private Classifier classifier(int labels, WeightSource weights) throws ModelFormatException {
        int hidden = config.hiddenSize();
        Dense dense = weights.dense("head.dense", hidden, hidden, config.head().bias());
        return new Classifier(
                dense.withActivation(config.head().activation()),
                norm("head.norm", weights),
                weights.dense("classifier", labels, hidden, Activation.NONE));
    }
}
