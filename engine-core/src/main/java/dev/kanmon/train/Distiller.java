package dev.kanmon.train;

import dev.kanmon.Guard;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.config.ClassifierConfig.Task;
import dev.kanmon.kernels.AdamWStep;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.train.model.AdamW;
import dev.kanmon.train.model.Dropout;
import dev.kanmon.train.model.Parameter;
import dev.kanmon.train.model.TrainableModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.SplittableRandom;

/**
 * Makes a guard of a student: it learns from labelled rows, from a teacher's probabilities, or from both (HarmAug, Lee et
 * al. 2024).
 *
 * <p>A run writes into one directory and can be killed at any time: started again with the same rows and options, it goes
 * on from its last checkpoint and comes to the same weights.
 */
public final class Distiller {

    /** Steps that one line of the metrics is about. */
    private static final int STEPS_OF_A_POINT = 10;

    /** Measurements of a run, where nothing else is said. */
    private static final int MEASUREMENTS = 20;

    private static final int LEAST_BETWEEN_MEASUREMENTS = 25;

    /** Labels of a guard: 0 safe, 1 harmful. */
    private static final int LABELS = 2;

    private final TrainableModel model;
    private final TrainOptions options;
    private final Listener listener;
    private final RunFiles files;
    private final Plan plan;
    private final AdamW optimiser;
    private final Validation validation;
    private final long steps;
    private final long measureEvery;
    private final SequencedMap<String, String> identity;
    private Checkpoint state;
    private MetricsFile metrics;
    private double learningRate;
    private double gradientNorm;

    /** Hears how a run goes. All calls come from the thread that runs it. */
    public interface Listener {

        /** Something that a person may want to know, a sentence. */
        default void note(String sentence) {}

        /** A step was done. */
        default void progress(Progress progress) {}

        /** The weights were measured. */
        default void measured(Measurement measurement) {}

        /** Asked after each step: whether to write a checkpoint and end. Must be quick. */
        default boolean stop() {
            return false;
        }
    }

    /**
     * How far a run is.
     *
     * @param step steps that are done
     * @param steps of the whole run
     * @param epoch passes over the rows that are done
     * @param loss mean over the last few steps
     * @param f1 of the last measurement; empty before the first
     * @param textsPerSecond of the last step
     * @param secondsLeft by the steps of this process so far, measurements and checkpoints included
     */
    public record Progress(
            long step,
            long steps,
            double epoch,
            double loss,
            OptionalDouble f1,
            double textsPerSecond,
            double secondsLeft) {}

    /**
     * Runs, or goes on with, a run.
     *
     * @param student the model to start from: whatever {@link dev.kanmon.Guard#load(Path)} loads and can learn, with a head or
     *     without one
     * @param train rows to learn from
     * @param validation rows to measure with; empty to hold some of {@code train} back
     * @param out where everything is written; at the end a Hugging Face directory with the guard
     * @return what came of it
     * @throws IOException if a file cannot be read or written, or {@code out} holds what another run began
     * @throws IllegalArgumentException if options, rows and student do not fit each other
     * @throws IllegalStateException if the loss is no longer a number
     */
    public static Report run(
            Path student,
            List<Example> train,
            List<Example> validation,
            Path out,
            TrainOptions options,
            Listener listener)
            throws IOException {
        Split split = validation.isEmpty() ? Split.of(train, options.watching().share()) : new Split(train, validation);
        if (split.train().isEmpty()) {
            throw new IllegalArgumentException("found no row to learn from, expected at least one");
        }
        KernelChoice kernels = options.kernels().isPresent()
                ? KernelChoice.of(options.kernels().get())
                : KernelChoice.automatic().announceOnce();
        TrainableModel.Setup setup =
                new TrainableModel.Setup(kernels, options.weights(), options.threads(), LABELS, options.seed());
        RunFiles files = RunFiles.open(out);
        try (TrainableModel model = TrainableModel.load(student, setup)) {
            requireOrder(model.files());
            return new Distiller(model, split, files, options, listener).run();
        }
    }

    /** A student that has two labels already keeps them, so the second must be the harmful one. */
    private static void requireOrder(ModelFiles student) throws IOException {
        var head = student.config().classifier();
        if (head.isEmpty() || head.get().labels().size() != LABELS || head.get().task() == Task.TOKENS) {
            return; // it gets a new head, whose labels are named as they should be
        }
        List<String> harmful = Guard.harmfulLabels(student);
        if (harmful.size() != 1 || harmful.getFirst().equals(head.get().labels().getFirst())) {
            throw new IllegalArgumentException(student.source() + ": found the labels "
                    + String.join(", ", head.get().labels())
                    + ", expected two that say 0 is safe and 1 is harmful; name them so in its config.json");
        }
    }

