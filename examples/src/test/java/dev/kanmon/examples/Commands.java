package dev.kanmon.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Command lines of a page, run one after the other in a folder that has what they name: {@code DIR}, a model that can learn,
 * and {@code rows.jsonl}. {@code ./kanmon} is this class path's, not the script, which would build what is being built.
 */
final class Commands {

    /** A word, or what stands between quotes. */
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

    private final Path root;
    private final Path folder;

    Commands(Path root, Path folder) {
        this.root = root;
        this.folder = folder;
    }

    void run(String block) throws IOException, InterruptedException {
        prepare();
        for (String line : block.replace("\\\n", " ").lines().toList()) {
            List<String> words = words(line);
            switch (words.isEmpty() ? "" : words.getFirst()) {
                case "" -> {}
                case "./kanmon" -> kanmon(words.subList(1, words.size()));
                // it runs this test
                case "./verify" -> assertTrue(Files.isExecutable(root.resolve("verify")), "verify cannot be started");
                default -> throw new AssertionError("nothing here runs \"" + line + "\"");
            }
        }
    }

    private void kanmon(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.kanmon.cli.Main"));
        command.addAll(arguments);
        Path said = folder.resolve("said");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        int status = process.waitFor();
        // of check, 1 is an answer
        assertTrue(
                status == 0 || status == 1 && arguments.getFirst().equals("check"),
                () -> "kanmon " + arguments + " ended with status " + status + ":\n" + text(said));
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
            words.add(word.group(1) != null ? word.group(1) : word.group(2));
        }
        return words;
    }
}
