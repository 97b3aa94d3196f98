package dev.kanmon.bench;

import ai.onnxruntime.OrtException;
import dev.kanmon.bench.PeerRun.Times;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Is this engine faster than ONNX Runtime Java, with the same weights, inputs and threads? Both run in the same JVM, in
 * turns; several JVMs, since C2 does not compile twice alike. {@link PeerRun} says how a turn goes.
 *
 * <p>{@code key=value} arguments, with their defaults: {@code models=minilm-l6}, {@code threads=1,2},
 * {@code lengths=32,128,512}, {@code launches=3}, {@code rounds=15}.
 */
public final class Peers {
    private Peers() {}

    /** Runs all launches and prints the table; with {@code child=true}, one launch's part. */
    public static void main(String[] args) throws IOException, InterruptedException, OrtException {
        Map<String, String> options;
        try {
            options = options(args);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        if (options.get("child").equals("true")) {
            var lengths = Arrays.stream(options.get("lengths").split(","))
                    .mapToInt(Integer::parseInt)
                    .toArray();
            PeerRun.run(
                    PeerModel.named(options.get("models")),
                    Integer.parseInt(options.get("threads")),
                    lengths,
                    Integer.parseInt(options.get("rounds")),
                    BenchFiles.work());
            return;
        }
        Machine.description().forEach(System.out::println);
        print(options);
    }

    /** The defaults, changed by {@code key=value} arguments. */
    static Map<String, String> options(String... args) {
        var options = new TreeMap<>(Map.of(
                "models",
                "minilm-l6",
                "threads",
                "1,2",
                "lengths",
                "32,128,512",
                "launches",
                "3",
                "rounds",
                "15",
                "child",
                "false"));
        for (String arg : args) {
            int equals = arg.indexOf('=');
            if (equals < 0 || options.replace(arg.substring(0, equals), arg.substring(equals + 1)) == null) {
                throw new IllegalArgumentException(
                        arg + ": expected key=value with one of the keys " + options.keySet());
            }
        }
        return options;
    }

    /** Launches JVM after JVM, then prints a line for each model, number of threads and length. */
    static void print(Map<String, String> options) throws IOException, InterruptedException {
        var all = new LinkedHashMap<List<Object>, List<Times>>();
        double worst = 0;
        for (int launch = 0; launch < Integer.parseInt(options.get("launches")); launch++) {
            for (String model : options.get("models").split(",")) {
                for (String threads : options.get("threads").split(",")) {
                    for (String line : launch(options, model, threads)) {
                        if (line.startsWith("differs\t")) {
                            worst = Math.max(worst, Double.parseDouble(line.split("\t")[3]));
                        } else {
                            var times = Times.ofLine(line);
                            all.computeIfAbsent(
                                            List.of(times.model(), times.threads(), times.tokens()),
                                            _ -> new ArrayList<>())
                                    .add(times);
                        }
                    }
                }
            }
        }
        System.out.println("""

            fp32 encoder, batch 1, ms a call: minimum over all calls of %s JVMs / median of the JVMs' medians.
            ORT: the published ONNX file as it is. Fused: the same weights as a graph of ONNX Runtime's own fused operators.
            With 2 threads and more each column is the better of two settings (idle threads spin, or sleep at once).
            A ratio is Kanmon's time divided by the other's: below 1 Kanmon is faster.\
            """.formatted(options.get("launches")));
        System.out.printf(
                "%-10s %7s %6s  %15s  %15s  %15s  %11s  %11s  %s%n",
                "model",
                "threads",
                "tokens",
                "Kanmon",
                "ORT",
                "ORT fused",
                "ratio ORT",
                "ratio fused",
                "median ratios of each JVM, ORT/fused");
        all.forEach((key, times) -> System.out.println(row(times)));
        System.out.printf(
                Locale.ROOT,
                "largest difference of a hidden state: %.2g (allowed %.2g); load now %s%n",
                worst,
                PeerRun.TOLERANCE,
                Machine.load());
    }

    private static String row(List<Times> times) {
        var first = times.getFirst();
        var ours = Column.of(times, PeerRun.KANMON);
        var published = Column.of(times, PeerRun.PUBLISHED);
        var fused = Column.of(times, PeerRun.FUSED);
        var each = new StringBuilder();
        for (int jvm = 0; jvm < ours.medians.size(); jvm++) {
            double median = ours.medians.get(jvm);
            each.append(String.format(
                    Locale.ROOT, " %.2f/%.2f", median / published.medians.get(jvm), median / fused.medians.get(jvm)));
        }
        return String.format(
                Locale.ROOT,
                "%-10s %7d %6d  %s  %s  %s  %s  %s %s",
                first.model(),
                first.threads(),
                first.tokens(),
                ours,
                published,
                fused,
                ours.ratio(published),
                ours.ratio(fused),
                each);
    }

    /** One side over all JVMs. */
    private record Column(double min, List<Double> medians) {
        /** The better of the side's settings, JVM by JVM. */
        static Column of(List<Times> times, String side) {
            var spin = times.stream().filter(t -> t.side().equals(side)).toList();
            var sleep = times.stream()
                    .filter(t -> t.side().equals(side + PeerRun.NO_SPIN))
                    .toList();
            double min = Double.POSITIVE_INFINITY;
            var medians = new ArrayList<Double>();
            for (int jvm = 0; jvm < spin.size(); jvm++) {
                var other = sleep.isEmpty() ? spin.get(jvm) : sleep.get(jvm);
                min = Math.min(min, Math.min(spin.get(jvm).min(), other.min()));
                medians.add(Math.min(spin.get(jvm).median(), other.median()));
            }
            return new Column(min, medians);
        }

        double median() {
            return medians.stream().sorted().toList().get(medians.size() / 2);
        }

        String ratio(Column other) {
            return String.format(Locale.ROOT, "%.2f / %.2f", min / other.min, median() / other.median());
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%6.2f / %6.2f", min, median());
        }
    }

    /** Starts a JVM with this one's flags and class path, and returns the lines that it wrote. */
    private static List<String> launch(Map<String, String> options, String model, String threads)
            throws IOException, InterruptedException {
        var command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(Machine.flags());
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                Peers.class.getName(),
                "child=true",
                "models=" + model,
                "threads=" + threads,
                "lengths=" + options.get("lengths"),
                "rounds=" + options.get("rounds")));
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var lines = new ArrayList<String>();
        try (var out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line; (line = out.readLine()) != null; ) {
                lines.add(line);
            }
        }
        int status = process.waitFor();
        if (status != 0) {
            throw new IOException("the measuring JVM for " + model + " with " + threads + " threads ended with status "
                    + status + "; its message is above");
        }
        return lines;
    }
}