    private Distiller(TrainableModel model, Split split, RunFiles files, TrainOptions options, Listener listener)
            throws IOException {
        this.model = model;
        this.files = files;
        this.options = options;
        this.listener = listener;
        model.notes().forEach(listener::note);
        int modelTokens = model.config().encoder().maxTokens();
        int maxTokens = options.maxTokens().orElse(Math.min(modelTokens, TrainOptions.MOST_TOKENS));
        if (maxTokens > modelTokens) {
            throw new IllegalArgumentException(
                    "rows of " + maxTokens + " tokens were asked for, the model takes at most " + modelTokens);
        }
        List<Lesson> rows = Lesson.of(split.train(), model.tokenizer(), maxTokens);
        List<Lesson> held = Lesson.of(split.validation(), model.tokenizer(), maxTokens);
        listener.note(describe(rows) + (held.isEmpty() ? "" : "; " + held.size() + " held back"));
        plan = new Plan(options.sampling(), rows, options.seed());
        validation = held.isEmpty() ? null : new Validation(options, held);
        steps = options.optimiser()
                .steps()
                .orElseGet(() -> Math.max(1, Math.round(options.optimiser().epochs() * plan.stepsPerEpoch())));
        measureEvery = options.watching()
                .every()
                .orElse(Math.max(LEAST_BETWEEN_MEASUREMENTS, Math.ceilDiv(steps, MEASUREMENTS)));
        for (Parameter parameter : model.parameters()) {
            parameter.freeze(
                    switch (options.freeze()) {
                        case NOTHING -> false;
                        case EMBEDDINGS -> ParameterPart.of(parameter.name()) == ParameterPart.EMBEDDINGS;
                        case ENCODER -> ParameterPart.of(parameter.name()) != ParameterPart.HEAD;
                    });
        }
        int layers = model.config().encoder().layers();
        optimiser = new AdamW(model, parameter -> rate(parameter.name(), layers));
        identity = new LinkedHashMap<>(options.deciding());
        identity.put("rows", Lesson.fingerprint(rows));
        identity.put("validation rows", Lesson.fingerprint(held));
    }

    /** The factor of a parameter's learning rate. */
    private double rate(String name, int layers) {
        TrainOptions.Optimiser o = options.optimiser();
        return ParameterPart.of(name) == ParameterPart.HEAD
                ? o.headLearningRate().orElse(o.learningRate()) / o.learningRate()
                : Math.pow(o.layerDecay(), layers - ParameterPart.layer(name).orElse(-1));
    }

    private static String describe(List<Lesson> rows) {
        long tokens = rows.stream().mapToLong(Lesson::length).sum();
        long harmful = rows.stream().filter(row -> row.example().label() == 1).count();
        long taught =
                rows.stream().filter(row -> row.example().teacher().isPresent()).count();
        return rows.size() + " rows, " + harmful + " of them harmful, " + taught + " with a teacher's probability, "
                + Math.round((double) tokens / rows.size()) + " tokens on average";
    }

    private Report run() throws IOException {
        var before = files.finished(identity);
        if (before.isPresent()) {
            listener.note("this run is done already");
            return before.get();
        }
        state = Checkpoint.restore(files.checkpoint(), identity, model.parameters(), optimiser);
        metrics = MetricsFile.open(files.metrics(), state.step());
        if (state.step() > 0) {
            model.changed();
            listener.note("going on behind step " + state.step() + " of " + steps);
        }
        boolean whole = learn();
        Report report = new Report(
                whole,
                state.step(),
                state.bestStep(),
                state.texts(),
                state.seconds(),
                Report.peakMemory(),
                metrics.measurements());
        if (whole) {
            files.draw(metrics);
            files.finish(model, report, identity);
        }
        return report;
    }

    /** Does steps until the last one, or until somebody wants to stop; says whether it was the last one. */
    private boolean learn() throws IOException {
        long start = System.nanoTime();
        long first = state.step();
        long saved = start;
        while (state.step() < steps && !isStale()) {
            if (listener.stop()) {
                save();
                return false;
            }
            double textsPerSecond = step();
            boolean last = state.step() == steps;
            if (state.step() % STEPS_OF_A_POINT == 0 || last) {
                point(textsPerSecond);
            }
            if (validation != null && (state.step() % measureEvery == 0 || last)) {
                measure();
            }
            long now = System.nanoTime();
            if (!last && isDue(now - saved)) {
                save();
                saved = now;
            }
            double perStep = (now - start) / 1e9 / (state.step() - first);
            listener.progress(new Progress(
                    state.step(),
                    steps,
                    epoch(),
                    recentLoss(),
                    metrics.measurements().isEmpty()
                            ? OptionalDouble.empty()
                            : metrics.measurements().getLast().f1(),
                    textsPerSecond,
                    perStep * (steps - state.step())));
        }
        return true;
    }

