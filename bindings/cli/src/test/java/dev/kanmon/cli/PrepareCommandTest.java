package dev.kanmon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.augment.Recipe;
import dev.kanmon.augment.Row;
import dev.kanmon.augment.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** prepare: the files of a training run. */
class PrepareCommandTest {

    private static final String RECIPE =
            "{\"seed\":1,\"validation\":0.1,\"calibration\":0.1,\"wrap\":40,\"rewrite\":40,"
                    + "\"reply\":40,\"eda\":40,\"sources\":{\"b\":{\"weight\":0.5}}}";

    @TempDir
    private Path directory;

    private String write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text).toString();
    }

    private String rows(String name, int count) throws IOException {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Row row = Row.of("How do I paint number " + i + "?", i % 3 == 0 ? "With a brush of size " + i : "");
            rows.add((i % 10 == 9 ? row : row.withHarmful(i % 2)).withSource(i % 4 == 0 ? "a" : "b", "CC0-1.0"));
        }
        Path file = directory.resolve(name);
        Rows.write(file, rows);
        return file.toString();
    }

    @Test
    void filesAndTables() throws IOException {
        String data = rows("data.jsonl", 200);
        String test = write("test.jsonl", "{\"instruction\":\"how do i paint number 8\",\"harmful\":0}\n");
        String recipe = write("recipe.json", RECIPE);
        Path out = directory.resolve("a/b");
        Cli run = Cli.run("prepare", "--data", data, "--against", test, "--recipe", recipe, "--out", out.toString());
        assertEquals(ExitStatus.OK, run.status(), run.err());
        assertEquals(7, run.lines().size(), run.out());
        int originals = 0;
        for (String name : List.of("train", "augmented", "edited", "validation", "calibration", "unlabelled")) {
            List<Row> rows = Rows.read(out.resolve(name + ".jsonl"));
            assertTrue(
                    run.lines().stream().anyMatch(line -> line.matches(name + "\\s+" + rows.size() + "\\s.*")),
                    () -> name + " has " + rows.size() + " rows: " + run.out());
            originals += (int)
                    rows.stream().filter(row -> row.source().length() == 1).count();
        }
        assertTrue(run.err().lines().anyMatch(line -> line.matches("b\\s+150\\s+0\\s+\\d+\\s.*")), run.err());
        assertEquals(199, originals, "the row of the test set is left out");
        String before = Files.readString(out.resolve("augmented.jsonl"));
        assertEquals(
                run.out(),
                Cli.run("prepare", "--data", data, "--against", test, "--recipe", recipe, "--out", out.toString())
                        .out());
        assertEquals(before, Files.readString(out.resolve("augmented.jsonl")));
    }

    @Test
    void whatIsWrong() throws IOException {
        String data = rows("data.jsonl", 20);
        String recipe = write("recipe.json", RECIPE.replace("0.1", "0.9"));
        Cli run = Cli.run("prepare", "--data", data, "--against", data, "--recipe", recipe, "--out", "unused");
        assertEquals(ExitStatus.BAD_INPUT, run.status());
        assertTrue(run.err().contains("recipe.json") && run.err().contains("0.9"), run.err());
        run = Cli.run(
                "prepare", "--data", directory + "/absent", "--against", data, "--recipe", recipe, "--out", "unused");
        assertEquals(ExitStatus.BAD_INPUT, run.status());
    }

    @Test
    void theRecipeOfTheProject() throws IOException {
        Recipe recipe = Recipe.read(Path.of(System.getProperty("kanmon.root")).resolve("scripts/recipe.json"));
        assertEquals(0, recipe.sources().get("DiaSafety").most());
        assertTrue(recipe.counts().values().stream().allMatch(count -> count > 0), recipe::toString);
    }
}
