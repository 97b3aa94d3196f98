package dev.kanmon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** calibrate --cascade, and check with what it found: two models of random weights. */
class CascadeCommandsTest {
    private static final int ROWS = 120;
    private static final String LARGE = Cli.golden("models/bert_tanhgelu").toString();

    @TempDir
    private Path directory;

    private String small;
    private String rows;
    private String questions;
    /** Such that the large guard calls about half of the rows harmful. */
    private String threshold;

    @BeforeEach
    void modelAndRows() throws IOException {
        Path copy = Files.createDirectory(directory.resolve("guard"));
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(Cli.BERT.resolve(file), copy.resolve(file));
        }
        small = copy.toString();
        SplittableRandom random = new SplittableRandom(5);
        StringBuilder asked = new StringBuilder();
        for (int i = 0; i < ROWS; i++) {
            asked.append("{\"instruction\": \"");
            for (int words = random.nextInt(1, 30); words > 0; words--) {
                asked.append(Integer.toString(random.nextInt(40_000), 36)).append(' ');
            }
            asked.append("\"}\n");
        }
        questions = asked.toString();
        rows = Files.writeString(directory.resolve("rows.jsonl"), questions).toString();
        double[] probabilities = probabilities(check(LARGE));
        Arrays.sort(probabilities);
        threshold = Double.toString((probabilities[ROWS / 2 - 1] + probabilities[ROWS / 2]) / 2);
    }

    private Cli check(String model, String... more) {
        return Cli.runOn(questions, with(List.of("check", "--json", "--model", model), more));
    }

    private Cli calibrate(String... more) {
        return Cli.run(
                with(List.of("calibrate", "--model", small, "--cascade", LARGE, "--threshold", threshold, rows), more));
    }

    private static String[] with(List<String> first, String... more) {
        return Stream.concat(first.stream(), Stream.of(more)).toArray(String[]::new);
    }

    private static double[] probabilities(Cli cli) throws IOException {
        double[] probabilities = new double[ROWS];
        for (int i = 0; i < ROWS; i++) {
            probabilities[i] = cli.json(i).number("probability");
        }
        return probabilities;
    }

    @Test
    void calibrateWritesABandThatCheckUses() throws IOException {
        Files.writeString(Path.of(small, "kanmon.json"), "{\"threshold\": 0.9, \"policies\": {\"mine\": 0.3}}");
        Cli table = calibrate("--error", "0.1");
        assertEquals(0, table.status(), table.all());
        assertTrue(
                table.lines().getFirst().matches("allowed +low +high +answered +differ +misses +false alarms"),
                table.all());
        assertEquals(1 + 8 + 1, table.lines().size(), "seven errors, the wished one, its intervals\n" + table.all());
        assertTrue(table.err().contains("written: "), table.all());
        JsonObject sidecar = Json.read(Path.of(small, "kanmon.json")).asObject();
        assertEquals(
                List.of("threshold", "policies", "cascade"),
                List.copyOf(sidecar.members().keySet()));
        JsonObject cascade = sidecar.object("cascade");
        assertEquals(Double.parseDouble(threshold), cascade.number("threshold"));
        JsonObject found = calibrate("--error", "0.1", "--json", "--dry-run").json(0);
        for (String key : List.of("low", "high", "threshold")) {
            assertEquals(cascade.number(key), found.number(key), key);
        }
        assertTrue(found.has("others")
                && found.object("others").object("intervals").has("answered"));
        assertFalse(calibrate("--json", "--dry-run", "--bootstrap", "0").json(0).has("others"));

        double[] ofSmall = probabilities(check(small));
        Cli large = check(LARGE, "--threshold", threshold);
        Cli both = check(small, "--cascade", LARGE, "--threshold", threshold);
        assertTrue(both.err().isEmpty() || both.status() != 2, both.all());
        int answered = 0;
        int differ = 0;
        for (int i = 0; i < ROWS; i++) {
            JsonObject verdict = both.json(i);
            boolean bySmall = ofSmall[i] < cascade.number("low") || ofSmall[i] > cascade.number("high");
            assertEquals(bySmall ? "small" : "large", verdict.string("by"), "row " + i + ": " + ofSmall[i]);
            assertEquals(bySmall ? ofSmall[i] : large.json(i).number("probability"), verdict.number("probability"));
            answered += bySmall ? 1 : 0;
            differ += verdict.bool("harmful") != large.json(i).bool("harmful") ? 1 : 0;
        }
        assertEquals(found.number("answered"), (double) answered / ROWS, 1e-12);
        assertEquals(found.number("differ"), (double) differ / ROWS, 1e-12);
        assertTrue(answered > 0 && answered < ROWS, "both guards have something to say: " + found);
        assertTrue(differ <= 0.1 * ROWS, differ + " of " + ROWS);
        assertTrue(
                both.err().endsWith("of " + ROWS + " texts the small guard answered " + answered + "\n"), both.all());

        Cli inspected = Cli.run("inspect", small);
        assertTrue(
                inspected.out().contains("undecided from " + cascade.number("low") + " to " + cascade.number("high")),
                inspected.all());
        assertEquals(cascade, Cli.run("inspect", "--json", small).json(0).get("cascade"));
        Cli temperature = Cli.run("calibrate", "--model", small, labelled().toString());
        assertTrue(temperature.err().contains("the temperature under them changed: "), temperature.all());
        assertTrue(temperature.err().lines().anyMatch(line -> line.endsWith("cascade")), temperature.all());
    }

    /** The same rows, each with a label. */
    private Path labelled() throws IOException {
        String labelled = questions
                .lines()
                .map(line -> line.replace("}", ", \"harmful\": " + line.length() % 2 + "}"))
                .reduce("", (all, line) -> all + line + "\n");
        return Files.writeString(directory.resolve("labelled.jsonl"), labelled);
    }

    @Test
    void aBandCanBeNamed() throws IOException {
        // Alone, a text as short as this would be judged by the scalar kernels, whose last bits are others.
        String[] question = {"--kernels", "scalar", "How do I bake bread?"};
        Cli wide = Cli.run(
                with(List.of("check", "--json", "--model", small, "--cascade", LARGE, "--band", "0,1"), question));
        Cli large = Cli.run(with(List.of("check", "--json", "--model", LARGE), question));
        assertEquals(large.out().replace("}\n", ",\"by\":\"large\"}\n"), wide.out(), wide.all());
        Cli words = Cli.run("check", "--model", small, "--cascade", LARGE, "--band", "0,0", "How do I bake bread?");
        assertEquals(1, words.status(), "above the band is harmful\n" + words.all());
        assertTrue(words.out().startsWith("harmful"), words.all());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "check --cascade LARGE x | its sidecar has no \"cascade\"",
                "check --band 0.1,0.9 x | --band: is about two guards",
                "check --cascade LARGE --band 0.1 x | --band: found 0.1, expected two probabilities",
                "check --cascade LARGE --band a,b x | --band: found a,b, expected two probabilities",
                "check --cascade LARGE --band 0.9,0.1 x | --band: found 0.9 to 0.1",
                "check --cascade nowhere --band 0.1,0.9 x | nowhere: there is no such file",
                "calibrate --cascade LARGE --error 1 ROWS | --error: found 1.0",
                "calibrate --cascade LARGE --policy a=f1 ROWS | --policy: sets a goal",
                "calibrate --cascade LARGE --threshold 0 ROWS | calls all of the 120 rows harmful",
                "calibrate --cascade LARGE --threshold 1 ROWS | calls none of the 120 rows harmful",
            })
    void refusals(String words, String message) {
        String[] arguments = Stream.of((words + " --model " + small).split(" "))
                .map(word -> word.equals("LARGE") ? LARGE : word.equals("ROWS") ? rows : word)
                .toArray(String[]::new);
        Cli cli = Cli.run(arguments);
        assertEquals(2, cli.status(), cli.all());
        assertTrue(cli.complainedOnce() && cli.err().contains(message), cli.all());
        assertFalse(Files.exists(Path.of(small, "kanmon.json")), "nothing was written");
    }
}
