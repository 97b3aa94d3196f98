package dev.kanmon.bench.kernels;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs a selection of the benches and prints GFLOP/s and their share of the peak that the same run measured.
 *
 * <p>Arguments: {@code key=value} with the keys kernels, weights, shapes ("all" for shapes.txt), m, forks, attention
 * (true, false). Each fork is a JVM of its own, because C2 compiles differently one launch in three; a cell is the
 * median of the forks' best iterations, then the best of all.
 */
public final class KernelReport {
    private KernelReport() {}

    /**
     * Prints the report to standard output.
     *
     * @throws RunnerException if a bench fails
     */
    public static void main(String[] args) throws RunnerException {
        var options = new TreeMap<String, String>();
        options.put("kernels", "vector");
        options.put("weights", "F32");
        options.put("shapes", "768x768,768x3072,3072x768,384x1536,1024x4096");
        options.put("m", "32,128");
        options.put("forks", "3");
        options.put("attention", "true");
        for (String arg : args) {
            int equals = arg.indexOf('=');
            if (equals < 0 || options.replace(arg.substring(0, equals), arg.substring(equals + 1)) == null) {
                System.err.println(arg + ": expected key=value with one of the keys " + options.keySet());
                System.exit(2);
            }
        }
        if (options.get("shapes").equals("all")) {
            options.put("shapes", String.join(",", shapes()));
        }
        System.out.println("# " + Runtime.version() + ", " + System.getProperty("os.arch") + ", "
                + Runtime.getRuntime().availableProcessors() + " processors, " + options);
        int forks = Integer.parseInt(options.get("forks"));
        double peak = peak(forks);
        var gemm = run(common(GemmBench.class, forks)
                .param("kernels", list(options, "kernels"))
                .param("weights", list(options, "weights"))
                .param("shape", list(options, "shapes"))
                .param("m", list(options, "m")));
        Collection<RunResult> attention = options.get("attention").equals("true")
                ? run(common(AttentionBench.class, forks).param("kernels", list(options, "kernels")))
                : List.of();
        Collection<RunResult> rows = options.get("attention").equals("true")
                ? run(common(RowBench.class, 1).param("kernels", list(options, "kernels")))
                : List.of();
        // once more at the end: whatever else runs on the machine may have come or gone
        peak = Math.max(peak, peak(forks));
        System.out.printf(Locale.ROOT, "peak of one core, f32 multiply-add: %.1f GFLOP/s%n", peak);
        for (var result : gemm) {
            var shape = parameter(result, "shape").split("x");
            double work = 2.0
                    * Integer.parseInt(parameter(result, "m"))
                    * Integer.parseInt(shape[0])
                    * Integer.parseInt(shape[1]);
            print(
                    "gemm " + parameter(result, "kernels") + " " + parameter(result, "weights") + " "
                            + parameter(result, "shape") + " m=" + parameter(result, "m"),
                    result,
                    work,
                    peak);
        }
        for (var result : attention) {
            double work = AttentionBench.work(
                    parameter(result, "heads"),
                    Integer.parseInt(parameter(result, "length")),
                    parameter(result, "kind"));
            print(
                    "attention " + parameter(result, "kernels") + " " + parameter(result, "heads") + " "
                            + parameter(result, "kind") + " tokens=" + parameter(result, "length"),
                    result,
                    work,
                    peak);
        }
        for (var result : rows) {
            System.out.printf(
                    Locale.ROOT,
                    "%-44s %8.3f ns an element%n",
                    result.getPrimaryResult().getLabel() + " " + parameter(result, "kernels"),
                    best(result).getFirst());
        }
    }

    /** The shapes of {@code shapes.txt}. */
    private static List<String> shapes() {
        try (var in = KernelReport.class.getResourceAsStream("shapes.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#") && !line.isBlank())
                    .map(line -> line.split(" ", 2)[0])
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double peak(int forks) throws RunnerException {
        double best = 0;
        for (var result : run(common(PeakBench.class, forks))) {
            best = PeakBench.perCall() / best(result).getFirst();
        }
        return best;
    }

    private static OptionsBuilder common(Class<?> bench, int forks) {
        var options = new OptionsBuilder();
        options.include(bench.getName() + "\\.")
                .forks(forks)
                .verbosity(VerboseMode.SILENT)
                .measurementTime(TimeValue.milliseconds(100))
                .measurementIterations(8);
        return options;
    }

    private static Collection<RunResult> run(ChainedOptionsBuilder options) throws RunnerException {
        return new Runner(options.build()).run();
    }

    private static void print(String what, RunResult result, double work, double peak) {
        var times = best(result);
        double best = work / times.getFirst();
        double median = work / times.get(times.size() / 2);
        System.out.printf(
                Locale.ROOT,
                "%-44s %6.1f GFLOP/s %4.0f %% of peak; best launch %6.1f, %4.0f %%%n",
                what,
                median,
                100 * median / peak,
                best,
                100 * best / peak);
    }

    /** The best iteration of each fork in ns, ascending. */
    private static List<Double> best(RunResult result) {
        var times = new ArrayList<Double>();
        for (var fork : result.getBenchmarkResults()) {
            times.add(fork.getIterationResults().stream()
                    .mapToDouble(i -> i.getPrimaryResult().getScore())
                    .min()
                    .orElseThrow());
        }
        times.sort(null);
        return times;
    }

    private static String parameter(RunResult result, String name) {
        return result.getParams().getParam(name);
    }

    private static String[] list(TreeMap<String, String> options, String name) {
        return options.get(name).split(",");
    }
}
