package dev.kanmon.bench.load;

import dev.kanmon.bench.BenchFiles;
import dev.kanmon.bench.Child;
import dev.kanmon.bench.Figures;
import dev.kanmon.bench.Measure;
import dev.kanmon.bench.Options;
import dev.kanmon.bench.Requirement;
import dev.kanmon.bench.Siblings;
import dev.kanmon.bench.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How much memory does a large model take that starts from its packed file, and how soon is it there? Random weights,
 * packed by {@code kanmon convert --packed}; a fresh JVM for each try, which loads them and computes one text.
 */
public final class PackedMemory {
    private static final List<String> DEFAULTS = List.of(
            "model", "deberta-v3-large",
            "weights", "int8",
            "kernels", "auto",
            "tokens", "512",
            "threads", "1,2",
            "launches", "3",
            "resume", "false");

    private PackedMemory() {}

    /** Measures what the {@code key=value} arguments say, keeps it, and prints a table. */
    public static void run(String... arguments) throws IOException, InterruptedException {
        var options = Options.of(DEFAULTS, arguments);
        if (options.flag("resume") && BenchFiles.results().has("memory")) {
            System.out.println("memory: measured before");
            return;
        }
        if (!hasPacked()) {
            System.out.println("MISSING: memory: this build has no kanmon convert --packed");
            return;
        }
        var packed = pack(options.text("model"), options.text("weights"));
        var measures = new ArrayList<Measure>();
        for (int threads : options.numbers("threads")) {
            measures.addAll(measure(packed, threads, options));
        }
        BenchFiles.results().save("memory", measures);
        var figures = Figures.of(measures);
        System.out.print(table(figures).text());
        System.out.print(Requirement.table(Requirement.of(figures)).text());
    }

    /** A row for each figure. */
    public static Table table(Figures figures) {
        var table = Table.of("from the packed file", "weights", "tokens, threads", "figure", "best", "median");
        for (var m : figures.all()) {
            if (m.bench().startsWith("memory")) {
                table.row(
                        m.subject(),
                        m.form(),
                        m.size() + ", " + m.threads(),
                        m.bench().equals("memory") ? "VmHWM" : m.bench().substring("memory-".length()),
                        String.format(Locale.ROOT, "%.2f %s", m.min(), m.unit()),
                        String.format(Locale.ROOT, "%.2f %s", m.median(), m.unit()));
            }
        }
        return table;
    }

    private static boolean hasPacked() throws IOException, InterruptedException {
        var process = new ProcessBuilder(BenchFiles.command().toString(), "convert", "--help")
                .redirectErrorStream(true)
                .start();
        var help = new String(process.getInputStream().readAllBytes());
        process.waitFor();
        return help.contains("--packed");
    }

    /** The packed file, made once. */
    private static Path pack(String shape, String weights) throws IOException, InterruptedException {
        var packed = BenchFiles.work().resolve(shape + "-" + weights + "-packed.gguf");
        if (Files.exists(packed)) {
            return packed;
        }
        var exported = BenchFiles.peers().resolve(shape);
        var source = Files.exists(exported.resolve("model.safetensors"))
                ? exported
                : BenchFiles.work().resolve(shape);
        if (!source.equals(exported)) {
            RandomModel.write(shape, source);
        }
        Files.createDirectories(packed.getParent());
        Child.run(
                List.of(
                        BenchFiles.command().toString(),
                        "convert",
                        "--packed",
                        "--weights",
                        weights,
                        source.toString(),
                        packed.toString()),
                System.out::println);
        return packed;
    }

    private static List<Measure> measure(Path packed, int threads, Options options)
            throws IOException, InterruptedException {
        var load = new ArrayList<Double>();
        var first = new ArrayList<Double>();
        var peak = new ArrayList<Double>();
        for (int launch = 0; launch < options.number("launches"); launch++) {
            var command = Child.java();
            // as the script kanmon starts it
            command.addAll(List.of("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
            if (Siblings.named(options.text("kernels")).contains("vector")) {
                command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
            }
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), LoadOnce.class.getName()));
            command.addAll(List.of(
                    packed.toString(),
                    Siblings.named(options.text("kernels")).getFirst(),
                    options.text("weights"),
                    options.text("tokens"),
                    Integer.toString(threads)));
            Child.run(command, line -> {
                var cells = line.strip().split(" ");
                load.add(Double.valueOf(cells[0]));
                first.add(Double.valueOf(cells[2]));
                peak.add(Double.parseDouble(cells[4]) * 1024 / 1e6);
            });
        }
        return List.of(
                measure("memory", threads, "MB", peak, options),
                measure("memory-seconds to load", threads, "s", load, options),
                measure("memory-seconds of the first pass", threads, "s", first, options));
    }

    private static Measure measure(String bench, int threads, String unit, List<Double> values, Options options) {
        return Measure.of(
                bench,
                options.text("model"),
                threads,
                options.number("tokens"),
                "kanmon",
                options.text("weights"),
                unit,
                values.stream().mapToDouble(Double::doubleValue).toArray());
    }
}
