package dev.kanmon;

import dev.kanmon.Explanation.Method;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.config.AlbertConfig;
import dev.kanmon.engine.config.BertConfig;
import dev.kanmon.engine.config.DebertaV2Config;
import dev.kanmon.engine.config.DistilBertConfig;
import dev.kanmon.engine.config.ElectraConfig;
import dev.kanmon.engine.config.LlamaConfig;
import dev.kanmon.engine.config.ModernBertConfig;
import dev.kanmon.engine.config.MpNetConfig;
import dev.kanmon.engine.config.NomicBertConfig;
import dev.kanmon.engine.config.RobertaConfig;
import dev.kanmon.engine.encoder.Parallel;
import dev.kanmon.explain.IntegratedGradients;
import dev.kanmon.explain.IntegratedGradients.Precision;
import dev.kanmon.explain.Occlusion;
import dev.kanmon.explain.ReadText;
import dev.kanmon.tokenizer.Tokenizer;
import dev.kanmon.train.model.EmbeddingGradients;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Explains a guard's verdicts: by integrated gradients where there is a way back through the model, else by occlusion.
 * Safe to share between threads, which take turns at the way back; it is made when it is first needed.
 */
final class Explainer implements AutoCloseable {

    /** Words that occlusion tries one by one. */
    private static final int MAX_TRIES = 96;

    private static final Precision PRECISION = new Precision(0.02, 96);

    /** Log-odds that stand for infinite ones, which a regression has where it says 0 or 1: those of one in a million. */
    private static final double CERTAIN = Math.log(999_999);

    /** Tokens that stand for a hole in a text, the best first; where there is none, one that is in no text will do. */
    private static final List<String> HOLES =
            List.of("[MASK]", "<mask>", "[PAD]", "<pad>", "<|endoftext|>", "<|end_of_text|>", "</s>", "[UNK]", "<unk>");

    /**
     * Tokens whose embedding says nothing, the best first. A mask's says that there is a word: from there, gradients find
     * the words of harmful texts hardly better than chance does, from padding better than occlusion (bench/run explain).
     */
    private static final List<String> BLANKS =
            List.of("[PAD]", "<pad>", "<|endoftext|>", "<|end_of_text|>", "[MASK]", "<mask>", "</s>", "[UNK]", "<unk>");

    private final Model model;
    private final ModelFiles files;
    private final Judge judge;
    private final Tokenizer tokenizer;
    private final Watch watch;
    private final boolean goesBack;
    private final ReentrantLock turn = new ReentrantLock();
    private EmbeddingGradients gradients;
    private volatile boolean closed;

    /** @param files the model's, which it closes */
    Explainer(Model model, ModelFiles files, Judge judge, Tokenizer tokenizer, Watch watch) {
        this.model = model;
        this.files = files;
        this.judge = judge;
        this.tokenizer = tokenizer;
        this.watch = watch;
        goesBack = judge.isSmooth() && files.packed().isEmpty() && !endsInConvolution();
    }

    /** Training has no way back through a convolution that is behind the only layer. */
    private boolean endsInConvolution() {
        return model.config().encoder() instanceof DebertaV2Config deberta
                && deberta.convolution().isPresent()
                && deberta.layers() == 1;
    }

    Explanation explain(Exchange exchange, Verdict verdict) {
        if (goesBack) {
            return explain(exchange, verdict, Method.INTEGRATED_GRADIENTS);
        }
        Explanation explanation = explain(exchange, verdict, Method.OCCLUSION);
        watch.fallback(GuardListener.Fallback.Kind.OCCLUSION);
        return explanation;
    }

    /** @throws IllegalArgumentException if there is no way back through the model, and {@code method} needs one */
    Explanation explain(Exchange exchange, Verdict verdict, Method method) {
        if (method == Method.INTEGRATED_GRADIENTS && !goesBack) {
            throw new IllegalArgumentException(files.source() + ": " + method.spelling()
                    + " need weights that are not packed, a classifier that is no regression, and no convolution behind"
                    + " an only layer; "
                    + Method.OCCLUSION.spelling() + " explains every guard");
        }
        return model.whileOpen(check -> {
            ReadText text = ReadText.of(
                    exchange,
                    decisive(verdict),
                    tokenizer,
                    model.config().encoder().limit());
            return switch (method) {
                case INTEGRATED_GRADIENTS -> takingTurns(check, text);
                case OCCLUSION -> new Occlusion(model, this::logOdds, hole()).explain(text, MAX_TRIES);
            };
        });
    }

    private Explanation takingTurns(Runnable check, ReadText text) {
        turn.lock();
        try {
            check.run();
            if (gradients == null) {
                gradients =
                        EmbeddingGradients.of(files, model.options().kernels().kernels(), this::threads);
            }
            return new IntegratedGradients(gradients, this::logOdds, judge::slopes, first(BLANKS, -1), check, PRECISION)
                    .explain(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            turn.unlock();
            if (closed) {
                close();
            }
        }
    }

    private Parallel threads() {
        Model.Options options = model.options();
        return Parallel.of(options.executor(), options.threads(), options.threads());
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
        double found = judge.logOdds(logits, judge.temperature());
        return judge.isSmooth() ? found : Math.clamp(found, -CERTAIN, CERTAIN);
    }

    /** What occlusion puts in a word's place: not the padding of families that look for it, which would move others. */
    private int hole() {
        int padding =
                switch (model.config().encoder()) {
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
        return first(HOLES, padding);
    }

    private int first(List<String> tokens, int not) {
        for (String token : tokens) {
            OptionalInt id = tokenizer.id(token);
            if (id.isPresent()
                    && id.getAsInt() != not
                    && id.getAsInt() < model.config().encoder().vocabularySize()) {
                return id.getAsInt();
            }
        }
        throw new IllegalStateException(files.source()
                + ": the tokenizer has no token that says nothing, expected one of " + String.join(", ", tokens));
    }

    /** Lets go of the way back, now or when who is on it has come off. */
    @Override
    public void close() {
        closed = true;
        if (turn.tryLock()) {
            try {
                if (gradients != null) {
                    gradients.close();
                    gradients = null;
                }
            } finally {
                turn.unlock();
            }
        }
    }
}
