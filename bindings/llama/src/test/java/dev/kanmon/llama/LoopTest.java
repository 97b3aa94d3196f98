package dev.kanmon.llama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.augment.Row;
import dev.kanmon.augment.Rows;
import dev.kanmon.formats.json.Json;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The walk-through in small, each command in a process of its own: a language model that the test writes generates and
 * replies, it and a guard label, a student learns, and is measured. Generation is killed on the way.
 */
class LoopTest {

    private static final String STUDENT = Path.of(
                    System.getProperty("kanmon.root"), "engine-core/src/test/resources/golden/models/bert_a")
            .toString();

    @TempDir
    private Path folder;

    private Process start(String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("jdk.module.path", "") + File.pathSeparator + System.getProperty("java.class.path"),
                "dev.kanmon.cli.Main"));
        command.addAll(Arrays.asList(args));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output.txt").toFile())
                .start();
    }

    /** Runs a command to its end. @return what it printed */
    private String run(String... args) throws IOException, InterruptedException {
        Process process = start(args);
        assertTrue(process.waitFor(5, TimeUnit.MINUTES), "kanmon " + args[0] + " did not end");
        String output = Files.readString(folder.resolve("output.txt"));
        assertEquals(0, process.exitValue(), "kanmon " + args[0] + ": " + output);
        return output;
    }

    private static String[] with(List<String> some, String... more) {
        return Stream.concat(some.stream(), Arrays.stream(more)).toArray(String[]::new);
    }

    @Test
    void fromNothingToAGuard() throws IOException, InterruptedException {
        Path model = new TinyLlama(5).write(folder.resolve("tiny.gguf"), TinyLlama.CHAT_ML);
        List<String> augment = List.of(
                "augment",
                "--generator",
                model.toString(),
                "--responder",
                "same",
                "--prompt",
                "Go.",
                "--prefix",
                "A",
                "--exemplars",
                "0",
                "--max-tokens",
                "60",
                "--refusing-system",
                "",
                "--reply-tokens",
                "12",
                "--temperature",
                "2",
                "--max-attempts",
                "4000",
                "--context",
                "160",
                "--threads",
                "1",
                "--count",
                "30");
        Path expected = folder.resolve("expected.jsonl");
        String said = run(with(augment, "--out", expected.toString()));
        assertTrue(said.contains("30 instructions of "), said);
        assertTrue(said.contains("60 replies; "), said);

        Path generated = folder.resolve("generated.jsonl");
        int kills = 0;
        for (int run = 0; run < 5; run++) {
            Process child = start(with(augment, "--out", generated.toString()));
            long before = Files.exists(generated) ? Files.size(generated) : 0;
            while (child.isAlive() && (!Files.exists(generated) || Files.size(generated) <= before)) {
                child.waitFor(2, TimeUnit.MILLISECONDS);
            }
            kills += child.isAlive() ? 1 : 0;
            child.destroyForcibly().waitFor();
        }
        assertTrue(kills > 0, "no run was killed before it was done");
        run(with(augment, "--out", generated.toString()));
        assertEquals(-1, Files.mismatch(expected, generated), "where the files differ after " + kills + " kills");

        Path template = folder.resolve("tiny.json");
        Files.writeString(
                template,
                "{\"name\":\"tiny\",\"specials\":[],\"trim\":true,\"answers\":[{\"tokens\":[\"safe\"],\"harmful\":0},"
                        + "{\"tokens\":[\"unsafe\"],\"harmful\":1}],\"instruction\":{\"prompt\":\"{instruction}\\n\"},"
                        + "\"pair\":{\"prompt\":\"{instruction}\\n{response}\\n\"}}");
        Path labelled = folder.resolve("labelled.jsonl");
        said = run(
                "label",
                "--teacher",
                model.toString(),
                "--template",
                template.toString(),
                "--temperature",
                "2",
                "--teacher",
                STUDENT,
                "--context",
                "160",
                "--out",
                labelled.toString(),
                generated.toString());
        assertTrue(said.contains("90 rows labelled by 1.0 × (tiny.gguf (llama.cpp"), said);
        List<Row> rows = Rows.read(labelled);
        assertTrue(rows.stream().allMatch(row -> row.teacher().isPresent()));
        assertTrue(rows.stream()
                        .mapToDouble(row -> row.teacher().orElseThrow())
                        .distinct()
                        .count()
                > 80);
        assertEquals(60, rows.stream().filter(row -> !row.response().isEmpty()).count());

        Path known = folder.resolve("known.jsonl");
        List<Row> more = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            more.add(Row.of(i % 2 == 0 ? "bread and water " + i : "storm and fire " + i, "")
                    .withHarmful(i % 2)
                    .withSource("known", ""));
        }
        Rows.write(known, more);
        Path guard = folder.resolve("guard");
        run(
                "distill",
                "--student",
                STUDENT,
                "--data",
                labelled.toString(),
                known.toString(),
                "--out",
                guard.toString(),
                "--steps",
                "6",
                "--batch",
                "8",
                "--warmup",
                "1",
                "--max-tokens",
                "32");
        assertTrue(Files.isRegularFile(guard.resolve("model.safetensors")));
        String measured = run("eval", "--json", "--model", guard.toString(), known.toString());
        String json = measured.lines()
                .filter(line -> line.startsWith("{"))
                .findFirst()
                .orElseThrow();
        assertEquals(OptionalInt.of(40), Json.parse("eval", json).asObject().optionalInteger("n"), measured);
    }
}
