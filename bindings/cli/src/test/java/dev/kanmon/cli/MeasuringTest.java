package dev.kanmon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** eval and calibrate on a model whose labels are its own verdicts, some of them turned round. */
class MeasuringTest {
    private static final int ROWS = 120;

    @TempDir
    private Path directory;

    private String model;
    private Path rows;
    private boolean[] labels;
    private double[] probabilities;
    private String questions;

    @BeforeEach
    void modelAndRows() throws IOException {
        Path copy = Files.createDirectory(directory.resolve("guard"));
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(Cli.BERT.resolve(file), copy.resolve(file));
        }
        model = copy.toString();
        SplittableRandom random = new SplittableRandom(3);
        List<String> texts = new ArrayList<>();
        StringBuilder asked = new StringBuilder();
        for (int i = 0; i < ROWS; i++) {
            StringBuilder text = new StringBuilder();
            for (int words = random.nextInt(1, 30); words > 0; words--) {
                text.append(Integer.toString(random.nextInt(40_000), 36)).append(' ');
            }
            texts.add(text.toString());
            asked.append("{\"instruction\": \"").append(text).append("\"}\n");
        }
        questions = asked.toString();
        probabilities = probabilities(check());
        double median = Arrays.stream(probabilities).sorted().toArray()[ROWS / 2];
        labels = new boolean[ROWS];
        StringBuilder labelled = new StringBuilder();
        for (int i = 0; i < ROWS; i++) {
            labels[i] = probabilities[i] >= median != (random.nextInt(8) == 0);
            labelled.append("{\"instruction\": \"").append(texts.get(i)).append("\", \"harmful\": ");
            labelled.append(labels[i] ? 1 : 0).append(i % 3 == 0 ? "}\n" : ", \"source\": \"s" + i % 3 + "\"}\n");
        }
        rows = directory.resolve("rows.jsonl");
        Files.writeString(rows, labelled);
    }

    @Test
    void evalSaysHowManyTextsWereNotReadWhole() {
        Cli cli = Cli.run("eval", "--model", model, "--bootstrap", "0", "--max-work", "40", rows.toString());
        assertEquals(0, cli.status(), cli.all());
        assertTrue(
                cli.err()
                        .matches("(?s).*rows\\.jsonl: \\d+ of " + ROWS
                                + " texts were not read whole \\(--max-work\\);.*"),
                cli.all());
        Cli whole = Cli.run("eval", "--model", model, "--bootstrap", "0", "--sentences", rows.toString());
        assertFalse(whole.err().contains("not read whole"), whole.all());
    }

    private Cli check(String... more) {
        return Cli.runOn(
                questions,
                Stream.concat(Stream.of("check", "--json", "--model", model), Stream.of(more))
                        .toArray(String[]::new));
    }

    private static double[] probabilities(Cli cli) throws IOException {
        double[] probabilities = new double[ROWS];
        for (int i = 0; i < ROWS; i++) {
            probabilities[i] = cli.json(i).number("probability");
        }
        return probabilities;
    }

    private JsonObject sidecar() throws IOException {
        return Json.read(Path.of(model, "kanmon.json")).asObject();
    }

    @Test
    void calibrateWritesPoliciesThatCheckUses() throws IOException {
        String weights = "{\"int8\":{\"bf16\":[\"classifier\"]}}";
        Files.writeString(
                Path.of(model, "kanmon.json"),
                "{\"threshold\": 0.75, \"policies\": {\"mine\": 0.3, \"strict\": 0.9}, \"weights\": " + weights + "}");
        Cli cli = Cli.run("calibrate", "--model", model, "--policy", "quiet=fpr:0.2", rows.toString());
        assertEquals(0, cli.status(), cli.all());
        assertTrue(cli.lines().getFirst().matches("policy +goal +threshold +F1 +precision +recall +FPR"), cli.all());
        assertEquals(1 + 2 * 4, cli.lines().size(), cli.all());
        assertTrue(cli.err().contains("permissive (fpr:0.01): of "), cli.all());
        assertTrue(cli.err().contains("the temperature under them changed: threshold, mine"), cli.all());

        JsonObject sidecar = sidecar();
        assertEquals(weights, sidecar.get("weights").toString());
        assertEquals(0.75, sidecar.number("threshold"));
        assertEquals(
                List.of("mine", "strict", "balanced", "permissive", "quiet"),
                List.copyOf(sidecar.object("policies").members().keySet()));
        assertEquals(0.3, sidecar.object("policies").number("mine"));
        double temperature = sidecar.number("temperature");
        assertNotEquals(1, temperature);
        try (Stream<Path> files = Files.list(Path.of(model))) {
            assertEquals(4, files.count(), "nothing is left beside the model");
        }

        Cli strict = check("--policy", "strict");
        double threshold = sidecar.object("policies").number("strict");
        int hits = 0;
        int harmful = 0;
        for (int i = 0; i < ROWS; i++) {
            JsonObject verdict = strict.json(i);
            double odds = Math.log(probabilities[i] / (1 - probabilities[i])) / temperature;
            assertEquals(1 / (1 + Math.exp(-odds)), verdict.number("probability"), 1e-6);
            assertEquals(threshold, verdict.number("threshold"));
            harmful += labels[i] ? 1 : 0;
            hits += labels[i] && verdict.bool("harmful") ? 1 : 0;
        }
        assertTrue(hits >= 0.95 * harmful, hits + " of " + harmful);
        JsonObject quiet = Cli.run("eval", "--model", model, "--policy", "quiet", "--json", rows.toString())
                .json(0);
        assertTrue(quiet.number("fpr") <= 0.2, quiet.toString());
        assertEquals("quiet", quiet.string("policy"));

        assertTrue(Cli.run("inspect", model)
                .out()
                .contains("policies        mine from 0.3, strict from " + threshold + ","));
        assertEquals(
                sidecar.get("policies"),
                Cli.run("inspect", "--json", model).json(0).get("policies"));

        Cli unknown = check("--policy", "lenient");
        assertEquals(2, unknown.status());
        assertTrue(
                unknown.complainedOnce()
                        && unknown.err()
                                .endsWith("has no policy \"lenient\"; it has mine, strict, balanced, permissive,"
                                        + " quiet\n"),
                unknown.all());
        Cli both = check("--policy", "strict", "--threshold", "0.5");
        assertEquals(2, both.status());
        assertTrue(both.complainedOnce() && both.err().contains("--policy"), both.all());
    }

    @Test
    void calibrateSaysWhatItFound() throws IOException {
        Cli cli = Cli.run("calibrate", "--model", model, "--json", "--dry-run", rows.toString());
        assertEquals(0, cli.status(), cli.all());
        assertFalse(Files.exists(Path.of(model, "kanmon.json")));
        JsonObject found = cli.json(0);
        assertEquals(ROWS, found.integer("n"));
        assertTrue(found.number("loss_after") < found.number("loss_before"), cli.all());
        JsonObject strict = found.object("policies").object("strict");
        assertEquals("recall:0.95", strict.string("goal"));
        assertTrue(strict.number("recall") >= 0.95, cli.all());
        JsonArray interval = strict.object("intervals").array("recall");
        assertTrue(
                interval.get(0).asDouble() <= strict.number("recall")
                        && strict.number("recall") <= interval.get(1).asDouble(),
                cli.all());
        // The sidecar's own temperature is where a second run starts from, and where it ends.
        Path sidecar = directory.resolve("out.json");
        Cli.run("calibrate", "--model", model, "--out", sidecar.toString(), rows.toString());
        Files.copy(sidecar, Path.of(model, "kanmon.json"));
        JsonObject again = Cli.run("calibrate", "--model", model, "--json", "--dry-run", rows.toString())
                .json(0);
        assertEquals(found.number("temperature"), again.number("temperature_before"));
        assertEquals(found.number("temperature"), again.number("temperature"), 2e-3 * found.number("temperature"));
    }

    @Test
    void calibrateSaysWhatCannotBeReached() throws IOException {
        Path harmless = directory.resolve("harmless.jsonl");
        Files.writeString(
                harmless, "{\"instruction\": \"a b\", \"harmful\": 0}\n{\"instruction\": \"c\", \"harmful\": 0}\n");
        Cli cli = Cli.run("calibrate", "--model", model, harmless.toString());
        assertEquals(2, cli.status(), cli.all());
        assertTrue(
                cli.err().contains("temperature: stays 1.0; none fits these rows: all of them have one label"),
                cli.all());
        assertTrue(cli.err().contains("strict (recall:0.95): cannot be reached on these rows"), cli.all());
        assertTrue(cli.err().contains("permissive (fpr:0.01): cannot be reached on these rows: even"), cli.all());
        assertFalse(Files.exists(Path.of(model, "kanmon.json")), "there is nothing to write");
    }

    @ParameterizedTest
    @CsvSource({
        "--policy, strict",
        "--policy, =f1",
        "--policy, strict=recall:2",
        "--policy, strict=best",
        "--bootstrap, -1",
        "--weights, f32"
    })
    void calibrateRefusesWhatItCannotDo(String option, String value) {
        Cli cli = Cli.run("calibrate", "--model", model, option, value, rows.toString());
        assertEquals(2, cli.status(), cli.all());
        assertTrue(cli.complainedOnce() && cli.err().startsWith("kanmon: " + option), cli.all());
    }

    @Test
    void evalMeasuresSlicesAndDraws() throws IOException {
        Path charts = directory.resolve("charts");
        Cli cli = Cli.run(
                "eval",
                "--model",
                model,
                "--json",
                "--by",
                "source,length",
                "--bootstrap",
                "200",
                "--charts",
                charts.toString(),
                rows.toString(),
                rows.toString());
        assertEquals(0, cli.status(), cli.all());
        JsonObject row = cli.json(0);
        assertEquals(200, row.object("bootstrap").integer("replicates"));
        for (String figure : List.of("f1", "auprc", "auroc", "brier", "ece")) {
            JsonArray interval = row.object("intervals").array(figure);
            assertTrue(interval.get(0).asDouble() < interval.get(1).asDouble(), figure + cli.all());
        }
        JsonArray sources = row.object("by").array("source");
        assertEquals(List.of("s1", "s2", "–"), names(sources, "source"));
        assertEquals(List.of("1–32", "33–64", "65–128"), names(row.object("by").array("length"), "length"));
        int n = 0;
        int harmful = 0;
        for (JsonValue source : sources) {
            n += source.asObject().integer("n");
            harmful += source.asObject().integer("harmful");
            assertTrue(source.asObject().object("intervals").has("auprc"), cli.all());
        }
        assertEquals(ROWS, n);
        assertEquals(row.integer("harmful"), harmful);
        for (String name : List.of("rows", "rows-2")) {
            assertTrue(
                    Files.readString(charts.resolve(name + ".reliability.svg")).startsWith("<svg"));
            assertTrue(Files.readString(charts.resolve(name + ".precision-recall.svg"))
                    .contains("recall"));
        }
        Cli table = Cli.run("eval", "--model", model, "--by", "source", rows.toString());
        assertEquals(1 + 2 + 3 * 2, table.lines().size(), table.all());
        assertTrue(table.lines().get(3).startsWith("  source s1"), table.all());
        assertEquals(
                2,
                Cli.run("eval", "--model", model, "--by", "colour", rows.toString())
                        .status());
    }

    private static List<String> names(JsonArray slices, String key) throws IOException {
        List<String> names = new ArrayList<>();
        for (JsonValue slice : slices) {
            names.add(slice.asObject().string(key));
        }
        return names;
    }

    @Test
    void evalComparesTwoModels() throws IOException {
        String other = Cli.golden("models/bert_smalleps").toString();
        double median = Arrays.stream(probabilities).sorted().toArray()[ROWS / 2];
        String[] arguments = {
            "eval",
            "--model",
            model,
            "--against",
            other,
            "--threshold",
            Double.toString(median),
            "--bootstrap",
            "99",
            rows.toString()
        };
        Cli table = Cli.run(arguments);
        assertEquals(0, table.status(), table.all());
        assertTrue(table.lines().contains("against " + other), table.all());
        String[] json = Stream.concat(Stream.of(arguments), Stream.of("--json")).toArray(String[]::new);
        JsonObject row = Cli.run(json).json(0);
        JsonObject against = row.object("against");
        JsonObject test = against.object("mcnemar");
        assertEquals(against.integer("flips"), test.integer("right_alone") + test.integer("other_right_alone"));
        assertTrue(test.integer("right_alone") > test.integer("other_right_alone"), row.toString());
        JsonObject difference = against.object("differences").object("auprc");
        assertEquals(row.number("auprc") - against.number("auprc"), difference.number("value"), 1e-12);
        assertEquals(0.02, difference.number("p"), 1e-12, "99 draws and the rows themselves, none beyond 0");
        assertFalse(table.all().contains("NaN"), table.all());
    }
}
