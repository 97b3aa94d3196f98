package dev.kanmon.bench.kernels;

import dev.kanmon.bench.BenchFiles;
import dev.kanmon.bench.Figures;
import dev.kanmon.bench.Measure;
import dev.kanmon.bench.Options;
import dev.kanmon.bench.Siblings;
import dev.kanmon.bench.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs JMH's benches of attention, of what goes row by row and of what training does beside products, and prints what
 * they reach. Each fork is a JVM of its own, because C2 compiles differently one launch in three; a cell is the best
 * iteration of all forks, then the median of the forks' best. Products of matrices are {@link GemmPeers}'s.
 */
public final class KernelReport {
    private static final List<String> DEFAULTS = List.of(
            "kernels", "auto",
            "heads", "12x32,12x64,16x64",
            "lengths", "32,128,512",
            "kinds", "full,deberta",
            "trained", "57",
            "rows", "true",
            "gradients", "true",
            "forks", "1",
            "resume", "false");

    private KernelReport() {}

    /** Measures what the {@code key=value} arguments say, keeps it, and prints a table. */
    public static void run(String... arguments) throws IOException, RunnerException {
        var options = Options.of(DEFAULTS, arguments);
        if (options.flag("resume") && BenchFiles.results().has("attention")) {
            System.out.println("attention and rows: measured before");
            return;
        }
        options = options.with("kernels", String.join(",", Siblings.named(options.text("kernels"))));
        var measures = new ArrayList<Measure>();
        var roofs = Roof.measure(1);
        for (var result : run(common(AttentionBench.class, options)
                .param("heads", list(options, "heads"))
                .param("length", list(options, "lengths"))
                .param("kind", list(options, "kinds")))) {
            int length = Integer.parseInt(parameter(result, "length"));
            String heads = parameter(result, "heads");
            String kind = parameter(result, "kind");
            double work = AttentionBench.work(heads, length, kind);
            measures.add(Measure.of(
                    "attention",
                    heads + " " + kind,
                    1,
                    length,
                    "kanmon-" + parameter(result, "kernels"),
                    "fp32",
                    "Gop/s",
                    best(result).stream().mapToDouble(nanos -> work / nanos).toArray()));
        }
        for (var result : run(common(TrainingAttentionBench.class, options)
                .param("heads", list(options, "heads"))
                .param("length", list(options, "trained"))
                .param("kind", list(options, "kinds")))) {
            int length = Integer.parseInt(parameter(result, "length"));
            String pass = result.getPrimaryResult().getLabel();
            double work = TrainingAttentionBench.work(parameter(result, "heads"), length, pass.equals("backward"));
            measures.add(Measure.of(
                    "training",
                    parameter(result, "heads") + " " + parameter(result, "kind") + " " + pass,
                    1,
                    length,
                    "kanmon-" + parameter(result, "kernels"),
                    "fp32",
                    "Gop/s",
                    best(result).stream().mapToDouble(nanos -> work / nanos).toArray()));
        }
        if (options.flag("rows")) {
            for (var result : run(common(RowBench.class, options))) {
                measures.add(Measure.of(
                        "row",
                        result.getPrimaryResult().getLabel(),
                        1,
                        768,
                        "kanmon-" + parameter(result, "kernels"),
                        "fp32",
                        "ns",
                        best(result).stream().mapToDouble(Double::doubleValue).toArray()));
            }
        }
        if (options.flag("gradients")) {
            for (var result : run(common(GradientBench.class, options))) {
                measures.add(Measure.of(
                        "gradient",
                        result.getPrimaryResult().getLabel(),
                        1,
                        1824,
                        "kanmon-" + parameter(result, "kernels"),
                        "fp32",
                        "ns",
                        best(result).stream().mapToDouble(Double::doubleValue).toArray()));
            }
        }
        // once more at the end: whatever else runs on the machine may have come or gone
        Roof.measure(1).forEach((form, again) -> roofs.merge(form, again, Math::max));
        roofs.forEach((form, roof) ->
                measures.add(new Measure("attention", "roof", 1, 0, "roof", form, "Gop/s", roof, roof)));
        BenchFiles.results().save("attention", measures);
        var figures = Figures.of(measures);
        System.out.println("\nattention of one sequence, one thread, fp32 operands");
        System.out.print(attention(figures).text());
        System.out.println(
                "\nattention of one training text, one thread, dropout 0.1, products with positions not counted");
        System.out.print(training(figures).text());
        System.out.println("\nns an element of 8 rows of 768, one thread");
        System.out.print(rows(figures, "row").text());
        System.out.println("\nns an element of training's operations on 1824 rows, one thread");
        System.out.print(rows(figures, "gradient").text());
    }

    /** Attention: a row for each shape and length. */
    public static Table attention(Figures figures) {
        var attention = figures.of("attention");
        double roof =
                attention.on("roof").best("roof", "fp32").map(Measure::min).orElse(Double.NaN);
        return attention(attention.all(), roof);
    }

    /** Attention for training, likewise. */
    public static Table training(Figures figures) {
        double roof = figures.of("attention")
                .on("roof")
                .best("roof", "fp32")
                .map(Measure::min)
                .orElse(Double.NaN);
        return attention(figures.of("training").all(), roof);
    }

    private static Table attention(List<Measure> measures, double roof) {
        var table = Table.of("heads, kind, tokens", "kernels", "Gop/s", "of the fp32 roof", "median of launches");
        for (var m : measures) {
            if (m.maker().equals("kanmon")) {
                table.row(
                        m.subject() + ", " + m.size(),
                        m.engine().substring("kanmon-".length()),
                        String.format(Locale.ROOT, "%.0f", m.min()),
                        Double.isNaN(roof) ? "-" : String.format(Locale.ROOT, "%.0f %%", 100 * m.min() / roof),
                        String.format(Locale.ROOT, "%.0f", m.median()));
            }
        }
        return table;
    }

    /** What goes row by row, {@code row}, or what training adds, {@code gradient}: a row for each operation. */
    public static Table rows(Figures figures, String kind) {
        var table = Table.of("operation", "kernels", "best ns", "median of launches");
        for (var m : figures.of(kind).all()) {
            table.row(
                    m.subject(),
                    m.engine().substring("kanmon-".length()),
                    String.format(Locale.ROOT, "%.3f", m.min()),
                    String.format(Locale.ROOT, "%.3f", m.median()));
        }
        return table;
    }

    private static OptionsBuilder common(Class<?> bench, Options given) {
        var options = new OptionsBuilder();
        options.include(bench.getName() + "\\.")
                .forks(given.number("forks"))
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true)
                .param("kernels", list(given, "kernels"))
                .measurementTime(TimeValue.milliseconds(100))
                .measurementIterations(5);
        return options;
    }

    private static Collection<RunResult> run(ChainedOptionsBuilder options) throws RunnerException {
        return new Runner(options.build()).run();
    }

    /** The best iteration of each fork in ns. */
    private static List<Double> best(RunResult result) {
        return result.getBenchmarkResults().stream()
                .map(fork -> fork.getIterationResults().stream()
                        .mapToDouble(i -> i.getPrimaryResult().getScore())
                        .min()
                        .orElseThrow())
                .toList();
    }

    private static String parameter(RunResult result, String name) {
        return result.getParams().getParam(name);
    }

    private static String[] list(Options options, String name) {
        return options.list(name).toArray(String[]::new);
    }
}
