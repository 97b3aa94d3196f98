package dev.kanmon.train;

import dev.kanmon.kernels.WeightType;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * How a guard learns. Immutable; start from {@link #defaults()}, which are HarmAug's (Lee et al. 2024) where that paper
 * says something, and change what matters.
 *
 * @param loss what is made small
 * @param optimiser how weights move
 * @param sampling which rows a step sees
 * @param watching how the run is measured on the way, and when it ends early
 * @param freeze what stays as the student had it
 * @param dropout chance that a number is dropped, everywhere in the model where Hugging Face's models drop some
 * @param maxTokens tokens of a row, special tokens included, longer ones are cut (longest text first); empty for what
 *     the model takes, at most {@value #MOST_TOKENS}
 * @param passTokens tokens of one pass forwards and backwards at most (a longer row goes alone): a step of more is done in
 *     several passes whose gradients are added, which bounds the memory
 * @param weights how matrices are rounded for products: F32, or BF16 for mixed precision
 * @param kernels name of the kernels; empty for the fastest here
 * @param threads to compute with
 * @param seed of everything that is left to chance
 * @param checkpointEvery time between checkpoints
 * @param checkpointSteps steps between checkpoints, beside those by time; empty for none
 */
public record TrainOptions(
        Loss loss,
        Optimiser optimiser,
        Sampling sampling,
        Watching watching,
        Freeze freeze,
        double dropout,
        OptionalInt maxTokens,
        int passTokens,
        WeightType weights,
        Optional<String> kernels,
        int threads,
        long seed,
        Duration checkpointEvery,
        OptionalLong checkpointSteps) {

    /** The longest row where nothing else is said. */
    public static final int MOST_TOKENS = 512;

    /** What stays as the student had it. */
    public enum Freeze {
        /** Nothing. */
        NOTHING,
        /** The tables of embeddings and what normalises them. */
        EMBEDDINGS,
        /** Everything but the head (pooler and classifier). */
        ENCODER
    }

    /**
     * What is made small, on the two logits of a row. A row that lacks the label, or the teacher's probability, is learned
     * from with what it has.
     *
     * @param kind the formula
     * @param smoothing share of a label that is spread over both classes, as torch's {@code label_smoothing}
     * @param safeWeight of the loss of safe rows in cross-entropy and focal loss
     * @param harmfulWeight of that of harmful ones
     * @param focus the focal loss's γ: how much less a row counts that the model is sure of
     */
    public record Loss(Kind kind, double smoothing, double safeWeight, double harmfulWeight, double focus) {

        /** The formula. */
        public enum Kind {
            /** Cross-entropy with the labels. */
            CE,
            /** Kullback-Leibler divergence from the teacher's probabilities. */
            KL,
            /** Half of each (HarmAug). */
            CE_KL,
            /** Focal loss with the labels (Lin et al. 2017, equation 5). */
            FOCAL
        }

        public Loss {
            Objects.requireNonNull(kind, "kind");
            atLeast("label smoothing", smoothing, 0);
            if (smoothing >= 1 || smoothing > 0 && kind == Kind.FOCAL) {
                throw new IllegalArgumentException("label smoothing: found " + smoothing
                        + ", expected less than 1, and 0 with the focal loss, which has none");
            }
            above("weight of the safe class", safeWeight, 0);
            above("weight of the harmful class", harmfulWeight, 0);
            atLeast("focus", focus, 0);
        }
    }

    /**
     * AdamW (Loshchilov and Hutter 2019) with torch's arithmetic.
     *
     * @param learningRate at its height
     * @param headLearningRate the head's; empty for the same
     * @param layerDecay factor of the learning rate for each layer further from the head: of {@code L} layers, layer
     *     {@code i} from 0 on has it {@code L - i} times, the embeddings {@code L + 1} times
     * @param weightDecay of matrices; biases and normalisations have none
     * @param beta1 memory of the mean gradient
     * @param beta2 memory of its square
     * @param epsilon added to the root of that
     * @param clip norm of all gradients together from which on they are made shorter; 0 for never
     * @param schedule of the learning rate
     * @param warmup steps until the learning rate is at its height
     * @param epochs passes over the rows, where {@code steps} is empty
     * @param steps how many; empty for as many as {@code epochs} take
     */
    public record Optimiser(
            double learningRate,
            OptionalDouble headLearningRate,
            double layerDecay,
            double weightDecay,
            double beta1,
            double beta2,
            double epsilon,
            double clip,
            Schedule schedule,
            int warmup,
            double epochs,
            OptionalLong steps) {

        public Optimiser {
            Objects.requireNonNull(schedule, "schedule");
            above("learning rate", learningRate, 0);
            if (headLearningRate.isPresent()) {
                above("learning rate of the head", headLearningRate.getAsDouble(), 0);
            }
            above("layer decay", layerDecay, 0);
            atLeast("weight decay", weightDecay, 0);
            atLeast("beta1", beta1, 0);
            atLeast("beta2", beta2, 0);
            if (beta1 >= 1 || beta2 >= 1) {
                throw new IllegalArgumentException("betas: found " + beta1 + " and " + beta2 + ", expected below 1");
            }
            above("epsilon", epsilon, 0);
            atLeast("clip", clip, 0);
            atLeast("warm-up", warmup, 0);
            above("epochs", epochs, 0);
            if (steps.isPresent()) {
                atLeast("steps", steps.getAsLong(), 1);
            }
        }
    }

    /**
     * Which rows a step sees.
     *
     * @param batch rows of a batch
     * @param accumulation batches of a step
     * @param byClass whether both classes are seen equally often
     * @param bySource whether the shares of sources are evened out
     * @param power a source of {@code n} rows is seen in proportion to {@code n^power}: 1 as they are, 0 all alike
     * @param sourceWeights factors of the shares of sources, by their names
     * @param pool batches that are made together: their rows are sorted by length first, so that a batch has rows of like
     *     length; 1 for batches of rows as they come
     */
    public record Sampling(
            int batch,
            int accumulation,
            boolean byClass,
            boolean bySource,
            double power,
            Map<String, Double> sourceWeights,
            int pool) {

        public Sampling {
            atLeast("batch", batch, 1);
            atLeast("accumulation", accumulation, 1);
            atLeast("power of the sources", power, 0);
            atLeast("pool", pool, 1);
            sourceWeights = Map.copyOf(sourceWeights);
            sourceWeights.forEach((source, weight) -> atLeast("weight of source " + source, weight, 0));
        }

        /** Whether rows are drawn by shares; else each is seen once an epoch. */
        boolean weighted() {
            return byClass || bySource || !sourceWeights.isEmpty();
        }
    }

    /**
     * How the run is measured on the way.
     *
     * @param share of the rows that are held back for it, chosen by a hash of their instruction, where no others are given
     * @param every steps between measurements; empty for twenty in a run, at least 25 steps apart
     * @param metric that says which weights are the best
     * @param patience measurements without a better one after which the run ends; 0 for never
     */
    public record Watching(double share, OptionalLong every, Metric metric, int patience) {

        /** What says which weights are the best. */
        public enum Metric {
            /** Average precision. */
            AUPRC,
            /** F1 at probability 0.5. */
            F1,
            /** The loss. */
            LOSS
        }

        public Watching {
            Objects.requireNonNull(metric, "metric");
            atLeast("validation share", share, 0);
            if (share >= 1) {
                throw new IllegalArgumentException("validation share: found " + share + ", expected less than 1");
            }
            if (every.isPresent()) {
                atLeast("steps between measurements", every.getAsLong(), 1);
            }
            atLeast("patience", patience, 0);
        }
    }

    public TrainOptions {
        Objects.requireNonNull(loss, "loss");
        Objects.requireNonNull(optimiser, "optimiser");
        Objects.requireNonNull(sampling, "sampling");
        Objects.requireNonNull(watching, "watching");
        Objects.requireNonNull(freeze, "freeze");
        Objects.requireNonNull(weights, "weights");
        Objects.requireNonNull(kernels, "kernels");
        atLeast("dropout", dropout, 0);
        if (dropout >= 1) {
            throw new IllegalArgumentException("dropout: found " + dropout + ", expected less than 1");
        }
        if (maxTokens.isPresent()) {
            atLeast("tokens of a row", maxTokens.getAsInt(), 1);
        }
        atLeast("tokens of a pass", passTokens, 1);
        atLeast("threads", threads, 1);
        if (checkpointEvery.isNegative() || checkpointEvery.isZero()) {
            throw new IllegalArgumentException(
                    "time between checkpoints: found " + checkpointEvery + ", expected more than none");
        }
        if (checkpointSteps.isPresent()) {
            atLeast("steps between checkpoints", checkpointSteps.getAsLong(), 1);
        }
    }

    private static void atLeast(String what, double value, double least) {
        if (!(value >= least && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    what + ": found " + number(value) + ", expected at least " + number(least));
        }
    }

    private static void above(String what, double value, double bound) {
        if (!(value > bound && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    what + ": found " + number(value) + ", expected more than " + number(bound));
        }
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    /**
     * Half of cross-entropy and half of the teacher, AdamW at 3e-5, three epochs in batches of 32, one thread, f32, a
     * twentieth of the rows held back.
     */
    public static TrainOptions defaults() {
        return new TrainOptions(
                new Loss(Loss.Kind.CE_KL, 0, 1, 1, 2),
                new Optimiser(
                        3e-5,
                        OptionalDouble.empty(),
                        1,
                        0.1,
                        0.9,
                        0.999,
                        1e-8,
                        1,
                        Schedule.LINEAR,
                        100,
                        3,
                        OptionalLong.empty()),
                new Sampling(32, 1, false, false, 0.5, Map.of(), 1),
                new Watching(0.05, OptionalLong.empty(), Watching.Metric.AUPRC, 0),
                Freeze.NOTHING,
                0.1,
                OptionalInt.empty(),
                4096,
                WeightType.F32,
                Optional.empty(),
                1,
                42,
                Duration.ofMinutes(5),
                OptionalLong.empty());
    }

    /** What decides about the weights that come out, by name: two runs that are to be one must have the same. */
    SequencedMap<String, String> deciding() {
        SequencedMap<String, Object> all = new LinkedHashMap<>();
        all.put("loss", loss.kind);
        all.put("label smoothing", loss.smoothing);
        all.put("weight of the safe class", loss.safeWeight);
        all.put("weight of the harmful class", loss.harmfulWeight);
        all.put("focus", loss.focus);
        all.put("learning rate", optimiser.learningRate);
        all.put("learning rate of the head", optimiser.headLearningRate.orElse(optimiser.learningRate));
        all.put("layer decay", optimiser.layerDecay);
        all.put("weight decay", optimiser.weightDecay);
        all.put("betas", optimiser.beta1 + ", " + optimiser.beta2);
        all.put("epsilon", optimiser.epsilon);
        all.put("clip", optimiser.clip);
        all.put("schedule", optimiser.schedule);
        all.put("warm-up", optimiser.warmup);
        all.put("steps", optimiser.steps.isPresent() ? optimiser.steps.getAsLong() : optimiser.epochs + " epochs");
        all.put("batch", sampling.batch);
        all.put("accumulation", sampling.accumulation);
        all.put("balance by class", sampling.byClass);
        all.put("balance by source", sampling.bySource);
        all.put("power of the sources", sampling.power);
        all.put("weights of the sources", new TreeMap<>(sampling.sourceWeights));
        all.put("pool", sampling.pool);
        all.put("steps between measurements", watching.every.isPresent() ? watching.every.getAsLong() : "by default");
        all.put("metric", watching.metric);
        all.put("patience", watching.patience);
        all.put("freeze", freeze);
        all.put("dropout", dropout);
        all.put("tokens of a row", maxTokens.isPresent() ? maxTokens.getAsInt() : "by default");
        all.put("tokens of a pass", passTokens);
        all.put("weights", weights.spelling());
        all.put("seed", seed);
        SequencedMap<String, String> texts = new LinkedHashMap<>();
        all.forEach((name, value) -> texts.put(name, value.toString()));
        return texts;
    }
}
