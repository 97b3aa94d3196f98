package dev.kanmon.cli;

import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.train.Example;
import dev.kanmon.train.Schedule;
import dev.kanmon.train.TrainOptions;
import dev.kanmon.train.TrainOptions.Freeze;
import dev.kanmon.train.TrainOptions.Loss;
import dev.kanmon.train.TrainOptions.Watching.Metric;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a guard learns, as options of the command line. */
final class TrainingArguments {

    private static final String BALANCED = "balanced";
    private static final String CLASS = "class";
    private static final String SOURCE = "source";

    @Mixin
    private ComputeOptions compute;

    @Option(
            names = "--loss",
            paramLabel = "NAME",
            description = "What is made small: ce, kl, ce+kl (half of each) or focal (default: ${DEFAULT-VALUE}).",
            defaultValue = "ce+kl")
    private String loss;

    @Option(
            names = "--label-smoothing",
            paramLabel = "S",
            description = "Share of a label spread over both classes (default: 0).",
            defaultValue = "0")
    private double smoothing;

    @Option(
            names = "--class-weights",
            paramLabel = "SAFE,HARMFUL|balanced",
            description = "Weights of the classes in ce and focal; balanced: by how rare they are (default: 1,1).",
            defaultValue = "1,1")
    private String classWeights;

    @Option(
            names = "--focus",
            paramLabel = "G",
            description = "The focal loss's gamma (default: ${DEFAULT-VALUE}).",
            defaultValue = "2")
    private double focus;

    @Option(names = "--steps", paramLabel = "N", description = "Steps of the run, in place of --epochs.")
    private Long steps;

