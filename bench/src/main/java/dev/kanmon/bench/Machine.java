package dev.kanmon.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What a number must be read with: machine, JDK, flags, commit. */
public final class Machine {
    private Machine() {}

    /** Lines that go above every table. */
    public static List<String> description() throws IOException {
        return List.of(
                "machine  " + processor() + ", " + Runtime.getRuntime().availableProcessors() + " processors, "
                        + System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", load " + load(),
                "JDK      " + System.getProperty("java.vm.vendor") + " " + System.getProperty("java.vm.name") + " "
                        + Runtime.version(),
                "flags    "
                        + String.join(
                                " ",
                                flags().stream()
                                        .filter(flag -> !flag.startsWith("-Dkanmon.bench."))
                                        .toList()),
                "commit   " + System.getProperty("kanmon.bench.commit", "unknown: start through bench/run"));
    }

    /** The JVM arguments of this process. */
    static List<String> flags() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments();
    }

    /** Processes that wanted a processor, on average over the last minute; more than our own threads means disturbed. */
    public static String load() {
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        return load < 0 ? "unknown" : String.format(Locale.ROOT, "%.1f", load);
    }

    private static String processor() throws IOException {
        var info = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(info)) {
            return "processor unknown";
        }
        var lines = Files.readAllLines(info, StandardCharsets.UTF_8);
        return value(lines, "model name") + " (family " + value(lines, "cpu family") + ", model "
                + value(lines, "model") + ")";
    }

    private static String value(List<String> lines, String key) {
        return lines.stream()
                .map(line -> line.split(":", 2))
                .filter(pair -> pair.length == 2 && pair[0].strip().equals(key))
                .map(pair -> pair[1].strip())
                .findFirst()
                .orElse("?");
    }
}
