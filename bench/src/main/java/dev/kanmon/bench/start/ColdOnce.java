package dev.kanmon.bench.start;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.util.Locale;

/** One JVM's part of {@link ColdVerdict}. */
final class ColdOnce {
    private ColdOnce() {}

    /** {@code TEXT KERNELS WEIGHTS THREADS WARM_MILLIS}; prints milliseconds to load, of the first verdict and of a warm one. */
    public static void main(String[] args) throws IOException {
        var options = GuardOptions.defaults().withThreads(Integer.parseInt(args[3]));
        if (!args[1].equals("auto")) {
            options = options.withKernels(args[1]);
        }
        if (!args[2].equals("auto")) {
            options = options.withWeights(WeightType.valueOf(args[2].toUpperCase(Locale.ROOT)));
        }
        var exchange = Exchange.of(args[0]);
        long start = System.nanoTime();
        try (var guard = Guard.bundled(options)) {
            long loaded = System.nanoTime();
            var verdict = guard.check(exchange);
            long judged = System.nanoTime();
            double warm = Double.MAX_VALUE;
            long end = judged + Long.parseLong(args[4]) * 1_000_000;
            for (long from = judged, now = judged; now < end; from = now) {
                var again = guard.check(exchange);
                now = System.nanoTime();
                warm = Math.min(warm, (now - from) / 1e6);
                if (again.harmful() != verdict.harmful()) {
                    throw new IllegalStateException(
                            "a verdict changed while the JVM became warm: " + verdict + ", then " + again);
                }
            }
            System.out.printf(Locale.ROOT, "%.4f\t%.4f\t%.4f%n", (loaded - start) / 1e6, (judged - loaded) / 1e6, warm);
        }
    }
}
