package dev.kanmon.bench;

import dev.kanmon.GuardOptions;
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

/** Runs JMH's benches of whole verdicts and of the tokenizer, keeps what they found, and prints tables. */
public final class JmhReport {
    private static final List<String> DEFAULTS = List.of("long", "false", "resume", "false");

    private JmhReport() {}

    /** Measures what the {@code key=value} arguments say. */
    public static void run(String... arguments) throws IOException, RunnerException {
        var options = Options.of(DEFAULTS, arguments);
        var results = BenchFiles.results();
        if (options.flag("resume") && results.has("verdict")) {
            System.out.println("verdicts and tokenizer: measured before");
            return;
        }
        var measures = new ArrayList<Measure>();
        verdicts(options.flag("long"), measures);
        tokenizer(options.flag("long"), measures);
        results.save("verdict", measures);
        System.out.print(table(Figures.of(measures)).text());
    }

    /** A row for each text. */
    public static Table table(Figures figures) {
        var table = Table.of("one text", "threads", "engine", "best", "median");
        for (var m : figures.all()) {
            if (m.bench().equals("verdict") || m.bench().equals("tokenizer")) {
                table.row(
                        m.bench() + ", " + m.subject(),
                        Integer.toString(m.threads()),
                        m.engine(),
                        String.format(Locale.ROOT, "%.2f %s", m.min(), m.unit()),
                        String.format(Locale.ROOT, "%.2f %s", m.median(), m.unit()));
            }
        }
        return table;
    }

    private static void verdicts(boolean all, List<Measure> measures) throws IOException, RunnerException {
        try (var guard = BenchFiles.guard(GuardOptions.defaults())) {
            System.out.println("guard: " + guard.info().model());
        } catch (IllegalStateException e) {
            System.out.println("MISSING: verdicts: " + e.getMessage() + "; name another with KANMON_BENCH_GUARD");
            return;
        }
        var words = all ? new String[] {"20", "200", "2000"} : new String[] {"20", "200"};
        for (var result : run(options(GuardTextBench.class, all).param("words", words))) {
            var parameters = result.getParams();
            boolean eight = parameters.getBenchmark().endsWith("Eight");
            measures.add(Measure.of(
                    "verdict",
                    parameters.getParam("words") + (eight ? " words, 8 a call" : " words"),
                    Integer.parseInt(parameters.getParam("threads")),
                    eight ? 8 : 1,
                    "kanmon",
                    "auto",
                    "ms",
                    scores(result, eight ? 8 : 1)));
        }
    }

    private static void tokenizer(boolean all, List<Measure> measures) throws RunnerException {
        for (var result : run(options(TokenizerBench.class, all))) {
            var parameters = result.getParams();
            measures.add(Measure.of(
                    "tokenizer",
                    parameters.getParam("text"),
                    1,
                    1,
                    parameters.getBenchmark().endsWith("kanmon") ? "kanmon" : "djl",
                    "",
                    "µs",
                    scores(result, 1)));
        }
    }

    private static ChainedOptionsBuilder options(Class<?> bench, boolean all) {
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

    /** All iterations of all forks. */
    private static double[] scores(RunResult result, int texts) {
        return result.getBenchmarkResults().stream()
                .flatMap(fork -> fork.getIterationResults().stream())
                .mapToDouble(iteration -> iteration.getPrimaryResult().getScore() / texts)
                .toArray();
    }
}
