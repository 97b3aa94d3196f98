package dev.kanmon.convert;

import dev.kanmon.engine.config.AlbertConfig;
import dev.kanmon.engine.config.BertConfig;
import dev.kanmon.engine.config.DebertaV2Config;
import dev.kanmon.engine.config.DistilBertConfig;
import dev.kanmon.engine.config.ElectraConfig;
import dev.kanmon.engine.config.EncoderConfig;
import dev.kanmon.engine.config.LlamaConfig;
import dev.kanmon.engine.config.ModernBertConfig;
import dev.kanmon.engine.config.MpNetConfig;
import dev.kanmon.engine.config.NomicBertConfig;
import dev.kanmon.engine.config.RobertaConfig;
import dev.kanmon.formats.GgufValue;
import dev.kanmon.formats.GgufWriter;

/**
 * The sizes that a GGUF file's metadata says in a few numbers, for programs that show them (<a
 * href="https://github.com/ggml-org/ggml/blob/d99724f2b141fed9e1a9f402213506c081433465/docs/gguf.md">gguf.md</a>, "LLM").
 * What a family has beyond them is in the whole {@code config.json} beside.
 *
 * @param feedForward width of the feed-forward blocks
 * @param heads query heads
 * @param keyHeads key and value heads
 * @param epsilon of the normalisations
 * @param rms whether they are RMSNorm
 */
record GgufSizes(int feedForward, int heads, int keyHeads, float epsilon, boolean rms) {

    private static final float DISTILBERT_EPSILON = 1e-12f;

    static GgufSizes of(EncoderConfig encoder) {
        return switch (encoder) {
            case AlbertConfig c -> encoder(c.intermediateSize(), c.heads(), c.epsilon());
            case BertConfig c -> encoder(c.intermediateSize(), c.heads(), c.epsilon());
            case DebertaV2Config c -> encoder(c.intermediateSize(), c.heads(), c.epsilon());
            case DistilBertConfig c -> encoder(c.intermediateSize(), c.heads(), DISTILBERT_EPSILON);
            case ElectraConfig c -> encoder(c.intermediateSize(), c.heads(), c.epsilon());
            case LlamaConfig c -> new GgufSizes(c.intermediateSize(), c.heads(), c.keyHeads(), c.epsilon(), true);
            case ModernBertConfig c -> encoder(c.intermediateSize(), c.heads(), c.epsilon());
            case MpNetConfig c -> encoder(c.intermediateSize(), c.heads(), c.epsilon());
            case NomicBertConfig c -> encoder(c.intermediateSize(), c.heads(), c.epsilon());
            case RobertaConfig c -> encoder(c.intermediateSize(), c.heads(), c.epsilon());
        };
    }

    private static GgufSizes encoder(int feedForward, int heads, float epsilon) {
        return new GgufSizes(feedForward, heads, heads, epsilon, false);
    }

    /** Writes the keys of {@code encoder}. */
    static void describe(GgufWriter writer, EncoderConfig encoder) {
        GgufSizes sizes = of(encoder);
        String family = encoder.family() + ".";
        writer.metadata(family + "context_length", GgufValue.u32(encoder.maxTokens()));
        writer.metadata(family + "embedding_length", GgufValue.u32(encoder.hiddenSize()));
        writer.metadata(family + "feed_forward_length", GgufValue.u32(sizes.feedForward));
        writer.metadata(family + "block_count", GgufValue.u32(encoder.layers()));
        writer.metadata(family + "attention.head_count", GgufValue.u32(sizes.heads));
        if (sizes.keyHeads != sizes.heads) {
            writer.metadata(family + "attention.head_count_kv", GgufValue.u32(sizes.keyHeads));
        }
        writer.metadata(
                family + (sizes.rms ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon"),
                GgufValue.f32(sizes.epsilon));
        writer.metadata(family + "attention.causal", GgufValue.of(encoder instanceof LlamaConfig));
    }
}
