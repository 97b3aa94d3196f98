package dev.kanmon.bench.serve;

import dev.kanmon.bench.BenchFiles;
import dev.kanmon.bench.Child;
import dev.kanmon.bench.Figures;
import dev.kanmon.bench.Measure;
import dev.kanmon.bench.Options;
import dev.kanmon.bench.Requirement;
import dev.kanmon.bench.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What does the server bear? Three parts: {@code load} (many clients for two minutes, next to {@code checkAll} of the same
 * texts with the same threads, before and after), {@code memory} (very many requests, what the process holds on the way) and
 * {@code drain} (SIGTERM while clients ask). Clients, server and {@code checkAll} are processes of their own. Clients and
 * server share the processors: the clients' processor time is measured, and what the server would have answered in it
 * added.
 */
public final class ServeBench {
    private static final List<String> DEFAULTS = List.of(
            "parts", "load,memory,drain",
            "clients", "64",
            "tokens", "128",
            "threads", Integer.toString(Runtime.getRuntime().availableProcessors()),
            "weights", "default",
            "seconds", "120",
            "alone", "10",
            "warm", "6",
            "requests", "200000",
            "requests-tokens", "16",
            "drains", "5",
            "resume", "false");

    private static final int PATIENCE_SECONDS = 60;
    private static final int CHECKPOINTS = 10;

    private ServeBench() {}

    /** Measures what the {@code key=value} arguments say, keeps it, and prints a table. */
    public static void run(String... arguments) throws IOException, InterruptedException {
        var options = Options.of(DEFAULTS, arguments);
        if (options.flag("resume") && BenchFiles.results().has("serve")) {
            System.out.println("serve: measured before");
            return;
        }
        var measures = new ArrayList<Measure>();
        for (String part : options.list("parts")) {
            switch (part) {
                case "load" -> load(options, measures);
                case "memory" -> memory(options, measures);
                case "drain" -> drain(options, measures);
                default ->
                    throw new IllegalArgumentException("parts: found " + part + ", expected load, memory or drain");
            }
        }
        BenchFiles.results().save("serve", measures);
        var figures = Figures.of(measures);
        System.out.print(table(figures).text());
        System.out.print(Requirement.table(Requirement.of(figures)).text());
    }

    /** A row for each figure. */
    public static Table table(Figures figures) {
        var table = Table.of("a server", "figure", "clients", "threads", "weights", "found");
        for (var m : figures.all()) {
            if (m.bench().startsWith("serve")) {
                table.row(
                        m.subject(),
                        m.bench().equals("serve") ? m.engine() : m.bench().substring("serve-".length()),
                        Integer.toString(m.size()),
                        Integer.toString(m.threads()),
                        m.form(),
                        String.format(Locale.ROOT, "%.5g %s", m.median(), m.unit()));
            }
        }
        return table;
    }

    private static void load(Options options, List<Measure> measures) throws IOException, InterruptedException {
        String subject = options.text("tokens") + " tokens";
        double before = alone(options);
        Map<String, Double> found;
        try (var server = ServerProcess.start(guard(options))) {
            found = clients(server, options, options.text("tokens"), options.text("seconds"), "0");
            server.terminate();
            server.status(PATIENCE_SECONDS);
        }
        double after = alone(options);
        double alone = (before + after) / 2;
        double answered = found.getOrDefault("status-200", 0.0);
        double wall = found.get("wall");
        double own = found.get("cpu") / Runtime.getRuntime().availableProcessors();
        double rate = answered / (wall - own);
        System.out.printf(
                Locale.ROOT,
                "load: %.0f answers in %.1f s, of which the clients took %.1f s of %d processors each: %.0f texts/s,"
                        + " %.0f without the clients; checkAll %.0f before and %.0f after; statuses %s%n",
                answered,
                wall,
                own,
                Runtime.getRuntime().availableProcessors(),
                answered / wall,
                rate,
                before,
                after,
                statuses(found));
        add(measures, options, "serve", subject, "server", "texts/s", rate);
        add(measures, options, "serve", subject, "checkAll", "texts/s", alone);
        add(measures, options, "serve-share", subject, "kanmon", "1", rate / alone);
        add(measures, options, "serve-errors", subject, "kanmon", "1", errors(found));
        add(measures, options, "serve-429", subject, "kanmon", "1", found.getOrDefault("status-429", 0.0));
        for (String percentile : List.of("p50", "p90", "p99", "p100")) {
            add(measures, options, "serve-" + percentile, subject, "kanmon", "ms", found.get(percentile));
        }
    }

    /** Texts a second of the guard alone. */
    private static double alone(Options options) throws IOException, InterruptedException {
        var found = run(List.of(
                CheckAll.class.getName(),
                options.text("threads"),
                options.text("weights"),
                options.text("clients"),
                options.text("tokens"),
                options.text("warm"),
                options.text("alone")));
        if (found.get("tokens") != options.number("tokens")) {
            throw new IOException("a text has " + found.get("tokens") + " tokens, expected " + options.text("tokens"));
        }
        return found.get("texts");
    }

