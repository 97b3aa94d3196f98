package dev.kanmon.engine.family;

import dev.kanmon.engine.config.NomicBertConfig;
import dev.kanmon.engine.encoder.Encoder;
import dev.kanmon.engine.encoder.EncoderStack;
import dev.kanmon.engine.encoder.FeedForward;
import dev.kanmon.engine.encoder.PostNormLayer;
import dev.kanmon.engine.encoder.Rotary;
import dev.kanmon.engine.encoder.SelfAttention;
import dev.kanmon.engine.encoder.SummedEmbeddings;
import dev.kanmon.engine.head.SequenceHead;
import dev.kanmon.engine.weights.WeightSource;
import dev.kanmon.engine.weights.WeightSource.Part;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.AttentionShape;
import java.util.ArrayList;
import java.util.List;

/** NomicBERT (Nussbaum et al. 2024), by the names of its published checkpoints. */
record NomicBert(NomicBertConfig config) implements Graph.Family {

    @Override
    public Encoder encoder(WeightSource weights) throws ModelFormatException {
        int hidden = config.hiddenSize();
        SummedEmbeddings embeddings = new SummedEmbeddings(
                weights.embedding("embeddings.word_embeddings.weight", config.vocabularySize(), hidden),
                weights.embedding("embeddings.token_type_embeddings.weight", config.types(), hidden),
                null,
                -1);
        Rotary rotary = new Rotary(config.rope());
        List<PostNormLayer> layers = new ArrayList<>();
        for (int l = 0; l < config.layers(); l++) {
            layers.add(layer("encoder.layers." + l + ".", rotary, weights));
        }
        return EncoderStack.of(embeddings.normalised(weights.layerNorm("emb_ln", hidden, config.epsilon())), layers);
    }

    private PostNormLayer layer(String at, Rotary rotary, WeightSource weights) throws ModelFormatException {
        int hidden = config.hiddenSize();
        int wide = config.intermediateSize();
        int projected = config.heads() * config.headSize();
        return new PostNormLayer(
                new SelfAttention(
                        weights.denseWithoutBias(at + "attn.Wqkv", 3 * projected, hidden),
                        config.heads(),
                        AttentionShape.full(config.headSize(), BertBlocks.scale(config.headSize())),
                        null,
                        rotary),
                weights.denseWithoutBias(at + "attn.out_proj", hidden, projected),
                null,
                weights.layerNorm(at + "norm1", hidden, config.epsilon()),
                new FeedForward.Gated(
                        weights.sideBySide(
                                List.of(new Part(at + "mlp.fc12", wide, false), new Part(at + "mlp.fc11", wide, false)),
                                hidden),
                        config.activation(),
                        weights.denseWithoutBias(at + "mlp.fc2", hidden, wide),
                        null),
                weights.layerNorm(at + "norm2", hidden, config.epsilon()));
    }

    @Override
    public SequenceHead sequenceHead(int labels, WeightSource weights) throws ModelFormatException {
        return BertBlocks.sequenceHead(
                "pooler.dense", Activation.TANH, "classifier", config.hiddenSize(), labels, weights);
    }
}
