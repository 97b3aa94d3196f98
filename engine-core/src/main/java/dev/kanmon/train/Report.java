package dev.kanmon.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * What came of a run.
 *
 * @param finished whether it is done; else it was stopped, and goes on from its checkpoint when it is started again
 * @param step steps that were done
 * @param bestStep the step whose weights are the model that came out; 0 if those are the last ones, since nothing was held
 *     back to measure with
 * @param texts rows that were learned from, over all steps
 * @param seconds that the steps took, without what is done between them
 * @param peakBytes the most memory that the process had resident; 0 where the system does not say
 * @param measurements on the validation rows, in order
 */
public record Report(
        boolean finished,
        long step,
        long bestStep,
        long texts,
        double seconds,
        long peakBytes,
        List<Measurement> measurements) {

    private static final String PEAK = "VmHWM:";

    public Report {
        measurements = List.copyOf(Objects.requireNonNull(measurements, "measurements"));
    }

    /** The most memory that this process has had resident, in bytes, as Linux counts it; 0 on other systems. */
    public static long peakMemory() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return 0;
        }
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith(PEAK)) {
                return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        return 0;
    }
}
