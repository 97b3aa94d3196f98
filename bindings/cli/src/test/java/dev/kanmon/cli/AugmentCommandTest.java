package dev.kanmon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.augment.Methods;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
}
