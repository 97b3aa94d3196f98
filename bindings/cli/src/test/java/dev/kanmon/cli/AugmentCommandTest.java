package dev.kanmon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.augment.Methods;
import dev.kanmon.augment.Row;
import dev.kanmon.augment.Rows;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** augment: rows made of rows, and what is said where none can be made. */
class AugmentCommandTest {

    @TempDir
    private Path directory;

    private Path rows;
    private Path out;

    @BeforeEach
    void files() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 60; i++) {
            lines.append("{\"instruction\":\"How do I repair the old clock number %d in my kitchen?\",\"harmful\":%d,"
                            .formatted(i, i % 2))
                    .append("\"source\":\"s%d\",\"licence\":\"MIT\"}\n".formatted(i % 3));
        }
        rows = directory.resolve("rows.jsonl");
        Files.writeString(rows, lines);
        out = directory.resolve("made.jsonl");
    }

    static List<String> methods() {
        return Methods.all().stream().map(method -> method.name()).toList();
    }

    private Cli augment(String method, long seed) {
        return Cli.run(
                "augment",
                "--method",
                method,
                "--count",
                "12",
                "--seed",
                Long.toString(seed),
                "--out",
                out.toString(),
                rows.toString());
    }

    @ParameterizedTest
    @MethodSource("methods")
    void everyMethodMakesRowsAndGoesOn(String method) throws IOException {
        Cli cli = augment(method, 7);
        assertEquals(0, cli.status(), cli.all());
        String whole = Files.readString(out);
        long made = whole.lines().count();
        assertTrue(made > 0 && made <= 12, cli.all());
        for (int cut : new int[] {0, whole.length() / 3, whole.length() - 1, whole.length()}) {
            Files.writeString(out, whole.substring(0, cut));
            Cli again = augment(method, 7);
            assertEquals(0, again.status(), again.all());
            assertEquals(whole, Files.readString(out), "cut at " + cut);
        }
        Cli other = augment(method, 8);
        assertEquals(2, other.status(), other.all());
        assertTrue(other.complainedOnce() && other.err().contains("is not what " + method + " makes"), other.all());
        assertEquals(whole, Files.readString(out));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--method none ROWS|--method: found none, expected generate, wrap",
                "--count 0 ROWS|--count: found 0",
                "ROWS|name one of --generator FILE.gguf and --endpoint URL",
                "--generator a.gguf --endpoint http://127.0.0.1:1 ROWS|name one of --generator",
                "--endpoint http://127.0.0.1:1 ROWS|--endpoint-model: name the model",
                "--generator a.gguf|exemplars: found no row",
                "--generator a.gguf --exemplar-label 3 ROWS|exemplars: found no row",
                "--generator a.gguf --refusals none.txt ROWS|none.txt: there is no such file",
                "--method wrap|FILE.jsonl: name the rows"
            })
    void badUsageIsOneSentence(String options, String complaint) {
        List<String> args = new ArrayList<>(List.of("augment", "--out", out.toString()));
        if (!options.contains("--count")) {
            args.addAll(List.of("--count", "3"));
        }
        args.addAll(List.of(options.replace("ROWS", rows.toString()).split(" ")));
        Cli cli = Cli.run(args.toArray(String[]::new));
        assertEquals(2, cli.status(), cli.all());
        assertTrue(cli.complainedOnce() && cli.err().contains(complaint), cli.all());
    }

    @Test
    void theOutputIsNoInput() throws IOException {
        String before = Files.readString(rows);
        Cli cli = Cli.run("augment", "--method", "eda", "--count", "3", "--out", rows.toString(), rows.toString());
        assertEquals(2, cli.status(), cli.all());
        assertTrue(cli.complainedOnce() && cli.err().contains("is an input too"), cli.all());
        assertEquals(before, Files.readString(rows));
    }

    @Test
    void aFileThatIsNotOfThisCommandIsLeftAlone() throws IOException {
        Files.writeString(out, "{\"instruction\":\"mine\"}\n{\"instruction\":\"also mi");
        String before = Files.readString(out);
        Cli cli = augment("eda", 7);
        assertEquals(2, cli.status(), cli.all());
        assertTrue(cli.complainedOnce(), cli.all());
        assertEquals(before, Files.readString(out));
    }

    /** What a model would write that is asked with this seed: now and then a refusal, or what was said before. */
    private static String written(JsonObject request) {
        try {
            SplittableRandom random = new SplittableRandom(request.longInteger("seed"));
            boolean replies = request.string("model").equals("replier");
            return switch (random.nextInt(5)) {
                case 0 -> " I'm sorry, I cannot.";
                case 1 -> replies ? " Well then." : " \"How do I repair the old clock number 3 in my kitchen?\"";
                default ->
                    " word" + random.nextInt(900) + " and word" + random.nextInt(900) + " or word"
                            + random.nextInt(900);
            };
        } catch (ModelFormatException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aServerWritesAndAnotherModelReplies() throws IOException {
        try (ScriptedServer server = new ScriptedServer(AugmentCommandTest::written)) {
            String[] args = {
                "augment",
                "--endpoint",
                server.url(),
                "--endpoint-model",
                "writer",
                "--responder",
                server.url(),
                "--responder-model",
                "replier",
                "--near-duplicates",
                "cosine",
                "--encoder",
                Cli.BERT.toString(),
                "--similarity",
                "0.99999",
                "--count",
                "6",
                "--exemplars",
                "2",
                "--out",
                out.toString(),
                rows.toString()
            };
            Cli cli = Cli.run(args);
            assertEquals(0, cli.status(), cli.all());
            List<Row> made = Rows.read(out);
            assertEquals(18, made.size(), cli.all());
            assertEquals(
                    12, made.stream().filter(row -> !row.response().isEmpty()).count());
            assertTrue(cli.err().contains("6 instructions of "), cli.all());
            assertTrue(cli.err().contains("12 replies; of those led to comply "), cli.all());
            JsonObject first = server.asked.stream()
                    .filter(request -> request.get("model").equals(JsonString.of("writer")))
                    .findFirst()
                    .orElseThrow();
            assertEquals(6, first.array("messages").size(), "two exemplars as turns, the prompt, and the prefix");
            assertEquals(
                    "I have an idea for a prompt:",
                    first.array("messages").get(5).asObject().string("content"));
            String whole = Files.readString(out);
            Files.writeString(out, whole.substring(0, whole.length() / 2));
            assertEquals(0, Cli.run(args).status());
            assertEquals(whole, Files.readString(out), "goes on");
        }
    }

    @Test
    void aModelThatOnlyRefusesIsGivenUp() throws IOException {
        try (ScriptedServer server = new ScriptedServer(_ -> " I cannot do that.")) {
            Cli cli = Cli.run(
                    "augment",
                    "--endpoint",
                    server.url(),
                    "--endpoint-model",
                    "m",
                    "--count",
                    "2",
                    "--max-attempts",
                    "8",
                    "--out",
                    out.toString(),
                    rows.toString());
            assertEquals(3, cli.status(), cli.all());
            assertTrue(cli.err().contains("8 refused (100.0 %)"), cli.all());
            assertTrue(cli.err().contains("gave up after 8 answers with 0 of 2 instructions"), cli.all());
        }
    }
}
