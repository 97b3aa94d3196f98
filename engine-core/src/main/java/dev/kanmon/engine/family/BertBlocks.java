package dev.kanmon.engine.family;

import dev.kanmon.engine.encoder.Dense;
import dev.kanmon.engine.encoder.Embeddings;
import dev.kanmon.engine.encoder.FeedForward;
import dev.kanmon.engine.encoder.LayerNorm;
import dev.kanmon.engine.encoder.PostNormLayer;
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

/** What the families share that name their tensors as BERT does, or nearly so. */
final class BertBlocks {

    /** The names of queries, keys and values below {@code attention.self}. */
    static final List<String> BERT_PROJECTIONS = List.of("query", "key", "value");

    private BertBlocks() {}

    /** The scale of Vaswani et al. 2017. */
    static float scale(int headDim) {
        return (float) (1 / Math.sqrt(headDim));
    }

    /** The shape of attention where every query sees every key and heads share the hidden size. */
    static AttentionShape full(int hidden, int heads) {
        return AttentionShape.full(hidden / heads, scale(hidden / heads));
    }

    /** Queries, keys and values of {@code size} columns each, with biases, side by side. */
    static Dense projections(String prefix, List<String> names, int size, WeightSource weights)
            throws ModelFormatException {
        List<Part> parts = new ArrayList<>();
        for (String name : names) {
            parts.add(new Part(prefix + name, size, true));
        }
        return weights.sideBySide(parts, size);
    }

    /**
     * The numbers of a layer.
     *
     * @param hidden size of a hidden state
     * @param intermediate width of the feed-forward block
     */
    record Sizes(int hidden, int intermediate, Activation activation, float epsilon) {}

    /** The layers {@code encoder.layer.0} and on; {@code attention} makes each one's attention from its prefix. */
    static List<PostNormLayer> layers(int count, Sizes sizes, AttentionOf attention, WeightSource weights)
            throws ModelFormatException {
        List<PostNormLayer> layers = new ArrayList<>();
        for (int l = 0; l < count; l++) {
            String at = "encoder.layer." + l + ".";
            int hidden = sizes.hidden;
            layers.add(new PostNormLayer(
                    attention.of(at + "attention.self."),
                    weights.denseWithoutBias(at + "attention.output.dense", hidden, hidden),
                    weights.vector(at + "attention.output.dense.bias", hidden),
                    weights.layerNorm(at + "attention.output.LayerNorm", hidden, sizes.epsilon),
                    feedForward(at + "intermediate.dense", at + "output.dense", sizes, weights),
                    weights.layerNorm(at + "output.LayerNorm", hidden, sizes.epsilon)));
        }
        return layers;
    }

    /** Makes the attention of a layer from the prefix of its tensors. */
    @FunctionalInterface
    interface AttentionOf {
        SelfAttention of(String prefix) throws ModelFormatException;
    }

    /** The plain attention of BERT's layers. */
    static AttentionOf attention(int hidden, int heads, WeightSource weights) {
        return prefix ->
                SelfAttention.plain(projections(prefix, BERT_PROJECTIONS, hidden, weights), heads, full(hidden, heads));
    }

    /** Two products with an activation between. */
    static FeedForward feedForward(String up, String down, Sizes sizes, WeightSource weights)
            throws ModelFormatException {
        return new FeedForward.Plain(
                weights.dense(up, sizes.intermediate, sizes.hidden, sizes.activation),
                weights.denseWithoutBias(down, sizes.hidden, sizes.intermediate),
                weights.vector(down + ".bias", sizes.hidden));
    }

    /** The first token, {@code dense} with its activation, {@code labels}. */
    static SequenceHead sequenceHead(
            String dense, Activation activation, String labels, int hidden, int count, WeightSource weights)
            throws ModelFormatException {
        return SequenceHead.ofFirst(
                weights.dense(dense, hidden, hidden, activation),
                hidden,
                weights.dense(labels, count, hidden, Activation.NONE));
    }

    /**
     * The normalised sum of words, token types and positions.
     *
     * @param types token types, 0 for a family without them
     * @param positions rows of the table of positions
     * @param padding as {@link SummedEmbeddings} has it
     */
    static Embeddings embeddings(
            int vocabulary, int types, int positions, int padding, int size, float epsilon, WeightSource weights)
            throws ModelFormatException {
        return new SummedEmbeddings(
                        weights.embedding("embeddings.word_embeddings.weight", vocabulary, size),
                        types == 0 ? null : weights.embedding("embeddings.token_type_embeddings.weight", types, size),
                        weights.embedding("embeddings.position_embeddings.weight", positions, size),
                        padding)
                .normalised(embeddingNorm(size, epsilon, weights));
    }

    /** The normalisation behind the embeddings. */
    static LayerNorm embeddingNorm(int size, float epsilon, WeightSource weights) throws ModelFormatException {
        return weights.layerNorm("embeddings.LayerNorm", size, epsilon);
    }
}