    private boolean isStale() {
        int patience = options.watching().patience();
        return patience > 0 && state.stale() >= patience;
    }

    private boolean isDue(long nanos) {
        return nanos >= options.checkpointEvery().toNanos()
                || options.checkpointSteps().isPresent()
                        && state.step() % options.checkpointSteps().getAsLong() == 0;
    }

    /** One step; says how many texts a second it took. */
    private double step() {
        long start = System.nanoTime();
        long step = state.step();
        List<Lesson> rows = plan.step(step);
        Losses losses =
                new Losses(options.loss(), rows.stream().map(Lesson::example).toList());
        model.clearGradients();
        double loss = 0;
        int pass = 0;
        for (List<Lesson> together : Lesson.passes(rows, options.passTokens())) {
            float[][] logits =
                    model.forward(together.stream().map(Lesson::tokens).toList(), dropout(step, pass++));
            float[][] gradients = new float[logits.length][LABELS];
            for (int i = 0; i < logits.length; i++) {
                loss += losses.of(together.get(i).example(), logits[i], gradients[i]);
            }
            if (!Double.isFinite(loss)) {
                throw new IllegalStateException("step " + (step + 1) + ": the loss is " + loss
                        + "; a lower learning rate, or a longer warm-up, may help");
            }
            model.backward(gradients);
        }
        double factor =
                options.optimiser().schedule().factor(step, options.optimiser().warmup(), steps);
        learningRate = options.optimiser().learningRate() * factor;
        gradientNorm = optimiser.step(
                AdamWStep.of(
                        learningRate,
                        options.optimiser().beta1(),
                        options.optimiser().beta2(),
                        options.optimiser().epsilon(),
                        options.optimiser().weightDecay(),
                        step + 1),
                options.optimiser().clip());
        double seconds = (System.nanoTime() - start) / 1e9;
        state = new Checkpoint(
                step + 1,
                state.texts() + rows.size(),
                state.seconds() + seconds,
                state.lossSum() + loss,
                state.lossSteps() + 1,
                state.bestStep(),
                state.bestScore(),
                state.stale());
        return rows.size() / seconds;
    }

    /** Null where nothing is to be dropped. */
    private Dropout dropout(long step, int pass) {
        float chance = (float) options.dropout();
        if (chance == 0) {
            return null;
        }
        long seed =
                new SplittableRandom(new SplittableRandom(options.seed()).nextLong() + (step << 16) + pass).nextLong();
        return new Dropout(chance, chance, chance, seed);
    }

    private double epoch() {
        return (double) state.step() / plan.stepsPerEpoch();
    }

    private double recentLoss() {
        if (state.lossSteps() > 0) {
            return state.lossSum() / state.lossSteps();
        }
        return metrics.points().isEmpty() ? 0 : metrics.points().getLast().loss();
    }

    private void point(double textsPerSecond) throws IOException {
        metrics.add(
                new MetricsFile.Point(state.step(), epoch(), recentLoss(), learningRate, gradientNorm, textsPerSecond));
        state = new Checkpoint(
                state.step(), state.texts(), state.seconds(), 0, 0, state.bestStep(), state.bestScore(), state.stale());
    }

    private void measure() throws IOException {
        Validation.Result result = validation.of(model);
        double score = result.score(options.watching().metric())
                .orElse(-result.loss()); // rows of one class have no ranking: then the loss decides
        boolean best = state.bestStep() == 0 || score > state.bestScore();
        if (best) {
            files.keepBest(model);
        }
        Measurement measurement = Measurement.of(state.step(), epoch(), result, best);
        metrics.add(measurement);
        files.draw(metrics);
        state = new Checkpoint(
                state.step(),
                state.texts(),
                state.seconds(),
                state.lossSum(),
                state.lossSteps(),
                best ? state.step() : state.bestStep(),
                best ? score : state.bestScore(),
                best ? 0 : state.stale() + 1);
        listener.measured(measurement);
    }

    private void save() throws IOException {
        state.write(files.checkpoint(), identity, model.parameters(), optimiser);
    }
}
