package dev.kanmon.engine.family;

import dev.kanmon.engine.config.LlamaConfig;
import dev.kanmon.engine.encoder.Dense;
import dev.kanmon.engine.encoder.Encoder;
import dev.kanmon.engine.encoder.EncoderStack;
import dev.kanmon.engine.encoder.FeedForward;
import dev.kanmon.engine.encoder.PreNormLayer;
import dev.kanmon.engine.encoder.Rotary;
import dev.kanmon.engine.encoder.SelfAttention;
import dev.kanmon.engine.encoder.SummedEmbeddings;
import dev.kanmon.engine.head.Classifier;
import dev.kanmon.engine.head.Pooling;
import dev.kanmon.engine.head.SequenceHead;
import dev.kanmon.engine.head.TokenHead;
import dev.kanmon.engine.weights.WeightSource;
import dev.kanmon.engine.weights.WeightSource.Part;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.AttentionShape;
import java.util.ArrayList;
import java.util.List;

/** Llama (Touvron et al. 2023), Qwen2 and Qwen3 (Yang et al. 2024 and 2025): decoders that read and classify. */
record Llama(LlamaConfig config) implements Graph.Family {

    @Override
    public Encoder encoder(WeightSource weights) throws ModelFormatException {
        int hidden = config.hiddenSize();
        SummedEmbeddings words = new SummedEmbeddings(
                weights.embedding("embed_tokens.weight", config.vocabularySize(), hidden), null, null, -1);
        Rotary rotary = new Rotary(config.rope());
        List<PreNormLayer> layers = new ArrayList<>();
        for (int l = 0; l < config.layers(); l++) {
            layers.add(layer("layers." + l + ".", config.windows().get(l), rotary, weights));
        }
        return EncoderStack.of(words, layers, null, weights.rmsNorm("norm", hidden, config.epsilon()));
    }

    private PreNormLayer layer(String at, int window, Rotary rotary, WeightSource weights) throws ModelFormatException {
        int hidden = config.hiddenSize();
        int wide = config.intermediateSize();
        int queries = config.heads() * config.headSize();
        return new PreNormLayer(
                weights.rmsNorm(at + "input_layernorm", hidden, config.epsilon()),
                attention(at + "self_attn.", window, rotary, weights),
                weights.dense(at + "self_attn.o_proj", hidden, queries, config.outputBias()),
                weights.rmsNorm(at + "post_attention_layernorm", hidden, config.epsilon()),
                new FeedForward.Gated(
                        weights.sideBySide(
                                List.of(
                                        new Part(at + "mlp.gate_proj", wide, config.blockBias()),
                                        new Part(at + "mlp.up_proj", wide, config.blockBias())),
                                hidden),
                        config.activation(),
                        weights.denseWithoutBias(at + "mlp.down_proj", hidden, wide),
                        weights.bias(at + "mlp.down_proj", hidden, config.blockBias())));
    }

    private SelfAttention attention(String at, int window, Rotary rotary, WeightSource weights)
            throws ModelFormatException {
        int headDim = config.headSize();
        int keys = config.keyHeads() * headDim;
        Dense qkv = weights.sideBySide(
                List.of(
                        new Part(at + "q_proj", config.heads() * headDim, config.queryBias()),
                        new Part(at + "k_proj", keys, config.queryBias()),
                        new Part(at + "v_proj", keys, config.queryBias())),
                config.hiddenSize());
        AttentionShape causal = AttentionShape.full(headDim, BertBlocks.scale(headDim))
                .withGroup(config.heads() / config.keyHeads())
                .withReach(window == Integer.MAX_VALUE ? AttentionShape.ALL : window - 1, 0);
        SelfAttention.HeadNorms norms = config.normalisedHeads()
                ? new SelfAttention.HeadNorms(
                        weights.rmsNorm(at + "q_norm", headDim, config.epsilon()),
                        weights.rmsNorm(at + "k_norm", headDim, config.epsilon()))
                : null;
        return new SelfAttention(qkv, config.heads(), causal, norms, rotary);
    }

    @Override
    public SequenceHead sequenceHead(int labels, WeightSource weights) throws ModelFormatException {
        Dense score = weights.denseWithoutBias("score", labels, config.hiddenSize());
        return new SequenceHead(
                new Pooling.Last(config.padding()), config.hiddenSize(), new Classifier(null, null, score));
    }

    @Override
    public TokenHead tokenHead(int labels, WeightSource weights) throws ModelFormatException {
        Dense score = weights.dense("score", labels, config.hiddenSize(), Activation.NONE);
        return new TokenHead(new Classifier(null, null, score));
    }
}