    private static void memory(Options options, List<Measure> measures) throws IOException, InterruptedException {
        int requests = options.number("requests");
        String subject = requests + " requests of " + options.text("requests-tokens") + " tokens";
        try (var server = ServerProcess.start(guard(options))) {
            int answered = 0;
            double firstHeap = 0;
            double firstResident = 0;
            for (int c = 1; c <= CHECKPOINTS; c++) {
                var found = clients(
                        server,
                        options,
                        options.text("requests-tokens"),
                        "0",
                        Integer.toString(requests / CHECKPOINTS));
                if (errors(found) > 0) {
                    throw new IOException("memory: found " + statuses(found) + ", expected no error");
                }
                answered += found.getOrDefault("status-200", 0.0).intValue();
                double heap = server.heapMegabytes();
                double resident = server.residentMegabytes();
                System.out.printf(
                        Locale.ROOT,
                        "memory: %d answered, heap in use %.1f MB, resident %.0f MB%n",
                        answered,
                        heap,
                        resident);
                if (c == 1) {
                    firstHeap = heap;
                    firstResident = resident;
                } else if (c == CHECKPOINTS) {
                    add(measures, options, "serve-heap-growth", subject, "kanmon", "MB", heap - firstHeap);
                    add(measures, options, "serve-heap", subject, "kanmon", "MB", heap);
                    add(measures, options, "serve-resident-growth", subject, "kanmon", "MB", resident - firstResident);
                    add(measures, options, "serve-resident", subject, "kanmon", "MB", resident);
                }
            }
            server.terminate();
            server.status(PATIENCE_SECONDS);
        }
    }

    private static void drain(Options options, List<Measure> measures) throws IOException, InterruptedException {
        double lost = 0;
        double answered = 0;
        for (int round = 0; round < options.number("drains"); round++) {
            try (var server = ServerProcess.start(guard(options))) {
                Thread.ofVirtual().start(() -> {
                    try {
                        Thread.sleep(4000);
                        server.terminate();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
                var found = clients(server, options, options.text("tokens"), "3600", "1000000000");
                int status = server.status(PATIENCE_SECONDS);
                System.out.println("drain: " + statuses(found) + "; exit status " + status
                        + "; the server's last words: " + server.lines().getLast());
                lost += found.getOrDefault("unanswered", 0.0)
                        + found.getOrDefault("broken", 0.0)
                        + (status == 0 ? 0 : 1);
                answered += found.getOrDefault("status-200", 0.0);
            }
        }
        String subject = options.text("drains") + " ends by SIGTERM";
        add(measures, options, "serve-drain-lost", subject, "kanmon", "1", lost);
        add(measures, options, "serve-drain-answered", subject, "kanmon", "1", answered);
    }

    /** Everything that is neither an answer nor an honest refusal. */
    private static double errors(Map<String, Double> found) {
        return found.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("status-")
                        ? !List.of("status-200", "status-429").contains(entry.getKey())
                        : List.of("malformed", "unanswered", "refused", "broken")
                                .contains(entry.getKey()))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

    private static String statuses(Map<String, Double> found) {
        var text = new StringBuilder();
        found.forEach((name, count) -> {
            if (!List.of("wall", "cpu").contains(name) && !name.matches("p\\d+")) {
                text.append(text.isEmpty() ? "" : ", ").append(name).append(' ').append(count.longValue());
            }
        });
        return text.toString();
    }

    private static List<String> guard(Options options) {
        var arguments = new ArrayList<>(List.of("--threads", options.text("threads")));
        if (!options.text("weights").equals("default")) {
            arguments.addAll(List.of("--weights", options.text("weights")));
        }
        return arguments;
    }

    private static Map<String, Double> clients(
            ServerProcess server, Options options, String tokens, String seconds, String requests)
            throws IOException, InterruptedException {
        return run(List.of(
                Clients.class.getName(),
                Integer.toString(server.port()),
                options.text("clients"),
                tokens,
                requests.equals("0") ? options.text("warm") : "0",
                seconds,
                requests));
    }

    private static Map<String, Double> run(List<String> main) throws IOException, InterruptedException {
        var command = Child.java();
        command.addAll(List.of(
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(main);
        var found = new TreeMap<String, Double>();
        Child.run(command, line -> {
            var cells = line.split(" ");
            found.put(cells[0], Double.valueOf(cells[1]));
        });
        return found;
    }

    private static void add(
            List<Measure> measures,
            Options options,
            String bench,
            String subject,
            String engine,
            String unit,
            double value) {
        measures.add(new Measure(
                bench,
                subject,
                options.number("threads"),
                options.number("clients"),
                engine,
                options.text("weights"),
                unit,
                value,
                value));
    }
}
