package dev.kanmon.bench.threads;

import dev.kanmon.bench.Machine;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.Shapes;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.encoder.Parallel;
import dev.kanmon.kernels.KernelChoice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** How long a parallel region takes in which every thread must take part, and how well callers scale. */
public final class ThreadsReport {

    private static final int WARM_UP = 20_000;

    /** Between regions: next to nothing, as inside a layer; a long piece of another thread; idle workers. */
    private static final List<Integer> GAPS_MICROS = List.of(0, 10, 50, 150, 2000);

    private final Map<String, String> options;

    private ThreadsReport(Map<String, String> options) {
        this.options = options;
    }

    /** {@code key=value…}: threads, callers, shape, tokens, kernels, seconds. */
    public static void main(String[] args) throws IOException, InterruptedException, ExecutionException {
        String processors = Integer.toString(Runtime.getRuntime().availableProcessors());
        Map<String, String> options = new LinkedHashMap<>(Map.of(
                "threads",
                processors,
                "callers",
                processors,
                "shape",
                "minilm-l6",
                "tokens",
                "128",
                "kernels",
                KernelChoice.automatic().kernels().name(),
                "seconds",
                "3"));
        for (String arg : args) {
            String[] pair = arg.split("=", 2);
            if (pair.length < 2 || options.put(pair[0], pair[1]) == null) {
                System.err.println("found " + arg + ", expected key=value with one of " + options.keySet());
                System.exit(2);
            }
        }
        Machine.description().forEach(System.out::println);
        ThreadsReport report = new ThreadsReport(options);
        report.regions();
        report.callers();
    }

    private int number(String key) {
        return Integer.parseInt(options.get(key));
    }

    private void regions() {
        int threads = number("threads");
        System.out.printf(
                "%nregion of %d threads in which each must take part, µs%n     gap     p50     p90     p99%n", threads);
        try (Parallel parallel = Parallel.ofThreads(threads)) {
            for (int gap : GAPS_MICROS) {
                int count = Math.clamp(2_000_000 / Math.max(1, gap), 200, 200_000);
                double[] micros = new double[count];
                for (int i = -Math.min(WARM_UP, count); i < count; i++) {
                    spin(gap);
                    long start = System.nanoTime();
                    meet(parallel, threads);
                    if (i >= 0) {
                        micros[i] = (System.nanoTime() - start) / 1e3;
                    }
                }
                Arrays.sort(micros);
                System.out.printf(
                        Locale.ROOT,
                        "%8d %7.2f %7.2f %7.2f%n",
                        gap,
                        micros[count / 2],
                        micros[count * 9 / 10],
                        micros[count * 99 / 100]);
            }
        }
    }

    /** A region whose pieces end when all have begun. */
    private static void meet(Parallel parallel, int threads) {
        AtomicInteger begun = new AtomicInteger();
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

    private void callers() throws InterruptedException, ExecutionException {
        int callers = number("callers");
        int tokens = number("tokens");
        Model.Options one = Model.Options.defaults().withKernels(KernelChoice.of(options.get("kernels")));
        TokenSequence text = TokenSequence.of(IntStream.rangeClosed(1, tokens).toArray());
        try (Model model = Model.random(Shapes.named(options.get("shape")), one, 1);
                ExecutorService threads = Executors.newFixedThreadPool(callers)) {
            passes(threads, model, text, callers);
            double alone = 0;
            double together = 0;
            for (int round = 0; round < 2; round++) {
                alone = Math.max(alone, passes(threads, model, text, 1));
                together = Math.max(together, passes(threads, model, text, callers));
            }
            System.out.printf(
                    Locale.ROOT,
                    "%n%s, %d tokens, %s kernels, one thread for each caller, passes/s%n1 caller %.1f, %d callers %.1f:"
                            + " %.2f of linear%n",
                    options.get("shape"),
                    tokens,
                    options.get("kernels"),
                    alone,
                    callers,
                    together,
                    together / callers / alone);
        }
    }

    /** Passes a second of {@code callers} callers that share a model. */
    private double passes(ExecutorService threads, Model model, TokenSequence text, int callers)
            throws InterruptedException, ExecutionException {
        long nanos = number("seconds") * 1_000_000_000L;
        List<Callable<Double>> work = new ArrayList<>();
        for (int c = 0; c < callers; c++) {
            work.add(() -> {
                long start = System.nanoTime();
                int passes = 0;
                while (System.nanoTime() - start < nanos) {
                    model.encode(List.of(text));
                    passes++;
                }
                return passes * 1e9 / (System.nanoTime() - start);
            });
        }
        double sum = 0;
        for (Future<Double> one : threads.invokeAll(work)) {
            sum += one.get();
        }
        return sum;
    }
}