    @Option(
            names = "--epochs",
            paramLabel = "E",
            description = "Passes over the rows (default: ${DEFAULT-VALUE}).",
            defaultValue = "3")
    private double epochs;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Rows of a batch (default: ${DEFAULT-VALUE}).",
            defaultValue = "32")
    private int batch;

    @Option(
            names = "--accumulate",
            paramLabel = "N",
            description = "Batches of a step (default: ${DEFAULT-VALUE}).",
            defaultValue = "1")
    private int accumulation;

    @Option(
            names = "--learning-rate",
            paramLabel = "R",
            description = "At its height (default: ${DEFAULT-VALUE}).",
            defaultValue = "3e-5")
    private double learningRate;

    @Option(
            names = "--head-learning-rate",
            paramLabel = "R",
            description = "Of pooler and classifier (default: the same).")
    private Double headLearningRate;

    @Option(
            names = "--layer-decay",
            paramLabel = "D",
            description = "Factor of the learning rate for each layer further from the head (default: 1).",
            defaultValue = "1")
    private double layerDecay;

    @Option(
            names = "--weight-decay",
            paramLabel = "D",
            description = "AdamW's, of matrices only (default: ${DEFAULT-VALUE}).",
            defaultValue = "0.1")
    private double weightDecay;

    @Option(
            names = "--schedule",
            paramLabel = "NAME",
            description = "Of the learning rate: linear, cosine or constant (default: ${DEFAULT-VALUE}).",
            defaultValue = "linear")
    private String schedule;

    @Option(
            names = "--warmup",
            paramLabel = "N",
            description = "Steps until the learning rate is at its height (default: ${DEFAULT-VALUE}).",
            defaultValue = "100")
    private int warmup;

    @Option(
            names = "--clip",
            paramLabel = "N",
            description = "Largest norm of the gradients; 0: any (default: ${DEFAULT-VALUE}).",
            defaultValue = "1")
    private double clip;

    @Option(
            names = "--dropout",
            paramLabel = "P",
            description = "Chance that a number is dropped (default: ${DEFAULT-VALUE}).",
            defaultValue = "0.1")
    private double dropout;

    @Option(
            names = "--balance",
            paramLabel = "class,source",
            split = ",",
            description = "Draw both classes equally often, sources more evenly, or both.")
    private List<String> balance = List.of();

    @Option(
            names = "--balance-power",
            paramLabel = "P",
            description = "With --balance source: n rows are drawn like n^P; 1 as they are, 0 all sources alike"
                    + " (default: ${DEFAULT-VALUE}).",
            defaultValue = "0.5")
    private double power;

    @Option(
            names = "--source-weight",
            paramLabel = "NAME=W",
            description = "Draw rows of this source W times as often; repeatable.")
    private Map<String, Double> sourceWeights = new TreeMap<>();

    @Option(
            names = "--length-pool",
            paramLabel = "N",
            description = "Sort the rows of N batches by length before they are cut (default: ${DEFAULT-VALUE}).",
            defaultValue = "1")
    private int pool;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            description = "Cut longer rows, the longest text first (default: what the model takes, at most "
                    + TrainOptions.MOST_TOKENS + ").")
    private Integer maxTokens;

    @Option(
            names = "--pass-tokens",
            paramLabel = "N",
            description = "Do steps of more tokens in several passes, which takes less memory"
                    + " (default: ${DEFAULT-VALUE}).",
            defaultValue = "4096")
    private int passTokens;

    @Option(
            names = "--freeze",
            paramLabel = "encoder|embeddings",
            description = "Leave the encoder, or its embeddings, as they are.")
    private String freeze;

    @Option(
            names = "--validation-share",
            paramLabel = "S",
            description = "Share of the rows held back to measure with, without --validation"
                    + " (default: ${DEFAULT-VALUE}).",
            defaultValue = "0.05")
    private double share;

    @Option(
            names = "--measure-every",
            paramLabel = "N",
            description = "Steps between measurements (default: twenty measurements).")
    private Long measureEvery;

    @Option(
            names = "--metric",
            paramLabel = "NAME",
            description = "Keep the weights with the best auprc, f1 or loss (default: ${DEFAULT-VALUE}).",
            defaultValue = "auprc")
    private String metric;

    @Option(
            names = "--patience",
            paramLabel = "N",
            description = "End after so many measurements without a better one; 0: never (default: 0).",
            defaultValue = "0")
    private int patience;

    @Option(
            names = "--checkpoint-minutes",
            paramLabel = "M",
            description = "Time between checkpoints (default: ${DEFAULT-VALUE}).",
            defaultValue = "5")
    private double checkpointMinutes;

    @Option(names = "--checkpoint-steps", paramLabel = "N", description = "Write a checkpoint every N steps, too.")
    private Long checkpointSteps;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Of everything left to chance (default: ${DEFAULT-VALUE}).",
            defaultValue = "42")
    private long seed;

    /**
     * All of it.
     *
     * @param rows to learn from
     * @throws IllegalArgumentException if a value is out of its range
     */
    TrainOptions options(List<Example> rows) throws BadInput {
        double[] weights = classWeights(rows);
        if (!(checkpointMinutes > 0 && checkpointMinutes < 1e6)) {
            throw new BadInput("--checkpoint-minutes: found " + checkpointMinutes + ", expected more than 0");
        }
        for (String what : balance) {
            if (!what.equals(CLASS) && !what.equals(SOURCE)) {
                throw new BadInput("--balance: found " + what + ", expected class, source or class,source");
            }
        }
        return new TrainOptions(
                new Loss(
                        named(
                                "--loss",
                                loss,
                                Loss.Kind.values(),
                                kind -> kind == Loss.Kind.CE_KL ? "ce+kl" : lower(kind)),
                        smoothing,
                        weights[0],
                        weights[1],
                        focus),
                new TrainOptions.Optimiser(
                        learningRate,
                        headLearningRate == null ? OptionalDouble.empty() : OptionalDouble.of(headLearningRate),
                        layerDecay,
                        weightDecay,
                        0.9,
                        0.999,
                        1e-8,
                        clip,
                        named("--schedule", schedule, Schedule.values(), TrainingArguments::lower),
                        warmup,
                        epochs,
                        optional(steps)),
                new TrainOptions.Sampling(
                        batch,
                        accumulation,
                        balance.contains(CLASS),
                        balance.contains(SOURCE),
                        power,
                        sourceWeights,
                        pool),
                new TrainOptions.Watching(
                        share,
                        optional(measureEvery),
                        named("--metric", metric, Metric.values(), TrainingArguments::lower),
                        patience),
                freeze == null ? Freeze.NOTHING : named("--freeze", freeze, Freeze.values(), TrainingArguments::lower),
                dropout,
                maxTokens == null ? OptionalInt.empty() : OptionalInt.of(maxTokens),
                passTokens,
                compute.weights().orElse(WeightType.F32),
                compute.kernels(),
                compute.threads(ComputeOptions.processors()),
                seed,
                Duration.ofMillis(Math.max(1, Math.round(checkpointMinutes * 60_000))),
                optional(checkpointSteps));
    }

    private static OptionalLong optional(Long value) {
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static <E> E named(String option, String name, E[] values, Function<E, String> spelling) throws BadInput {
        for (E value : values) {
            if (spelling.apply(value).equalsIgnoreCase(name)) {
                return value;
            }
        }
        throw new BadInput(option + ": found " + name + ", expected one of "
                + Stream.of(values).map(spelling).collect(Collectors.joining(", ")));
    }

    /** Of the safe and of the harmful class. */
    private double[] classWeights(List<Example> rows) throws BadInput {
        if (classWeights.equals(BALANCED)) {
            long harmful =
                    rows.stream().filter(row -> row.harmful().orElse(0) == 1).count();
            long safe =
                    rows.stream().filter(row -> row.harmful().orElse(1) == 0).count();
            if (harmful == 0 || safe == 0) {
                throw new BadInput("--class-weights balanced: found " + safe + " safe and " + harmful
                        + " harmful rows, expected some of both");
            }
            return new double[] {(harmful + safe) / 2.0 / safe, (harmful + safe) / 2.0 / harmful};
        }
        String[] cells = classWeights.split(",", -1);
        try {
            if (cells.length == 2) {
                return new double[] {Double.parseDouble(cells[0]), Double.parseDouble(cells[1])};
            }
        } catch (NumberFormatException e) {
            // Said below, as for another number of cells.
        }
        throw new BadInput("--class-weights: found " + classWeights + ", expected SAFE,HARMFUL or balanced");
    }
}
