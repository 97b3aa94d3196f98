package dev.kanmon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** distill, from rows to a guard that the other commands take. */
class DistillCommandTest {

    @TempDir
    private Path folder;

    private Path rows() throws IOException {
        List<String> rows = IntStream.range(0, 60)
                .mapToObj(i -> "{\"instruction\":\"" + (i % 3 == 0 ? "make a bomb " : "make some tea ") + i
                        + "\",\"response\":" + (i % 2 == 0 ? "null" : "\"no\"") + ",\"harmful\":" + (i % 3 == 0 ? 1 : 0)
                        + (i % 4 == 0 ? ",\"teacher\":0." + i % 10 : "")
                        + ",\"source\":\"" + (i % 5 == 0 ? "a" : "b") + "\",\"licence\":\"any\"}")
                .toList();
        return Files.write(folder.resolve("rows.jsonl"), rows);
    }

    private Cli distill(Path out, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "distill",
                "--student",
                Cli.BERT.toString(),
                "--data",
                rows().toString(),
                "--out",
                out.toString(),
                "--steps=6",
                "--batch=8",
                "--warmup=2",
                "--threads=1",
                "--measure-every=3",
                "--validation-share=0.2",
                "--balance=class,source"));
        arguments.addAll(Arrays.asList(more));
        return Cli.run(arguments.toArray(String[]::new));
    }

    @Test
    void makesAGuardThatOtherCommandsTake() throws IOException {
        Path out = folder.resolve("guard");
        Cli cli = distill(out);
        assertEquals(0, cli.status(), cli.all());
        assertEquals(3, cli.lines().size(), cli.all());
        assertTrue(cli.lines().getFirst().startsWith("step  epoch    loss      F1"), cli.all());
        assertEquals(
                1, cli.lines().stream().filter(line -> line.endsWith("kept")).count(), cli.all());
        assertTrue(cli.err().contains("held back"), cli.all());
        assertTrue(cli.err().contains("6 steps, 47 texts in"), cli.all());

        Cli check = Cli.run("check", "--model", out.toString(), "--json", "make some tea");
        assertTrue(check.status() == ExitStatus.OK || check.status() == ExitStatus.HARMFUL, check.all());
        Cli eval = Cli.run("eval", "--model", out.toString(), "--json", rows().toString());
        assertEquals(0, eval.status(), eval.all());
        assertEquals(60, eval.json(0).integer("n"));

        Cli again = distill(out, "--json");
        assertEquals(0, again.status(), again.all());
        assertTrue(again.err().contains("this run is done already"), again.all());
        JsonObject row = again.json(0);
        assertEquals(6, row.integer("steps"));
        assertTrue(row.integer("best_step") == 3 || row.integer("best_step") == 6);
        assertTrue(row.has("auprc") && row.has("peak_bytes"), again.all());

        Cli other = distill(out, "--clip=0.5");
        assertEquals(2, other.status(), other.all());
        assertTrue(
                other.err()
                        .contains("this run began with clip 1.0, found 0.5; give what it began with, or another"
                                + " directory"),
                other.all());
    }

    @Test
    void freezesAndTakesOtherLosses() throws IOException {
        Cli cli = distill(
                folder.resolve("guard"),
                "--freeze=encoder",
                "--loss=focal",
                "--class-weights=balanced",
                "--schedule=cosine",
                "--head-learning-rate=1e-3",
                "--source-weight=a=2",
                "--accumulate=2",
                "--metric=loss",
                "--patience=1",
                "--weights=bf16",
                "--max-tokens=16");
        assertEquals(0, cli.status(), cli.all());
        assertTrue(Files.exists(folder.resolve("guard/model.safetensors")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"instruction\":\"x\"} | line 2: found neither \"harmful\" nor \"teacher\"",
                "{\"instruction\":\" \",\"harmful\":1} | line 2: the text is empty",
                "{\"instruction\":\"x\",\"harmful\":2} | line 2: harmful: found 2, expected 0 or 1",
                "{\"instruction\":\"x\",\"teacher\":1.5} | line 2: teacher: found 1.5, expected a probability",
                "{\"instruction\":\"x\",\"harmful\":1,\"weight\":0} | line 2: weight: found 0.0",
                "{\"instruction\":7,\"harmful\":1} | line 2",
                "{ | line 2"
            })
    void namesFileAndLineOfABadRow(String row, String complaint) throws IOException {
        Path file = folder.resolve("bad.jsonl");
        Files.writeString(file, "{\"instruction\":\"x\",\"harmful\":true}\n" + row + "\n");
        Cli cli = Cli.run(
                "distill",
                "--student",
                Cli.BERT.toString(),
                "--data",
                file.toString(),
                "--out",
                folder.resolve("out").toString());
        assertEquals(2, cli.status(), cli.all());
        assertTrue(cli.complainedOnce(), cli.all());
        assertTrue(cli.err().contains(file + ": " + complaint), cli.all());
        assertFalse(Files.exists(folder.resolve("out")), "nothing is written before all rows are read");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--loss=mse | --loss: found mse, expected one of ce, kl, ce+kl, focal",
                "--balance=size | --balance: found size, expected class, source or class,source",
                "--class-weights=1 | --class-weights: found 1, expected SAFE,HARMFUL or balanced",
                "--source-weight=c=2 | source c was given a weight, but has no row",
                "--learning-rate=0 | learning rate: found 0, expected more than 0",
                "--weights=int8 | training computes in f32 or bf16, found int8",
                "--max-tokens=5000 | rows of 5000 tokens were asked for, the model takes at most 64"
            })
    void saysWhichOptionDoesNotFit(String option, String complaint) throws IOException {
        Cli cli = distill(folder.resolve("out"), option);
        assertEquals(2, cli.status(), cli.all());
        assertTrue(cli.err().contains("kanmon: " + complaint), cli.all());
    }
}
