package dev.kanmon;

import dev.kanmon.GuardListener.Fallback;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.batch.Windows;
import dev.kanmon.engine.config.ClassifierConfig;
import dev.kanmon.engine.config.ClassifierConfig.Task;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Says how likely an exchange with a language model is harmful.
 *
 * <p>A guard is immutable and safe to share between any number of threads; a verdict does not depend on what
 * else is being checked at the time, down to the last bit. {@link #close()} gives the model's memory back.
 *
 * {@snippet class="dev.kanmon.GuardExample" region="guard"}
 */
public final class Guard implements Checker {

    private final String source;
    private final Model model;
    private final Windows windows;
    private final Joining joining;
    private final Optional<JsonObject> sidecarJson;
    private final Sidecar sidecar;
    private final Optional<String> policy;
    private final Judge judge;
    private final Watch watch;
    private final Explainer explainer;

    private Guard(KernelChoice kernels, ModelFiles files, GuardOptions options) throws IOException {
        source = files.source();
        watch = new Watch(source, options.listener());
        try {
            files.requireWeights(options.weights().map(WeightPlan::type));
        } catch (IllegalArgumentException e) {
            files.close();
            throw e;
        }
        model = Model.load(
                files,
                new Model.Options(
                        kernels,
                        options.weights().orElse(WeightPlan.of(WeightType.F32)),
                        options.threads(),
                        options.executor()));
        try {
            ClassifierConfig classifier = files.config()
                    .classifier()
                    .orElseThrow(() -> ModelFormatException.in(
                            source, "this is a bare encoder; a guard needs a sequence classification head"));
            if (classifier.task() == Task.TOKENS) {
                throw ModelFormatException.in(
                        source, "this model classifies tokens; a guard needs a sequence classification head");
            }
            sidecarJson = files.sidecar();
            sidecar = Sidecar.read(sidecarJson);
            policy = options.policy().name();
            judge = new Judge(classifier, options.policy(), sidecar, source);
            joining = options.windows().joining();
            Tokenizer tokenizer = files.tokenizer();
            windows = new Windows(
                    tokenizer, options.windows(), files.config().encoder().maxTokens());
            explainer = new Explainer(model, files, judge, tokenizer, watch);
        } catch (IOException | RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    /** Chosen before any file is opened, so that a wish that cannot be met leaves nothing to close. */
    private static KernelChoice kernels(GuardOptions options) {
        return options.kernels().isPresent()
                ? KernelChoice.of(options.kernels().get())
                : KernelChoice.automatic().announceOnce();
    }

    /**
     * Loads a guard with {@link GuardOptions#defaults()}.
     *
     * @see #load(Path, GuardOptions)
     */
    public static Guard load(Path model) throws IOException {
        return load(model, GuardOptions.defaults());
    }

    /**
     * Loads a guard.
     *
     * @param model a Hugging Face directory ({@code config.json}, {@code model.safetensors} whole or in shards,
     *     {@code tokenizer.json} or {@code vocab.txt}), or a GGUF file that carries all three
     * @throws ModelFormatException if a file is malformed or missing; the message names file, place and rule
     * @throws IOException if a file cannot be read
     * @throws IllegalArgumentException if the options do not fit the model, or it cannot be known which of its
     *     labels are harmful
     */
    public static Guard load(Path model, GuardOptions options) throws IOException {
        return load(Objects.requireNonNull(model, "model").toString(), () -> ModelFiles.open(model), options);
    }

    /**
     * The guard that comes with Kanmon, with {@link GuardOptions#defaults()}: a small one for English, see its card
     * {@code META-INF/kanmon/models/guard-small-en.md} beside it.
     *
     * @throws IllegalStateException if its artifact is not on the class path
     */
    public static Guard bundled() throws IOException {
        return bundled(GuardOptions.defaults());
    }

    /**
     * The guard that comes with Kanmon.
     *
     * @throws IllegalStateException if its artifact is not on the class path
     */
    public static Guard bundled(GuardOptions options) throws IOException {
        return load(BundledModel.NAME, BundledModel::open, options);
    }

    @FunctionalInterface
    interface Opening {
        ModelFiles open() throws IOException;
    }

    private static Guard load(String model, Opening files, GuardOptions options) throws IOException {
        return load(model, () -> kernels(options), files, options);
    }

    /** With kernels of whatever origin. */
    static Guard load(String model, Supplier<KernelChoice> choice, Opening files, GuardOptions options)
            throws IOException {
        Watch.Loading loading = new Watch(model, options.listener()).loading();
        try {
            KernelChoice kernels = choice.get();
            Guard guard = new Guard(kernels, files.open(), options);
            loading.done(guard);
            if (!kernels.curable().isEmpty()) {
                guard.watch.fallback(Fallback.Kind.KERNELS);
            }
            return guard;
        } catch (IOException | RuntimeException | Error e) {
            loading.failed(e);
            throw e;
        }
    }

    @Override
    public List<Verdict> checkAll(List<? extends Exchange> exchanges) {
        return checkAll(exchanges, model::logits);
    }

    /** The same by another way from sequences to logits, which gives the same bits. */
    List<Verdict> checkAll(List<? extends Exchange> exchanges, Function<List<TokenSequence>, List<float[]>> logitsOf) {
        Watch.Call call = watch.call();
        try {
            List<Verdict> verdicts = judge(exchanges, logitsOf, call);
            call.done(verdicts);
            return verdicts;
        } catch (RuntimeException | Error e) {
            call.failed(e);
            throw e;
        }
    }

    private List<Verdict> judge(
            List<? extends Exchange> exchanges,
            Function<List<TokenSequence>, List<float[]>> logitsOf,
            Watch.Call call) {
        List<Windows.Cut> cuts = new ArrayList<>(exchanges.size());
        List<TokenSequence> sequences = new ArrayList<>(exchanges.size());
        for (Exchange exchange : exchanges) {
            Windows.Cut cut = windows.cut(exchange.instruction(), exchange.response());
            cuts.add(cut);
            cut.windows().forEach(window -> sequences.add(window.tokens()));
        }
        List<float[]> logits = logitsOf.apply(sequences);
        List<Verdict> verdicts = new ArrayList<>(cuts.size());
        Duration elapsed = call.elapsed();
        int from = 0;
        for (Exchange exchange : exchanges) {
            Windows.Cut cut = cuts.get(verdicts.size());
            int to = from + cut.windows().size();
            verdicts.add(verdict(exchange, cut, logits.subList(from, to), elapsed));
            from = to;
        }
        return verdicts;
    }

    /**
     * Judges a text while it is being written.
     *
     * @param instruction what the text is the reply to; empty where the text is an instruction itself
     * @param options when to judge, and when to stop
     * @return a stream for one thread at a time; closing it frees what it keeps
     */
    public GuardStream stream(String instruction, StreamOptions options) {
        return new GuardStream(this, model.continuation(), instruction, options);
    }

    /** The tokens of a text by itself, without special tokens. */
    int countTokens(String text) {
        return windows.countTokens(text);
    }

    private Verdict verdict(Exchange exchange, Windows.Cut cut, List<float[]> logits, Duration elapsed) {
        List<Verdict.Window> judged = new ArrayList<>(cut.windows().size());
        double[] probabilities = new double[cut.windows().size()];
        int decides = 0;
        for (int i = 0; i < cut.windows().size(); i++) {
            Windows.Window window = cut.windows().get(i);
            double probability = judge.probability(finite(logits.get(i)));
            probabilities[i] = probability;
            judged.add(new Verdict.Window(
                    window.instruction(), window.response(), window.tokens().length(), probability));
            if (probability > judged.get(decides).probability()) {
                decides = i;
            }
        }
        return new Verdict(
                joining.join(probabilities),
                boxed(logits.get(decides)),
                judge.threshold(),
                cut.tokens(),
                judged,
                cut.truncated(),
                cut.incomplete(),
                elapsed,
                new Verdict.Origin(this, exchange));
    }

    /** A guard must not call something harmless because its numbers broke down. */
    private float[] finite(float[] logits) {
        for (float logit : logits) {
            if (!Float.isFinite(logit)) {
                throw new IllegalStateException(source + ": the model answered " + logit + ", expected a finite logit");
            }
        }
        return logits;
    }

    private static List<Double> boxed(float[] values) {
        List<Double> list = new ArrayList<>(values.length);
        for (float value : values) {
            list.add((double) value);
        }
        return list;
    }

    /** Whom to tell what this guard, and what is built on it, does. */
    Watch watch() {
        return watch;
    }

    /**
     * The labels that a guard of this model would count as harmful, without loading it.
     *
     * @param files stays the caller's
     * @return their names; empty for a model that classifies no sequences, or where it cannot be known
     * @throws ModelFormatException if the sidecar is malformed
     * @throws IOException if it cannot be read
     * @throws IllegalArgumentException if the sidecar names a label that the model does not have
     */
    public static List<String> harmfulLabels(ModelFiles files) throws IOException {
        Optional<ClassifierConfig> classifier = files.config().classifier();
        if (classifier.isEmpty() || classifier.get().task() == Task.TOKENS) {
            return List.of();
        }
        Policy policy = Sidecar.read(files.sidecar()).policy();
        boolean named = classifier.get().named() || !policy.labels().isEmpty();
        List<String> labels = policy.labels().isEmpty() ? classifier.get().labels() : policy.labels();
        return HarmfulLabels.search(labels, named, policy.harmful(), files.source())
                .map(positions -> Arrays.stream(positions).mapToObj(labels::get).toList())
                .orElse(List.of());
    }

    /** What {@link Verdict#explain} asks. */
    Explainer explainer() {
        return explainer;
    }

    /** What the model's sidecar says, for tools that write another one; empty if it has none. */
    public Optional<JsonObject> sidecar() {
        return sidecarJson;
    }

    /** Where a cascade with this guard as the small one asks the large one, as the sidecar has it. */
    Optional<Cascade.Calibrated> cascade() {
        return sidecar.cascade();
    }

    /**
     * What logits mean at a temperature, for calibration.
     *
     * @param logits as {@link Verdict#logits} gives them
     * @param temperature above 0; a regression's values know none, and it changes nothing
     * @return the natural logarithm of P / (1 - P), P being the probability of harm; infinite where P is 0 or 1
     */
    public double logOdds(List<Double> logits, double temperature) {
        if (logits.size() != judge.labels().size() || !(temperature > 0)) {
            throw new IllegalArgumentException("found " + logits.size() + " logits and the temperature " + temperature
                    + ", expected " + judge.labels().size() + " and a number above 0");
        }
        float[] values = new float[logits.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = logits.get(i).floatValue();
        }
        return judge.logOdds(values, temperature);
    }

    /** What this guard runs on. */
    public GuardInfo info() {
        return new GuardInfo(
                source,
                model.config().encoder().family(),
                judge.labels(),
                judge.harmfulLabels(),
                judge.threshold(),
                policy,
                sidecar.policies(),
                judge.temperature(),
                windows.maxTokens(),
                model.parameters(),
                model.options().weights().type(),
                model.matrices(),
                model.options().kernels().kernels().name(),
                model.options().kernels().kernels().description(),
                model.options().kernels().notChosen(),
                model.options().threads(),
                model.unusedTensors());
    }

    /**
     * Gives the model's memory back. Calls that are under way on other threads end with an
     * {@link IllegalStateException}, and so does every later one. Idempotent; any thread may call it.
     */
    @Override
    public void close() {
        model.close();
        explainer.close();
    }
}
