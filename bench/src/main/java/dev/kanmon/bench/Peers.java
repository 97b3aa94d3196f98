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
            var lengths = Arrays.stream(options.get("lengths").split(",")).mapToInt(Integer::parseInt).toArray();
            PeerRun.run(PeerModel.named(options.get("models")), Integer.parseInt(options.get("threads")), lengths,
                    Integer.parseInt(options.get("rounds")), BenchFiles.work());
            return;
        }
        Machine.description().forEach(System.out::println);
        print(options);
    }

    /** The defaults, changed by {@code key=value} arguments. */
    static Map<String, String> options(String... args) {
        var options = new TreeMap<>(Map.of("models", "minilm-l6", "threads", "1,2", "lengths", "32,128,512", "launches",
                "3", "rounds", "15", "child", "false"));
        for (String arg : args) {
            int equals = arg.indexOf('=');
            if (equals < 0 || options.replace(arg.substring(0, equals), arg.substring(equals + 1)) == null) {
                throw new IllegalArgumentException(arg + ": expected key=value with one of the keys " + options.keySet());
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
                            all.computeIfAbsent(List.of(times.model(), times.threads(), times.tokens()), _ -> new ArrayList<>())
                                    .add(times);
                        }
                    }
                }
            }
        }
        System.out.println("""

                fp32 encoder, batch 1, milliseconds a call: minimum / median over the calls of each JVM, the best and the
                median JVM of %s. ORT is the faster of its two settings (idle threads spin or not) in each column.
                A ratio below 1 means that Kanmon is faster.""".formatted(options.get("launches")));
        System.out.printf("%-10s %7s %6s  %21s  %21s  %9s %9s  %s%n", "model", "threads", "tokens",
                "Kanmon best    median", "ORT best       median", "min ratio", "med ratio", "median ratio in each JVM");
        all.forEach((key, times) -> System.out.println(row(times)));
        System.out.printf(Locale.ROOT, "largest difference of a hidden state between the two: %.2g (allowed %.2g); load now %s%n",
                worst, PeerRun.TOLERANCE, Machine.load());
    }

    private static String row(List<Times> times) {
        var ours = times.stream().filter(t -> t.side().equals("kanmon")).toList();
        var spin = times.stream().filter(t -> t.side().equals("ort")).toList();
        var quiet = times.stream().filter(t -> t.side().equals("ort-nospin")).toList();
        double ourMin = min(ours);
        double ourMedian = median(ours);
        double ortMin = quiet.isEmpty() ? min(spin) : Math.min(min(spin), min(quiet));
        double ortMedian = quiet.isEmpty() ? median(spin) : Math.min(median(spin), median(quiet));
        var ratios = new StringBuilder();
        for (int launch = 0; launch < ours.size(); launch++) {
            double theirs = spin.get(launch).median();
            if (!quiet.isEmpty()) {
                theirs = Math.min(theirs, quiet.get(launch).median());
            }
            ratios.append(String.format(Locale.ROOT, " %.2f", ours.get(launch).median() / theirs));
        }
        var first = times.getFirst();
        return String.format(Locale.ROOT, "%-10s %7d %6d  %10.2f %10.2f  %10.2f %10.2f  %9.2f %9.2f %s", first.model(),
                first.threads(), first.tokens(), ourMin, ourMedian, ortMin, ortMedian, ourMin / ortMin,
                ourMedian / ortMedian, ratios);
    }

    private static double min(List<Times> times) {
        return times.stream().mapToDouble(Times::min).min().orElseThrow();
    }

    private static double median(List<Times> times) {
        return times.stream().mapToDouble(Times::median).sorted().toArray()[times.size() / 2];
    }

    /** Starts a JVM with this one's flags and class path, and returns the lines that it wrote. */
    private static List<String> launch(Map<String, String> options, String model, String threads)
            throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(Machine.flags());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Peers.class.getName(), "child=true",
                "models=" + model, "threads=" + threads, "lengths=" + options.get("lengths"),
                "rounds=" + options.get("rounds")));
        var process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        var lines = new ArrayList<String>();
        try (var out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line; (line = out.readLine()) != null; ) {
                lines.add(line);
            }
        }
        int status = process.waitFor();
        if (status != 0) {
            throw new IOException("the measuring JVM for " + model + " with " + threads + " threads ended with status " + status
                    + "; its message is above");
        }
        return lines;
    }
}
