package dev.kanmon.engine.family;

import dev.kanmon.engine.config.MpNetConfig;
import dev.kanmon.engine.encoder.Embeddings;
import dev.kanmon.engine.encoder.Encoder;
import dev.kanmon.engine.encoder.EncoderStack;
import dev.kanmon.engine.encoder.PostNormLayer;
import dev.kanmon.engine.encoder.SelfAttention;
import dev.kanmon.engine.head.SequenceHead;
import dev.kanmon.engine.weights.WeightSource;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.RelativePositions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** MPNet (Song et al. 2020). */
record MpNet(MpNetConfig config) implements Graph.Family {

    @Override
    public Encoder encoder(WeightSource weights) throws ModelFormatException {
        int hidden = config.hiddenSize();
        Embeddings embeddings = BertBlocks.embeddings(
                config.vocabularySize(), 0, config.positions(), MpNetConfig.PADDING, hidden, config.epsilon(), weights);
        AttentionShape shape = attentionShape(weights);
        List<PostNormLayer> layers = new ArrayList<>();
        for (int l = 0; l < config.layers(); l++) {
            layers.add(layer("encoder.layer." + l + ".", shape, weights));
        }
        return EncoderStack.of(embeddings, layers);
    }

    private PostNormLayer layer(String at, AttentionShape shape, WeightSource weights) throws ModelFormatException {
        int hidden = config.hiddenSize();
        String attention = at + "attention.attn.";
        return new PostNormLayer(
                SelfAttention.plain(
                        BertBlocks.projections(attention, List.of("q", "k", "v"), hidden, weights),
                        config.heads(),
                        shape),
                weights.denseWithoutBias(attention + "o", hidden, hidden),
                weights.vector(attention + "o.bias", hidden),
                weights.layerNorm(at + "attention.LayerNorm", hidden, config.epsilon()),
                BertBlocks.feedForward(
                        at + "intermediate.dense",
                        at + "output.dense",
                        new BertBlocks.Sizes(hidden, config.intermediateSize(), config.activation(), config.epsilon()),
                        weights),
                weights.layerNorm(at + "output.LayerNorm", hidden, config.epsilon()));
    }

    /** The table of buckets, spread out by distance: a number for each head and distance. */
    private AttentionShape attentionShape(WeightSource weights) throws ModelFormatException {
        int heads = config.heads();
        AttentionShape shape = BertBlocks.full(config.hiddenSize(), heads);
        MemorySegment buckets = weights.table("encoder.relative_attention_bias.weight", config.buckets(), heads);
        if (weights.kernels().isEmpty()) {
            return shape;
        }
        Kernels kernels = weights.kernels().get();
        int reach = config.maxTokens() - 1;
        int distances = 2 * reach + 1;
        MemorySegment bias = kernels.allocate((long) heads * distances);
        float[] table = new float[config.buckets() * heads];
        MemorySegment.copy(buckets, ValueLayout.JAVA_FLOAT, 0, table, 0, table.length);
        float[] row = new float[distances];
        for (int head = 0; head < heads; head++) {
            for (int d = -reach; d <= reach; d++) {
                row[d + reach] = table[MpNetConfig.bucket(d) * heads + head];
            }
            MemorySegment.copy(row, 0, bias, ValueLayout.JAVA_FLOAT, (long) head * distances * Float.BYTES, distances);
        }
        return shape.withPositions(new RelativePositions.Bias(bias, reach));
    }

    @Override
    public SequenceHead sequenceHead(int labels, WeightSource weights) throws ModelFormatException {
        return BertBlocks.sequenceHead(
                "classifier.dense", Activation.TANH, "classifier.out_proj", config.hiddenSize(), labels, weights);
    }
}
