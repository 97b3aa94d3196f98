package dev.kanmon.cli;

import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.Shapes;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.config.EncoderConfig;
import dev.kanmon.formats.json.JsonWriter;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kanmon bench}: how fast a model is on this machine. */
@Command(
        name = "bench",
        description = "Times a model, or random weights of a shape: load time, latency and GFLOP/s of each length.")
final class BenchCommand extends KanmonCommand {

    /** Runs before anything is timed, so that C2 has compiled what it will. */
    private static final long WARM_UP_NANOS = 2_500_000_000L;

    private static final long MEASURE_NANOS = 2_000_000_000L;
    private static final int MIN_RUNS = 10;
    private static final int MAX_RUNS = 1000;
    private static final long SEED = 42;

    @ArgGroup(exclusive = true)
    private What what = new What();

    private static final class What {
        @Option(names = "--model", paramLabel = "M", description = "A directory or a GGUF file.")
        private Path model;

        @Option(
                names = "--shape",
                split = ",",
                paramLabel = "SHAPE",
                description = "Random weights of this shape: minilm-l6, bert-base, modernbert-base, deberta-v3-base,"
                        + " deberta-v3-large (default: minilm-l6).")
        private List<String> shapes;
    }

    @Mixin
    private ComputeOptions compute;

    @Option(
            names = "--seq",
            split = ",",
            paramLabel = "N",
            description = "Lengths in tokens (default: 32,128,512; what the model cannot take is left out).")
    private int[] lengths;

    @Option(names = "--json", description = "Write one JSON object a length.")
    private boolean json;

    @Override
    public Integer call() throws IOException, BadInput {
        for (int length : lengths == null ? new int[0] : lengths) {
            if (length < 1) {
                throw new BadInput("--seq: found " + length + ", expected at least 1");
            }
        }
        Model.Options options = new Model.Options(
                compute.choice(),
                WeightPlan.of(compute.weights().orElse(WeightType.F32)),
                compute.threads(1),
                Optional.empty());
        if (what.model != null) {
            long start = System.nanoTime();
            try (Model model = compute.load(what.model, options)) {
                measure(what.model.toString(), model, System.nanoTime() - start);
            }
            return ExitStatus.OK;
        }
        for (String shape : what.shapes == null ? List.of("minilm-l6") : what.shapes) {
            long start = System.nanoTime();
            try (Model model = Model.random(Shapes.named(shape), options, SEED)) {
                measure(shape, model, System.nanoTime() - start);
            }
        }
        return ExitStatus.OK;
    }

    private void measure(String name, Model model, long loadNanos) throws BadInput {
        EncoderConfig encoder = model.config().encoder();
        String weights = model.options().weights().type().spelling();
        streams.note(String.format(
                Locale.ROOT,
                "%s: %s, %s weights, %d threads, loaded in %.0f ms",
                name,
                model.options().kernels().kernels().description(),
                weights,
                model.options().threads(),
                loadNanos / 1e6));
        Table table = new Table("tokens", "min ms", "median ms", "GFLOP/s");
        for (int length : lengths(encoder)) {
            double[] millis = times(model, length);
            double min = millis[0];
            double median = millis[millis.length / 2];
            double gflops = encoder.flops(length) / min / 1e6;
            if (json) {
                streams.line(JsonWriter.compact()
                        .beginObject()
                        .name("model")
                        .value(name)
                        .name("weights")
                        .value(weights)
                        .name("threads")
                        .value(model.options().threads())
                        .name("seq")
                        .value(length)
                        .name("min_ms")
                        .value(min)
                        .name("median_ms")
                        .value(median)
                        .name("gflops")
                        .value(gflops)
                        .endObject()
                        .toString());
                streams.out().flush();
            } else {
                table.row(List.of(
                        Integer.toString(length),
                        String.format(Locale.ROOT, "%.2f", min),
                        String.format(Locale.ROOT, "%.2f", median),
                        String.format(Locale.ROOT, "%.1f", gflops)));
            }
        }
        if (!json) {
            table.lines().forEach(streams::line);
        }
    }

    private int[] lengths(EncoderConfig encoder) throws BadInput {
        if (lengths == null) {
            return Arrays.stream(new int[] {32, 128, 512})
                    .filter(l -> l <= encoder.maxTokens())
                    .toArray();
        }
        for (int length : lengths) {
            if (length > encoder.maxTokens()) {
                throw new BadInput(
                        "--seq: found " + length + ", the model takes at most " + encoder.maxTokens() + " tokens");
            }
        }
        return lengths;
    }

    /** Milliseconds of single calls, sorted. */
    private static double[] times(Model model, int length) {
        SplittableRandom random = new SplittableRandom(SEED);
        int[] ids = random.ints(length, 0, model.config().encoder().vocabularySize())
                .toArray();
        List<TokenSequence> input = List.of(TokenSequence.of(ids));
        long warm = System.nanoTime() + WARM_UP_NANOS;
        do {
            model.encode(input);
        } while (System.nanoTime() < warm);
        double[] millis = new double[MAX_RUNS];
        int runs = 0;
        long end = System.nanoTime() + MEASURE_NANOS;
        while (runs < MIN_RUNS || runs < MAX_RUNS && System.nanoTime() < end) {
            long start = System.nanoTime();
            model.encode(input);
            millis[runs++] = (System.nanoTime() - start) / 1e6;
        }
        double[] sorted = Arrays.copyOf(millis, runs);
        Arrays.sort(sorted);
        return sorted;
    }
}
