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
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What does a parallel region cost, from its begin to its end, in which every thread must take part and nothing else is to
 * do? Between regions there is next to nothing, as inside a layer; a long piece of another thread; or so much that
 * workers sleep.
 */
public final class Regions {
    /** Workers that had work so many µs ago are still awake. */
    private static final int HOT_MICROS = 50;

    private static final int WARM_UP = 20_000;

    private static final List<String> DEFAULTS = List.of("threads", "2", "gaps", "0,10,50,150,2000", "resume", "false");

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
                for (int gap : options.numbers("gaps")) {
                    measures.add(measure(parallel, threads, gap));
                }
            }
        }
        BenchFiles.results().save("region", measures);
        var figures = Figures.of(measures);
        System.out.print(table(figures).text());
        System.out.print(Requirement.table(Requirement.of(figures)).text());
    }

    /** A row for each gap. */
    public static Table table(Figures figures) {
        var table = Table.of(
                "parallel region that every thread must enter", "threads", "µs since the last", "median µs", "best µs");
        for (var m : figures.of("region").all()) {
            table.row(
                    m.subject() + " workers",
                    Integer.toString(m.threads()),
                    Integer.toString(m.size()),
                    String.format(Locale.ROOT, "%.2f", m.median()),
                    String.format(Locale.ROOT, "%.2f", m.min()));
        }
        return table;
    }

    private static Measure measure(Parallel parallel, int threads, int gap) {
        int count = Math.clamp(2_000_000 / Math.max(1, gap), 200, 200_000);
        var micros = new double[count];
        for (int i = -Math.min(WARM_UP, count); i < count; i++) {
            spin(gap);
            long start = System.nanoTime();
            meet(parallel, threads);
            if (i >= 0) {
                micros[i] = (System.nanoTime() - start) / 1e3;
            }
        }
        return Measure.of("region", gap <= HOT_MICROS ? "hot" : "idle", threads, gap, "kanmon", "", "µs", micros);
    }

    /** A region whose pieces end when all have begun. */
    private static void meet(Parallel parallel, int threads) {
        var begun = new AtomicInteger();
        parallel.run(threads, (_, _) -> {
            begun.incrementAndGet();
            while (begun.get() < threads) {
                Thread.onSpinWait();
            }
        });
    }

    private static void spin(int micros) {
        long end = System.nanoTime() + micros * 1000L;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }
}
