package dev.kanmon.bench.load;

import dev.kanmon.bench.Machine;
import dev.kanmon.engine.Shapes;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * How much memory and time does it take to load a large model? Random weights of a shape, written to a directory that is
 * deleted afterwards and loaded by one fresh JVM after another, with a warm page cache; then {@code kanmon check hello}
 * from its start to its verdict. {@code bench/run-load} says which arguments there are.
 */
public final class LoadBench {

    /** How the script {@code kanmon} starts the JVM, and how a program does that says nothing. */
    private static final Map<String, List<String>> COLLECTORS = new TreeMap<>(Map.of(
            "Serial", List.of("-XX:+UseSerialGC", "-XX:PretenureSizeThreshold=1m"), "G1", List.of("-XX:+UseG1GC")));

    private final Map<String, String> options;
    private final Path directory;
    private final Path weights;

    private LoadBench(Map<String, String> options) {
        this.options = options;
        this.directory = Path.of(options.get("work"), options.get("shape"));
        this.weights = directory.resolve("model.safetensors");
    }

    /** {@code key=value} arguments. */
    public static void main(String[] args) throws IOException, InterruptedException {
        Map<String, String> options = new TreeMap<>(Map.of(
                "shape", "deberta-v3-large",
                "weights", "f32,int8",
                "kernels", "vector",
                "runs", "3",
                "tokenizer", "",
                "command", "",
                "work", "bench/target/load"));
        for (String arg : args) {
            String[] pair = arg.split("=", 2);
            if (pair.length < 2 || options.put(pair[0], pair[1]) == null) {
                System.err.println("found " + arg + ", expected key=value with one of " + options.keySet());
                System.exit(2);
            }
        }
        Shapes.configJson(options.get("shape")); // Refuses an unknown one before anything is printed.
        Machine.description().forEach(System.out::println);
        new LoadBench(options).run();
    }

    private void run() throws IOException, InterruptedException {
        try {
            RandomModel.write(options.get("shape"), directory);
            double file = Files.size(weights);
            System.out.printf(
                    Locale.ROOT,
                    "%s: %.0f MB in f32, %s kernels%n",
                    options.get("shape"),
                    file / 1e6,
                    options.get("kernels"));
            System.out.println(
                    "weights  collector  load s, best (all)             cpu s  first pass s  peak/file  load average");
            for (String type : options.get("weights").split(",")) {
                for (String collector : COLLECTORS.keySet()) {
                    load(type, collector, file);
                }
            }
            if (!options.get("command").isEmpty()) {
                for (String type : options.get("weights").split(",")) {
                    check(type);
                }
            }
        } finally {
            delete();
        }
    }

    private void load(String type, String collector, double file) throws IOException, InterruptedException {
        List<Double> seconds = new ArrayList<>();
        double cpu = Double.MAX_VALUE;
        double first = Double.MAX_VALUE;
        double peak = 0;
        for (int i = 0; i < runs(); i++) {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString()));
            command.addAll(COLLECTORS.get(collector));
            command.addAll(List.of(
                    "--add-modules",
                    "jdk.incubator.vector",
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path")));
            command.addAll(List.of(
                    LoadOnce.class.getName(),
                    directory.toString(),
                    options.get("kernels"),
                    type,
                    "3",
                    Integer.toString(Runtime.getRuntime().availableProcessors())));
            double[] answer = Arrays.stream(answer(command, 0).strip().split(" "))
                    .mapToDouble(Double::parseDouble)
                    .toArray();
            seconds.add(answer[0]);
            cpu = Math.min(cpu, answer[1]);
            first = Math.min(first, answer[2]);
            peak = Math.max(peak, answer[3] * 1024 / file);
        }
        System.out.printf(
                Locale.ROOT,
                "%-7s  %-9s  %.2f %-24s  %5.2f  %12.2f  %9.2f  %s%n",
                type,
                collector,
                seconds.stream().mapToDouble(s -> s).min().orElseThrow(),
                seconds,
                cpu,
                first,
                peak,
                Machine.load());
    }

    /** The verdict's exit status may say either thing. */
    private void check(String type) throws IOException, InterruptedException {
        writeTokenizer();
        List<Double> seconds = new ArrayList<>();
        for (int i = 0; i < runs(); i++) {
            long start = System.nanoTime();
            answer(
                    List.of(
                            options.get("command"),
                            "check",
                            "--model",
                            directory.toString(),
                            "--weights",
                            type,
                            "hello"),
                    1);
            seconds.add(Math.round((System.nanoTime() - start) / 1e7) / 100.0);
        }
        System.out.printf(
                Locale.ROOT,
                "kanmon check --weights %s hello: %.2f s, best of %s, load average %s%n",
                type,
                seconds.stream().mapToDouble(s -> s).min().orElseThrow(),
                seconds,
                Machine.load());
    }

    private int runs() {
        return Integer.parseInt(options.get("runs"));
    }

    /** The tokenizer that was named, or a made-up vocabulary of a word for each embedding. */
    private void writeTokenizer() throws IOException {
        if (!options.get("tokenizer").isEmpty()) {
            for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
                Path file = Path.of(options.get("tokenizer"), name);
                if (Files.exists(file)) {
                    Files.copy(file, directory.resolve(name), StandardCopyOption.REPLACE_EXISTING);
                }
            }
            return;
        }
        List<String> words = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello"));
        for (int i = words.size();
                i < Shapes.named(options.get("shape")).encoder().vocabularySize();
                i++) {
            words.add("w" + i);
        }
        Files.write(directory.resolve("vocab.txt"), words);
    }

    private static String answer(List<String> command, int highestStatus) throws IOException, InterruptedException {
        File errors = File.createTempFile("kanmon-load", ".err");
        try {
            Process process = new ProcessBuilder(command).redirectError(errors).start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() > highestStatus) {
                throw new IOException(command + " ended with status " + process.exitValue() + ": "
                        + Files.readString(errors.toPath()));
            }
            return out;
        } finally {
            Files.delete(errors.toPath());
        }
    }

    private void delete() throws IOException {
        if (Files.isDirectory(directory)) {
            try (var files = Files.list(directory)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(directory);
        }
    }
}
