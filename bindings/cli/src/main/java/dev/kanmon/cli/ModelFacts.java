package dev.kanmon.cli;

import dev.kanmon.engine.config.AlbertConfig;
import dev.kanmon.engine.config.BertConfig;
import dev.kanmon.engine.config.ClassifierConfig;
import dev.kanmon.engine.config.DebertaV2Config;
import dev.kanmon.engine.config.DistilBertConfig;
import dev.kanmon.engine.config.ElectraConfig;
import dev.kanmon.engine.config.EncoderConfig;
import dev.kanmon.engine.config.LlamaConfig;
import dev.kanmon.engine.config.ModernBertConfig;
import dev.kanmon.engine.config.MpNetConfig;
import dev.kanmon.engine.config.NomicBertConfig;
import dev.kanmon.engine.config.RobertaConfig;
import dev.kanmon.engine.config.Rope;
import dev.kanmon.kernels.Activation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.TreeMap;

/** A model's configuration in words, a line for each fact. */
final class ModelFacts {

    private final SequencedMap<String, String> facts = new LinkedHashMap<>();

    private ModelFacts() {}

    /** What a person calls it, and what it is, in the order in which to show them. */
    static SequencedMap<String, String> of(EncoderConfig encoder) {
        ModelFacts facts = new ModelFacts();
        facts.put("family", encoder.family());
        facts.put("layers", number(encoder.layers()));
        facts.put("hidden size", number(encoder.hiddenSize()));
        facts.family(encoder);
        facts.put("vocabulary", encoder.vocabularySize() + " tokens");
        facts.put("longest text", encoder.maxTokens() + " tokens");
        if (encoder.types() > 0) {
            facts.put("token types", number(encoder.types()));
        }
        return facts.facts;
    }

    private void family(EncoderConfig encoder) {
        switch (encoder) {
            case AlbertConfig c -> {
                put("shared weights", c.groups() + " groups of " + c.inner() + " layers");
                put("embedding size", number(c.embeddingSize()));
                blocks(c.heads(), c.intermediateSize(), c.activation(), c.epsilon());
            }
            case BertConfig c -> blocks(c.heads(), c.intermediateSize(), c.activation(), c.epsilon());
            case DebertaV2Config c -> {
                if (c.embeddingSize() != c.hiddenSize()) {
                    put("embedding size", number(c.embeddingSize()));
                }
                blocks(c.heads(), c.intermediateSize(), c.activation(), c.epsilon());
                put("positions", positions(c));
                c.convolution()
                        .ifPresent(conv -> put(
                                "convolution",
                                conv.width() + " tokens wide, " + name(conv.activation())
                                        + (conv.groups() == 1 ? "" : ", " + conv.groups() + " groups of channels")));
            }
            case DistilBertConfig c -> blocks(c.heads(), c.intermediateSize(), c.activation(), 1e-12f);
            case ElectraConfig c -> {
                put("embedding size", number(c.embeddingSize()));
                blocks(c.heads(), c.intermediateSize(), c.activation(), c.epsilon());
            }
            case LlamaConfig c -> {
                blocks(c.heads(), c.intermediateSize(), c.activation(), c.epsilon());
                put("key heads", number(c.keyHeads()) + " of " + c.headSize() + " columns");
                put("attention", "causal" + windows(c.windows()));
                put("positions", rope(c.rope()));
            }
            case ModernBertConfig c -> {
                blocks(c.heads(), c.intermediateSize(), c.activation(), c.epsilon());
                long local = c.local().stream().filter(l -> l).count();
                put("attention", "local in " + local + " of " + c.layers() + " layers, window " + c.window());
                put("positions", rope(c.globalRope()));
                put("pooling", c.head().mean() ? "mean of all tokens" : "first token");
            }
            case MpNetConfig c -> {
                blocks(c.heads(), c.intermediateSize(), c.activation(), c.epsilon());
                put("positions", "absolute and relative, " + c.buckets() + " buckets");
            }
            case NomicBertConfig c -> {
                blocks(c.heads(), c.intermediateSize(), c.activation(), c.epsilon());
                put("positions", rope(c.rope()));
            }
            case RobertaConfig c -> blocks(c.heads(), c.intermediateSize(), c.activation(), c.epsilon());
        }
    }

    private void blocks(int heads, int intermediate, Activation activation, float epsilon) {
        put("heads", number(heads));
        put("feed-forward", number(intermediate) + ", " + name(activation));
        put("epsilon", Float.toString(epsilon));
    }

    private static String positions(DebertaV2Config c) {
        DebertaV2Config.RelativePositions relative = c.positions();
        if (!relative.used()) {
            return c.absolutePositions() ? "absolute" : "none";
        }
        String looks = (relative.contentToPosition() ? "c2p" : "")
                + (relative.contentToPosition() && relative.positionToContent() ? " and " : "")
                + (relative.positionToContent() ? "p2c" : "");
        return (c.absolutePositions() ? "absolute and relative, " : "relative, ")
                + (looks.isEmpty() ? "" : looks + ", ")
                + (relative.buckets() > 0
                        ? relative.buckets() + " buckets up to a distance of " + number(relative.maxDistance())
                        : "each distance up to " + number(relative.maxDistance()));
    }

    private static String rope(Rope rope) {
        return "rotary" + (rope.factor() == 1 ? "" : ", scaled by " + rope.factor());
    }

    /** How far the layers see, where they do not all see everything. */
    private static String windows(List<Integer> windows) {
        TreeMap<Integer, Integer> counts = new TreeMap<>();
        windows.stream().filter(w -> w != Integer.MAX_VALUE).forEach(w -> counts.merge(w, 1, Integer::sum));
        StringBuilder text = new StringBuilder();
        counts.forEach((window, layers) -> text.append(", ")
                .append(layers)
                .append(" layers see ")
                .append(number(window))
                .append(" tokens back"));
        return text.toString();
    }

    /** What the head does with its outputs. */
    static String task(ClassifierConfig classifier) {
        String each =
                switch (classifier.task()) {
                    case SEQUENCES -> "texts";
                    case TOKENS -> "tokens";
                };
        return switch (classifier.outputs()) {
            case ONE_OF -> "classifies " + each + ": one of the labels holds";
            case ANY_OF -> "classifies " + each + ": any of the labels may hold";
            case VALUES -> "gives " + each + " values (regression)";
        };
    }

    private static String name(Activation activation) {
        return switch (activation) {
            case GELU -> "GELU";
            case GELU_TANH -> "GELU (tanh)";
            case RELU -> "ReLU";
            case QUICK_GELU -> "x · sigmoid(1.702 x)";
            case SILU -> "SiLU";
            case TANH -> "tanh";
            case NONE -> "linear";
        };
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private void put(String what, String value) {
        facts.put(what, value);
    }
}
