package dev.kanmon.bench.train;

import dev.kanmon.bench.BenchFiles;
import dev.kanmon.bench.Child;
import dev.kanmon.bench.Figures;
import dev.kanmon.bench.Measure;
import dev.kanmon.bench.Options;
import dev.kanmon.bench.Requirement;
import dev.kanmon.bench.Siblings;
import dev.kanmon.bench.Table;
import dev.kanmon.bench.load.RandomModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How fast does a model learn, all of its weights, and how much memory does that take? Random weights of a known shape, or a
 * real model; dropout 0.1, clipping, AdamW; a fresh JVM for each try. Next to it stands what PyTorch took for the same step
 * on the CPU of {@code KERNELS.md}, two threads of a Zen 5: it is not measured again here.
 */
public final class TrainBench {
    private static final List<String> DEFAULTS = List.of(
            "model", "minilm-l6",
            "weights", "f32,bf16",
            "kernels", "auto",
            "threads", "2",
            "batch", "32",
            "tokens", "57",
            "spread", "even",
            "seconds", "16",
            "launches", "1",
            "resume", "false");

    private static final List<String> PARTS = List.of("clear", "forward", "backward", "optimiser");

    private TrainBench() {}

    /** Measures what the {@code key=value} arguments say, keeps it, and prints a table. */
    public static void run(String... arguments) throws IOException, InterruptedException {
        var options = Options.of(DEFAULTS, arguments);
        if (options.flag("resume") && BenchFiles.results().has("train")) {
            System.out.println("train: measured before");
            return;
        }
        var model = model(options.text("model"));
        var measures = new ArrayList<Measure>();
        for (int threads : options.numbers("threads")) {
            for (String weights : options.list("weights")) {
                measures.addAll(measure(model, weights, threads, options));
            }
        }
        BenchFiles.results().save("train", measures);
        var figures = Figures.of(measures);
        System.out.print(table(figures).text());
        System.out.print(Requirement.table(Requirement.of(figures)).text());
    }

    /** A row for each figure. */
    public static Table table(Figures figures) {
        var table = Table.of("learning", "weights", "batch, threads", "figure", "best", "median");
        for (var m : figures.all()) {
            if (m.bench().startsWith("train")) {
                table.row(
                        m.subject(),
                        m.form(),
                        m.size() + ", " + m.threads(),
                        m.bench().equals("train") ? "a step" : m.bench().substring("train-".length()),
                        String.format(Locale.ROOT, "%.1f %s", m.min(), m.unit()),
                        String.format(Locale.ROOT, "%.1f %s", m.median(), m.unit()));
            }
        }
        return table;
    }

    /** A directory that was named, or one of random weights, made once. */
    private static Path model(String name) throws IOException {
        var named = Path.of(name);
        if (Files.exists(named)) {
            return named;
        }
        var random = BenchFiles.work().resolve(name);
        if (!Files.exists(random.resolve("model.safetensors"))) {
            RandomModel.write(name, random);
        }
        return random;
    }

    private static List<Measure> measure(Path model, String weights, int threads, Options options)
            throws IOException, InterruptedException {
        var parts = new ArrayList<double[]>();
        var peak = new ArrayList<Double>();
        for (int launch = 0; launch < options.number("launches"); launch++) {
            var command = Child.java();
            // as the script kanmon starts it
            command.addAll(List.of(
                    "-XX:+UseSerialGC",
                    "--add-modules",
                    "jdk.incubator.vector",
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    TrainOnce.class.getName(),
                    model.toString(),
                    Siblings.named(options.text("kernels")).getFirst(),
                    weights,
                    Integer.toString(threads),
                    options.text("batch"),
                    options.text("tokens"),
                    options.text("spread"),
                    options.text("seconds")));
            Child.run(command, line -> {
                var cells = line.strip().split(" ");
                if (cells[0].equals("peak")) {
                    peak.add(Double.parseDouble(cells[1]) / 1e6);
                } else {
                    parts.add(List.of(cells).stream()
                            .mapToDouble(Double::parseDouble)
                            .toArray());
                }
            });
        }
        if (parts.isEmpty()) {
            throw new IOException("no step was done in " + options.text("seconds") + " s; ask for more seconds");
        }
        var measures = new ArrayList<Measure>();
        String subject = model.getFileName() + " x " + options.text("tokens") + " tokens";
        int batch = options.number("batch");
        var steps = parts.stream()
                .mapToDouble(part -> part[0] + part[1] + part[2] + part[3])
                .toArray();
        measures.add(Measure.of("train", subject, threads, batch, "kanmon", form(weights), "ms", steps));
        for (int p = 0; p < PARTS.size(); p++) {
            int at = p;
            measures.add(Measure.of(
                    "train-" + PARTS.get(p),
                    subject,
                    threads,
                    batch,
                    "kanmon",
                    form(weights),
                    "ms",
                    parts.stream().mapToDouble(part -> part[at]).toArray()));
        }
        measures.add(Measure.of(
                "train-VmHWM",
                subject,
                threads,
                batch,
                "kanmon",
                form(weights),
                "MB",
                peak.stream().mapToDouble(Double::doubleValue).toArray()));
        return measures;
    }

    private static String form(String weights) {
        return weights.equals("f32") ? "fp32" : weights;
    }
}
