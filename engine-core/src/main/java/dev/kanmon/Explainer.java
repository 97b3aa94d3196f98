package dev.kanmon;

import dev.kanmon.engine.Model;
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
import dev.kanmon.explain.Occlusion;
import dev.kanmon.explain.ReadText;
import dev.kanmon.tokenizer.Tokenizer;
import java.util.List;
import java.util.OptionalInt;

/** Explains a guard's verdicts. Safe to share between threads. */
final class Explainer {

    /** Words that occlusion tries one by one. */
    private static final int MAX_TRIES = 96;

    /** Tokens that say nothing, the best first: families have been trained on masks as holes in a text. */
    private static final List<String> NOTHING =
            List.of("[MASK]", "<mask>", "[PAD]", "<pad>", "<|endoftext|>", "<|end_of_text|>", "</s>", "[UNK]", "<unk>");

    private final String source;
    private final Model model;
    private final Judge judge;
    private final Tokenizer tokenizer;

    Explainer(String source, Model model, Judge judge, Tokenizer tokenizer) {
        this.source = source;
        this.model = model;
        this.judge = judge;
        this.tokenizer = tokenizer;
    }

    Explanation explain(Exchange exchange, Verdict verdict) {
        ReadText text = ReadText.of(
                exchange, decisive(verdict), tokenizer, model.config().encoder().limit());
        return new Occlusion(model, this::logOdds, nothing()).explain(text, MAX_TRIES);
    }

    /** The window that is most harmful, the first of several. */
    private static Verdict.Window decisive(Verdict verdict) {
        Verdict.Window decides = verdict.windows().getFirst();
        for (Verdict.Window window : verdict.windows()) {
            decides = window.probability() > decides.probability() ? window : decides;
        }
        return decides;
    }

    private double logOdds(float[] logits) {
        return judge.logOdds(logits, judge.temperature());
    }

    /** Not the padding of families that look for it: it would move positions, or the token that is classified. */
    private int nothing() {
        EncoderConfig encoder = model.config().encoder();
        int padding =
                switch (encoder) {
                    case RobertaConfig roberta -> roberta.padding();
                    case MpNetConfig _ -> MpNetConfig.PADDING;
                    case LlamaConfig llama -> llama.padding();
                    case AlbertConfig _,
                            BertConfig _,
                            DebertaV2Config _,
                            DistilBertConfig _,
                            ElectraConfig _,
                            ModernBertConfig _,
                            NomicBertConfig _ -> -1;
                };
        for (String token : NOTHING) {
            OptionalInt id = tokenizer.id(token);
            if (id.isPresent() && id.getAsInt() != padding && id.getAsInt() < encoder.vocabularySize()) {
                return id.getAsInt();
            }
        }
        throw new IllegalStateException(source + ": the tokenizer has no token that says nothing, expected one of "
                + String.join(", ", NOTHING));
    }
}
