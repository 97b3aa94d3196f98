package dev.kanmon.bench.threads;

import dev.kanmon.bench.BenchFiles;
import dev.kanmon.bench.Figures;
import dev.kanmon.bench.Measure;
import dev.kanmon.bench.Options;
import dev.kanmon.bench.Requirement;
import dev.kanmon.bench.Table;
import dev.kanmon.engine.encoder.Parallel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/**
 * What does a parallel region cost, from its begin to its end, when there is nothing to do in it: with workers that
 * have just had work, and with workers that sleep?
 */
public final class Regions {
    private static final List<String> DEFAULTS =
            List.of("threads", "2", "rounds", "2000", "sleeps", "200", "resume", "false");

    private Regions() {}

    /** Measures what the {@code key=value} arguments say, keeps it, and prints a table. */
    public static void run(String... arguments) throws IOException {
        var options = Options.of(DEFAULTS, arguments);
        if (options.flag("resume") && BenchFiles.results().has("region")) {
            System.out.println("region: measured before");
            return;
        }
        var measures = new ArrayList<Measure>();
        for (int threads : options.numbers("threads")) {
            try (var parallel = Parallel.ofThreads(threads)) {
                var touched = new int[threads * 16]; // a cache line each
                Runnable region = () -> parallel.run(threads, (index, _) -> touched[index * 16]++);
                for (int i = 0; i < 50_000; i++) {
                    region.run(); // compiled by C2
                }
                measures.add(measure("region", threads, "hot", options.number("rounds"), () -> {}, region));
                // longer than any bounded spin
                measures.add(measure(
                        "region-parked",
                        threads,
                        "parked",
                        options.number("sleeps"),
                        () -> LockSupport.parkNanos(5_000_000),
                        region));
            }
        }
        BenchFiles.results().save("region", measures);
        var figures = Figures.of(measures);
        System.out.print(table(figures).text());
        System.out.print(Requirement.table(Requirement.of(figures)).text());
    }

    /** A row for each state of the workers. */
    public static Table table(Figures figures) {
        var table = Table.of("parallel region with nothing to do", "threads", "best µs", "median µs");
        for (var m : figures.all()) {
            if (m.bench().startsWith("region")) {
                table.row(
                        "workers " + m.subject(),
                        Integer.toString(m.threads()),
                        String.format(Locale.ROOT, "%.2f", m.min()),
                        String.format(Locale.ROOT, "%.2f", m.median()));
            }
        }
        return table;
    }

    private static Measure measure(
            String bench, int threads, String workers, int rounds, Runnable before, Runnable region) {
        var micros = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            before.run();
            long start = System.nanoTime();
            region.run();
            micros[i] = (System.nanoTime() - start) / 1e3;
        }
        return Measure.of(bench, workers, threads, rounds, "kanmon", "", "µs", micros);
    }
}
