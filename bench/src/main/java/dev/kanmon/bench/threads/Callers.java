package dev.kanmon.bench.threads;

import dev.kanmon.bench.BenchFiles;
import dev.kanmon.bench.Figures;
import dev.kanmon.bench.Measure;
import dev.kanmon.bench.Options;
import dev.kanmon.bench.Requirement;
import dev.kanmon.bench.Siblings;
import dev.kanmon.bench.Table;
import dev.kanmon.bench.peers.KanmonEngine;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.Shapes;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.kernels.KernelChoice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Do callers with one thread each get in each other's way? As many callers as there are processors share a model, each on
 * its own thread; their calls a second are compared with one caller's, in turns.
 */
public final class Callers {
    private static final List<String> DEFAULTS = List.of(
            "models", "minilm-l6",
            "forms", "fp32,bf16,int8",
            "kernels", "auto",
            "tokens", "128",
            "rounds", "7",
            "millis", "400",
            "resume", "false");

    private Callers() {}

    /** Measures what the {@code key=value} arguments say, keeps it, and prints a table. */
    public static void run(String... arguments) throws IOException, InterruptedException {
        var options = Options.of(DEFAULTS, arguments);
        if (options.flag("resume") && BenchFiles.results().has("callers")) {
            System.out.println("callers: measured before");
            return;
        }
        var measures = new ArrayList<Measure>();
        for (String shape : options.list("models")) {
            for (String form : options.list("forms")) {
                measures.add(measure(shape, form, options));
            }
        }
        BenchFiles.results().save("callers", measures);
        var figures = Figures.of(measures);
        System.out.print(table(figures).text());
        System.out.print(Requirement.table(Requirement.of(figures)).text());
    }

    /** A row for each model and form. */
    public static Table table(Figures figures) {
        var table = Table.of("callers, one thread each", "form", "callers", "share of linear, median", "best");
        for (var m : figures.of("callers").all()) {
            table.row(
                    m.subject() + " with the " + m.engine() + " kernels",
                    m.form(),
                    Integer.toString(m.size()),
                    String.format(Locale.ROOT, "%.2f", m.median()),
                    String.format(Locale.ROOT, "%.2f", m.min()));
        }
        return table;
    }

    private static Measure measure(String shape, String form, Options options) throws InterruptedException {
        var choice = KernelChoice.of(Siblings.named(options.text("kernels")).getFirst());
        var weights = KanmonEngine.weights(form);
        int callers = Runtime.getRuntime().availableProcessors();
        var ids = new int[options.number("tokens")];
        Arrays.setAll(ids, i -> 2000 + 31 * i);
        var sequence = List.of(TokenSequence.of(ids));
        long nanos = options.number("millis") * 1_000_000L;
        try (var model = Model.random(
                Shapes.named(shape), new Model.Options(choice, WeightPlan.of(weights), 1, Optional.empty()), 42)) {
            Runnable call = () -> model.encode(sequence);
            rate(callers, call, 3 * nanos); // C2, caches
            var shares = new double[options.number("rounds")];
            for (int round = 0; round < shares.length; round++) {
                double alone = rate(1, call, nanos);
                double together = rate(callers, call, nanos);
                // the single caller once before and once after, so that a drifting clock favours nobody
                alone = (alone + rate(1, call, nanos)) / 2;
                shares[round] = together / (callers * alone);
            }
            Arrays.sort(shares);
            return new Measure(
                    "callers",
                    shape,
                    1,
                    callers,
                    choice.kernels().name(),
                    form,
                    "1",
                    shares[shares.length - 1],
                    shares[shares.length / 2]);
        }
    }

    /** Calls a second of all callers. */
    private static double rate(int callers, Runnable call, long nanos) throws InterruptedException {
        var stop = new AtomicBoolean();
        var rates = new double[callers];
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < callers; i++) {
            int index = i;
            threads.add(Thread.ofPlatform().start(() -> {
                long start = System.nanoTime();
                long calls = 0;
                while (!stop.get()) {
                    call.run();
                    calls++;
                }
                rates[index] = calls / ((System.nanoTime() - start) / 1e9);
            }));
        }
        Thread.sleep(nanos / 1_000_000);
        stop.set(true);
        for (var thread : threads) {
            thread.join();
        }
        return Arrays.stream(rates).sum();
    }
}
