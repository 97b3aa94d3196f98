package dev.kanmon.bench.start;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.bench.BenchFiles;
import dev.kanmon.bench.Child;
import dev.kanmon.bench.Figures;
import dev.kanmon.bench.Measure;
import dev.kanmon.bench.Options;
import dev.kanmon.bench.Requirement;
import dev.kanmon.bench.Table;
import dev.kanmon.bench.Texts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How long does the first verdict of a JVM take, next to one when everything is warm? The bundled guard, a text of 128
 * tokens, after loading; a fresh JVM for each try, with this one's flags.
 */
public final class ColdVerdict {
    private static final List<String> DEFAULTS = List.of(
            "tokens",
            "128",
            "launches",
            "5",
            "kernels",
            "auto",
            "weights",
            "auto",
            "threads",
            "1",
            "warm",
            "2000",
            "resume",
            "false");

    private ColdVerdict() {}

    /** Measures what the {@code key=value} arguments say, keeps it, and prints a table. */
    public static void run(String... arguments) throws IOException, InterruptedException {
        var options = Options.of(DEFAULTS, arguments);
        String piece =
                "cold-" + options.text("kernels") + "-" + options.text("weights") + "-" + options.text("threads");
        if (options.flag("resume") && BenchFiles.results().has(piece)) {
            System.out.println(piece + ": measured before");
            return;
        }
        String text = text(options.number("tokens"));
        var load = new ArrayList<Double>();
        var first = new ArrayList<Double>();
        var warm = new ArrayList<Double>();
        for (int launch = 0; launch < options.number("launches"); launch++) {
            var command = Child.sameJvm();
            command.add(ColdOnce.class.getName());
            command.addAll(List.of(
                    text,
                    options.text("kernels"),
                    options.text("weights"),
                    options.text("threads"),
                    options.text("warm")));
            Child.run(command, line -> {
                var cells = line.split("\t");
                load.add(Double.valueOf(cells[0]));
                first.add(Double.valueOf(cells[1]));
                warm.add(Double.valueOf(cells[2]));
            });
        }
        int threads = options.number("threads");
        int tokens = options.number("tokens");
        String form = options.text("kernels") + " " + options.text("weights");
        var measures = List.of(
                measure(threads, tokens, "kanmon-load", form, load),
                measure(threads, tokens, "kanmon-first", form, first),
                measure(threads, tokens, "kanmon-warm", form, warm));
        BenchFiles.results().save(piece, measures);
        var figures = Figures.of(measures);
        System.out.print(table(figures).text());
        System.out.print(Requirement.table(Requirement.of(figures)).text());
    }

    /** A row for each kind of time. */
    public static Table table(Figures figures) {
        var table = Table.of(
                "bundled guard, a fresh JVM each", "kernels, weights", "tokens, threads", "best ms", "median ms");
        for (var m : figures.of("cold").all()) {
            table.row(
                    m.engine().substring("kanmon-".length()),
                    m.form(),
                    m.size() + ", " + m.threads(),
                    String.format(Locale.ROOT, "%.2f", m.min()),
                    String.format(Locale.ROOT, "%.2f", m.median()));
        }
        return table;
    }

    private static Measure measure(int threads, int tokens, String engine, String form, List<Double> times) {
        return Measure.of(
                "cold",
                "bundled guard",
                threads,
                tokens,
                engine,
                form,
                "ms",
                times.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** The longest text of whole words with at most so many tokens. */
    private static String text(int tokens) throws IOException {
        try (var guard = Guard.bundled(GuardOptions.defaults())) {
            String text = Texts.words(1);
            for (int words = 2; ; words++) {
                String longer = Texts.words(words);
                if (guard.check(Exchange.of(longer)).tokens() > tokens) {
                    return text;
                }
                text = longer;
            }
        }
    }
}
