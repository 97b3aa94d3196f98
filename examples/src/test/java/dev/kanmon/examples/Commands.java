package dev.kanmon.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Command lines of a page, run one after the other in a folder that has what they name: {@code DIR}, a model that can learn,
 * and {@code rows.jsonl}. {@code ./kanmon} is this class path's, not the script, which would build what is being built.
 */
final class Commands {

    /** A word, or what stands between quotes. */
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|(\\S+)");

    /** Where a server says that it listens. */
    private static final Pattern ADDRESS = Pattern.compile("http://[^/ ]*:(\\d+)");

    /** The port that pages name; the one that is used here is free. */
    private static final String NAMED_PORT = ":8080";

    private final Path root;
    private final Path folder;
    private Process server;
    private String port;

    Commands(Path root, Path folder) {
        this.root = root;
        this.folder = folder;
    }

    void run(String block) throws IOException, InterruptedException {
        prepare();
        try {
            for (String line : block.replace("\\\n", " ").lines().toList()) {
                List<String> words = words(line.replaceFirst("(^|\\s)#.*", ""));
                switch (words.isEmpty() ? "" : words.getFirst()) {
                    case "" -> {}
                    case "./kanmon" -> {
                        if (words.get(1).equals("serve")) {
                            serve(words.subList(1, words.size()));
                        } else {
                            kanmon(words.subList(1, words.size()));
                        }
                    }
                    case "curl" -> curl(words);
                    // it runs this test
                    case "./verify" ->
                        assertTrue(Files.isExecutable(root.resolve("verify")), "verify cannot be started");
                    default -> throw new AssertionError("nothing here runs \"" + line + "\"");
                }
            }
        } finally {
            stop();
        }
    }

    private void serve(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(java());
        command.addAll(arguments);
        command.addAll(List.of("--port", "0"));
        server = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        StringBuilder said = new StringBuilder();
        BufferedReader lines = server.inputReader();
        for (String line; (line = lines.readLine()) != null; ) {
            Matcher address = ADDRESS.matcher(line);
            if (address.find()) {
                port = ":" + address.group(1);
                // a pipe that nobody reads would stop it one day
                Thread.ofVirtual().start(() -> readOn(lines));
                return;
            }
            said.append(line).append('\n');
        }
        throw new AssertionError("the server ended before it listened:\n" + said);
    }

    private void readOn(BufferedReader lines) {
        try {
            while (lines.readLine() != null) {}
        } catch (IOException e) {
            // the JVM closes the pipe of a process that has ended, also under its reader
            if (server.isAlive()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void stop() throws InterruptedException {
        if (server != null) {
            server.toHandle().destroy(); // its output is read on
            assertTrue(server.waitFor(60, TimeUnit.SECONDS), "the server goes on after SIGTERM");
            assertEquals(0, server.exitValue(), "the server's exit status after SIGTERM");
        }
    }

    private void curl(List<String> words) throws IOException, InterruptedException {
        assumeTrue(onPath("curl"), "curl is not on the PATH: what the page does with it is not tested");
        List<String> command = new ArrayList<>(List.of("curl", "--silent", "--show-error", "--fail"));
        words.stream().skip(1).map(word -> word.replace(NAMED_PORT, port)).forEach(command::add);
        run(command, status -> status == 0);
    }

    private static boolean onPath(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private void kanmon(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(java());
        command.addAll(arguments);
        // of check, 1 is an answer
        run(
                command,
                status -> status == 0 || status == 1 && arguments.getFirst().equals("check"));
    }

    private static List<String> java() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.kanmon.cli.Main");
    }

    private void run(List<String> command, IntPredicate succeeded) throws IOException, InterruptedException {
        Path said = folder.resolve("said");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        int status = process.waitFor();
        assertTrue(
                succeeded.test(status),
                () -> String.join(" ", command) + " ended with status " + status + ":\n" + text(said));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void prepare() throws IOException {
        if (Files.exists(folder.resolve("rows.jsonl"))) {
            return;
        }
        Path model = Files.createDirectory(folder.resolve("DIR"));
        try (Stream<Path> files = Files.list(root.resolve("engine-core/src/test/resources/golden/models/bert_a"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 64; i++) {
            rows.append("{\"instruction\":\"")
                    .append(i % 2 == 0 ? "bake bread " : "break a lock ")
                    .append(i)
                    .append("\",\"harmful\":")
                    .append(i % 2)
                    .append("}\n");
        }
        Files.writeString(folder.resolve("rows.jsonl"), rows, StandardCharsets.UTF_8);
    }

    private static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        for (Matcher word = WORD.matcher(line); word.find(); ) {
            words.add(word.group(3) != null ? word.group(3) : word.group(1) != null ? word.group(1) : word.group(2));
        }
        return words;
    }
}
