package dev.kanmon.bench.start;

import dev.kanmon.bench.BenchFiles;
import dev.kanmon.bench.Figures;
import dev.kanmon.bench.Measure;
import dev.kanmon.bench.Options;
import dev.kanmon.bench.Requirement;
import dev.kanmon.bench.Table;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** How long does {@code ./kanmon check "hello"} take, from the start of the process to its end? */
public final class CommandTime {
    private static final List<String> DEFAULTS = List.of("runs", "15", "text", "hello", "resume", "false");

    private CommandTime() {}

    /** Measures what the {@code key=value} arguments say, keeps it, and prints a table. */
    public static void run(String... arguments) throws IOException, InterruptedException {
        var options = Options.of(DEFAULTS, arguments);
        if (options.flag("resume") && BenchFiles.results().has("command")) {
            System.out.println("command: measured before");
            return;
        }
        once(options.text("text")); // builds, makes the AOT cache, warms the page cache
        var seconds = new double[options.number("runs")];
        for (int i = 0; i < seconds.length; i++) {
            seconds[i] = once(options.text("text"));
        }
        var measures = List.of(Measure.of(
                "command",
                "kanmon check",
                Runtime.getRuntime().availableProcessors(),
                seconds.length,
                "kanmon",
                "auto",
                "s",
                seconds));
        BenchFiles.results().save("command", measures);
        var figures = Figures.of(measures);
        System.out.print(table(figures).text());
        System.out.print(Requirement.table(Requirement.of(figures)).text());
    }

    /** One row. */
    public static Table table(Figures figures) {
        var table = Table.of("wall time of the whole process", "runs", "best s", "median s");
        for (var m : figures.of("command").all()) {
            table.row(
                    "./kanmon check \"hello\"",
                    Integer.toString(m.size()),
                    String.format(Locale.ROOT, "%.3f", m.min()),
                    String.format(Locale.ROOT, "%.3f", m.median()));
        }
        return table;
    }

    private static double once(String text) throws IOException, InterruptedException {
        long start = System.nanoTime();
        var process = new ProcessBuilder(BenchFiles.command().toString(), "check", text)
                .redirectErrorStream(true)
                .start();
        var out = new String(process.getInputStream().readAllBytes());
        int status = process.waitFor();
        double seconds = (System.nanoTime() - start) / 1e9;
        if (status > 1) { // 1 says that the text is harmful
            throw new IOException("./kanmon check ended with status " + status + ": " + out);
        }
        return seconds;
    }
}
