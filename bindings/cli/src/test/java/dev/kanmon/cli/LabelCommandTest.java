package dev.kanmon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.augment.Row;
import dev.kanmon.augment.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** label: a teacher's probabilities in rows, also when it is killed. */
class LabelCommandTest {

    private static final String BERT = Cli.BERT.toString();

    @TempDir
    private Path directory;

    private Path rows;
    private Path out;

    @BeforeEach
    void files() throws IOException {
        rows = write("rows.jsonl", 200);
        out = directory.resolve("labelled.jsonl");
    }

    private Path write(String name, int count) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append("{\"id\":%d,\"instruction\":\"text %d %s\",\"source\":\"s\"%s}\n"
                    .formatted(i, i, "more ".repeat(i % 9), i % 4 == 0 ? ",\"response\":\"reply\"" : ""));
        }
        Path file = directory.resolve(name);
        Files.writeString(file, lines);
        return file;
    }

    @Test
    void probabilitiesAreThoseOfTheGuard() throws IOException {
        Cli cli = Cli.run("label", "--teacher", BERT, "--out", out.toString(), rows.toString());
        assertEquals(0, cli.status(), cli.all());
        assertTrue(cli.err().contains("200 rows labelled by bert_a, f32, 200 of them now"), cli.all());
        List<Row> labelled = Rows.read(out);
        assertEquals(200, labelled.size());
        StringBuilder input = new StringBuilder();
        for (Row row : labelled) {
            input.append(Rows.line(Row.of(row.instruction(), row.response()))).append('\n');
        }
        Cli checked = Cli.runOn(input.toString(), "check", "--model", BERT, "--json");
        for (int i = 0; i < 200; i++) {
            assertEquals(i, labelled.get(i).extras().integer("id"));
            assertEquals(
                    checked.json(i).number("probability"),
                    labelled.get(i).teacher().orElseThrow(),
                    1e-12);
        }
    }

    @Test
    void teachersCountByTheMeanOfTheirLogits() throws IOException {
        Path one = directory.resolve("one.jsonl");
        Cli.run("label", "--teacher", BERT, "--out", one.toString(), rows.toString());
        Cli cli = Cli.run(
                "label",
                "--teacher",
                BERT,
                "--teacher-weight",
                "3",
                "--teacher",
                "bundled",
                "--out",
                out.toString(),
                rows.toString());
        assertEquals(0, cli.status(), cli.all());
        assertTrue(cli.err().contains("3.0 × (bert_a, f32) + 1.0 × (the bundled guard, "), cli.all());
        Path other = directory.resolve("other.jsonl");
        Cli.run("label", "--teacher", "bundled", "--out", other.toString(), rows.toString());
        List<Row> ones = Rows.read(one);
        List<Row> others = Rows.read(other);
        List<Row> both = Rows.read(out);
        for (int i = 0; i < both.size(); i++) {
            assertEquals(
                    (3 * logit(ones.get(i)) + logit(others.get(i))) / 4, logit(both.get(i)), 1e-9, "row " + (i + 1));
        }
    }

    private static double logit(Row row) throws IOException {
        return row.extras().number("teacher_logit");
    }

    /** A process that is killed in the middle of its work, again and again, comes to the file of one that is not. */
    @Test
    void aKilledRunGoesOn() throws IOException, InterruptedException {
        Path many = write("many.jsonl", 3000);
        Path expected = directory.resolve("expected.jsonl");
        // The scalar kernels have the same bits in both processes, whatever flags the JVMs were given.
        Cli.run("label", "--teacher", BERT, "--kernels", "scalar", "--out", expected.toString(), many.toString());
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        // Where tests run as modules, most of the classes are on the module path.
        String modules = System.getProperty("jdk.module.path");
        if (modules != null) {
            command.addAll(List.of("-p", modules, "--add-modules", "ALL-MODULE-PATH"));
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.kanmon.cli.Main", "label"));
        command.addAll(List.of("--teacher", BERT, "--kernels", "scalar", "--out", out.toString(), many.toString()));
        int kills = 0;
        for (int run = 0; run < 60; run++) {
            Path log = directory.resolve("child.log");
            Process child = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            long before = Files.exists(out) ? Files.size(out) : 0;
            // As soon as it wrote something, and never at the same place.
            while (child.isAlive() && (!Files.exists(out) || Files.size(out) <= before + run * 20_000L)) {
                child.waitFor(2, TimeUnit.MILLISECONDS);
            }
            if (!child.isAlive()) {
                assertEquals(0, child.exitValue(), Files.readString(log));
                break;
            }
            child.destroyForcibly().waitFor();
            kills++;
        }
        assertTrue(kills > 0, "no run was killed before it was done");
        assertEquals(-1, Files.mismatch(expected, out), "where the files differ after " + kills + " kills");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--teacher none|none",
                "--teacher https://127.0.0.1:1|--template",
                "--teacher BERT --teacher-weight 0|weight of a teacher: found 0.0",
                "--teacher BERT --template llamaguard|template: found llamaguard",
                "--teacher BERT --max-tokens 0|--max-tokens",
                "--max-tokens 5|--teacher"
            })
    void badUsageIsOneSentence(String options, String complaint) {
        List<String> args = new ArrayList<>(List.of("label"));
        args.addAll(List.of(options.replace("BERT", BERT).split(" ")));
        args.addAll(List.of("--out", out.toString(), rows.toString()));
        Cli cli = Cli.run(args.toArray(String[]::new));
        assertEquals(2, cli.status(), cli.all());
        assertTrue(cli.complainedOnce() && cli.err().contains(complaint), cli.all());
    }

    @Test
    void anotherTeacherDoesNotGoOn() throws IOException {
        assertEquals(
                0,
                Cli.run("label", "--teacher", BERT, "--out", out.toString(), rows.toString())
                        .status());
        String before = Files.readString(out);
        Cli cli = Cli.run("label", "--teacher", BERT, "--max-tokens", "9", "--out", out.toString(), rows.toString());
        assertEquals(2, cli.status(), cli.all());
        assertTrue(cli.complainedOnce() && cli.err().contains("give the same teacher to go on"), cli.all());
        Cli same = Cli.run("label", "--teacher", BERT, "--out", rows.toString(), rows.toString());
        assertEquals(2, same.status(), same.all());
        assertEquals(before, Files.readString(out));
        assertFalse(Files.readString(rows).contains("teacher"));
    }

    @Test
    void aBadRowIsNamed() throws IOException {
        Files.writeString(rows, "{\"instruction\":\"a\"}\n{\"instruction\":\n");
        Cli cli = Cli.run("label", "--teacher", BERT, "--out", out.toString(), rows.toString());
        assertEquals(2, cli.status(), cli.all());
        assertTrue(cli.complainedOnce() && cli.err().contains("rows.jsonl: line 2: column "), cli.all());
    }
}
