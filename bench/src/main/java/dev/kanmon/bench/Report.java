package dev.kanmon.bench;

import ai.onnxruntime.OrtException;
import dev.kanmon.GuardOptions;
import java.io.IOException;
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

/** Runs the benches of this package, a few of each or all, and prints tables. What {@code bench/run} starts. */
public final class Report {
    private final boolean all;

    private Report(boolean all) {
        this.all = all;
    }

    /**
     * Prints the report.
     *
     * @param args empty for the short form, or {@code long}
     */
    public static void main(String[] args) throws IOException, InterruptedException, OrtException, RunnerException {
        if (args.length > 1 || args.length == 1 && !args[0].equals("long")) {
            System.err.println("found " + String.join(" ", args) + ", expected nothing or: long");
            System.exit(2);
        }
        Machine.description().forEach(System.out::println);
        var report = new Report(args.length == 1);
        report.peers();
        report.guard();
        report.texts();
        report.tokenizer();
        System.out.println("\nload now " + Machine.load()
                + "; a load above the threads in use means that other work disturbed the figures");
    }

    private void peers() throws IOException, InterruptedException, OrtException {
        System.out.println("\nEncoder against ONNX Runtime Java in the same JVM, same weights, same inputs");
        Peers.print(
                all
                        ? Peers.options("models=minilm-l6,bge-small", "launches=5", "rounds=30")
                        : Peers.options("launches=2", "rounds=8"));
    }

    private void guard() throws RunnerException {
        System.out.println(
                "\nForward pass, vector kernels, random weights: ms a call, GFLOP/s, ratio to f32 of the same row");
        System.out.printf(
                "%-10s %7s %8s  %17s  %23s  %23s%n",
                "shape", "threads", "batch", "f32", "bf16 weights", "int8 weights");
        var options = options(GuardBench.class);
        var shapes = all ? List.of("minilm-l6", "bge-small") : List.of("minilm-l6");
        var batches =
                all ? List.of("1x32", "1x128", "1x512", "8x128", "8xmixed") : List.of("1x128", "8x128", "8xmixed");
        var results = run(
                options.param("shape", shapes.toArray(String[]::new)).param("batch", batches.toArray(String[]::new)));
        for (String shape : shapes) {
            for (String threads : List.of("1", "2")) {
                for (String batch : batches) {
                    double flops = GuardBench.flops(shape, batch);
                    var row = new StringBuilder(String.format("%-10s %7s %8s", shape, threads, batch));
                    double f32 = 0;
                    for (String weights : List.of("F32", "BF16", "INT8")) {
                        double millis = score(
                                results, "encode", "shape", shape, "threads", threads, "batch", batch, "weights",
                                weights);
                        row.append(String.format(Locale.ROOT, "  %9.2f %7.0f", millis, flops / millis / 1e6));
                        if (weights.equals("F32")) {
                            f32 = millis;
                        } else {
                            row.append(String.format(Locale.ROOT, " %5.2f", millis / f32));
                        }
                    }
                    System.out.println(row);
                }
            }
        }
    }

    private void texts() throws IOException, RunnerException {
        System.out.println("\nVerdict on a text, tokenizer included, f32");
        try (var guard = BenchFiles.guard(GuardOptions.defaults())) {
            System.out.println("guard: " + guard.info().model());
        } catch (IllegalStateException e) {
            System.out.println("SKIPPED: " + e.getMessage() + "; name another with KANMON_BENCH_GUARD");
            return;
        }
        System.out.printf("%-12s %7s  %14s  %19s%n", "text", "threads", "ms a text", "ms a text, 8 a call");
        var words = all ? List.of("20", "200", "2000") : List.of("20", "200");
        var results = run(options(GuardTextBench.class).param("words", words.toArray(String[]::new)));
        for (String count : words) {
            for (String threads : List.of("1", "2")) {
                System.out.printf(
                        Locale.ROOT,
                        "%-12s %7s  %14.2f  %19.2f%n",
                        count + " words",
                        threads,
                        score(results, "check", "words", count, "threads", threads),
                        score(results, "checkEight", "words", count, "threads", threads) / 8);
            }
        }
    }

    private void tokenizer() throws IOException, RunnerException {
        System.out.println(
                "\nTokenizer against DJL's binding of Hugging Face's, same file, same ids: " + BenchFiles.tokenizer());
        System.out.printf("%-12s %14s %14s %8s%n", "text", "Kanmon µs", "DJL µs", "ratio");
        var results = run(options(TokenizerBench.class));
        for (String text : List.of("20 words", "200 words", "100 KB")) {
            double ours = score(results, "kanmon", "text", text);
            double theirs = score(results, "djl", "text", text);
            System.out.printf(Locale.ROOT, "%-12s %14.1f %14.1f %8.2f%n", text, ours, theirs, ours / theirs);
        }
    }

    private ChainedOptionsBuilder options(Class<?> bench) {
        var options = new OptionsBuilder()
                .include("^" + bench.getName().replace(".", "\\.") + "\\.")
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true);
        return all
                ? options
                : options.forks(1)
                        .warmupIterations(1)
                        .warmupTime(TimeValue.milliseconds(1500))
                        .measurementIterations(3)
                        .measurementTime(TimeValue.milliseconds(400));
    }

    private static Collection<RunResult> run(ChainedOptionsBuilder options) throws RunnerException {
        return new Runner(options.build()).run();
    }

    /** The best iteration: whatever else runs on the machine only ever adds time. */
    private static double score(Collection<RunResult> results, String method, String... parameters) {
        return results.stream()
                .filter(result -> result.getParams().getBenchmark().endsWith("." + method) && has(result, parameters))
                .flatMap(result -> result.getBenchmarkResults().stream())
                .flatMap(fork -> fork.getIterationResults().stream())
                .mapToDouble(iteration -> iteration.getPrimaryResult().getScore())
                .min()
                .orElseThrow(() -> new IllegalStateException("no result of " + method + " " + List.of(parameters)));
    }

    private static boolean has(RunResult result, String... parameters) {
        for (int i = 0; i < parameters.length; i += 2) {
            if (!result.getParams().getParam(parameters[i]).equals(parameters[i + 1])) {
                return false;
            }
        }
        return true;
    }
}
