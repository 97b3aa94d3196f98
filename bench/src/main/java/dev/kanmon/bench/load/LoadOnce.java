package dev.kanmon.bench.load;

import dev.kanmon.engine.Model;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Loads a model in a JVM of its own and answers how long that took and how much memory it had at the most. */
final class LoadOnce {

    private LoadOnce() {}

    /**
     * {@code MODEL KERNELS WEIGHTS TOKENS THREADS}; prints seconds to load, processor seconds until then, seconds of a
     * first pass over so many tokens, and VmHWM in kB before that pass and after it.
     */
    public static void main(String[] args) throws IOException {
        Model.Options options = Model.Options.defaults()
                .withKernels(KernelChoice.of(args[1]))
                .withWeights(WeightType.valueOf(args[2].toUpperCase(Locale.ROOT)))
                .withThreads(Integer.parseInt(args[4]));
        long start = System.nanoTime();
        try (Model model = Model.load(Path.of(args[0]), options)) {
            long loaded = System.nanoTime();
            double cpu = ProcessHandle.current()
                            .info()
                            .totalCpuDuration()
                            .orElse(Duration.ZERO)
                            .toMillis()
                    / 1e3;
            long peak = peakKilobytes();
            var ids = new int[Integer.parseInt(args[3])];
            Arrays.setAll(ids, i -> 5 + i);
            model.encode(List.of(TokenSequence.of(ids)));
            double first = (System.nanoTime() - loaded) / 1e9;
            System.out.printf(
                    Locale.ROOT, "%.3f %.3f %.3f %d %d%n", (loaded - start) / 1e9, cpu, first, peak, peakKilobytes());
        }
    }

    /** The kernel's high-water mark of resident memory; 0 where it has none. */
    private static long peakKilobytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return 0;
        }
        try (var lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        }
    }
}
