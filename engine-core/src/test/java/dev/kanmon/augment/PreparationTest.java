package dev.kanmon.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.augment.Preparation.SourceReport;
import dev.kanmon.formats.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of a training run. */
class PreparationTest {

    private static final Leakage NO_TESTS = Leakage.against(List.of());

    @TempDir
    private Path directory;

    private static Row row(String instruction, String response, int label, String source) {
        return Row.of(instruction, response).withHarmful(label).withSource(source, "CC0-1.0");
    }

    private static Recipe recipe(double held, Map<String, Integer> counts, Map<String, Recipe.Source> sources) {
        return new Recipe(11, held, held, counts, sources);
    }

    private static SourceReport report(Preparation prepared, String source) {
        return prepared.report().stream()
                .filter(one -> one.source().equals(source))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whatIsLeftOut() throws ModelFormatException {
        List<Row> rows = new ArrayList<>();
        rows.add(row("first question of all", "", 0, "a"));
        rows.add(row("First question, of all!", "", 0, "b")); // twice
        rows.add(row("second thing entirely", "", 0, "a"));
        rows.add(row("SECOND thing entirely", "", 1, "b")); // with both labels
        rows.add(row("a test text word for word", "", 1, "a"));
        rows.add(row("weighted words", "", 1, "heavy"));
        rows.add(row("unwanted", "", 1, "none"));
        for (int i = 0; i < 10; i++) {
            rows.add(row("capped " + i, "", 1, "capped"));
        }
        rows.add(Row.of("nobody knows", "what this is").withSource("open", "CC0-1.0"));
        Recipe recipe = recipe(
                0,
                Map.of(),
                Map.of(
                        "none", new Recipe.Source(0, 1, false),
                        "capped", new Recipe.Source(4, 1, false),
                        "heavy", new Recipe.Source(Integer.MAX_VALUE, 2.5, false)));
        Preparation prepared =
                Preparation.of(rows, recipe, Leakage.against(List.of(Row.of("A test text, word for word.", ""))));
        assertEquals(new SourceReport("a", 3, 0, 1, 1, 1, 0, 0), report(prepared, "a"));
        assertEquals(new SourceReport("b", 2, 0, 0, 2, 0, 0, 0), report(prepared, "b"));
        assertEquals(new SourceReport("none", 1, 1, 0, 0, 0, 0, 0), report(prepared, "none"));
        assertEquals(new SourceReport("capped", 10, 6, 0, 0, 0, 4, 0), report(prepared, "capped"));
        assertEquals(new SourceReport("open", 1, 0, 0, 0, 0, 0, 1), report(prepared, "open"));
        assertEquals(1, prepared.unlabelled().size());
        assertEquals(6, prepared.train().size());
        assertEquals(List.of(), prepared.validation());
        for (Row row : prepared.train()) {
            assertEquals(row.source().equals("heavy"), row.extras().has("weight"), row::toString);
        }
        assertEquals(
                prepared,
                Preparation.of(rows, recipe, Leakage.against(List.of(Row.of("A test text, word for word.", "")))));
    }

    @Test
    void eachClassOfEachSourceIsHeldBackAndInstructionsStayTogether() {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            rows.add(row("ask " + i, "", i % 4 == 0 ? 1 : 0, "asked"));
            rows.add(row("pair " + i / 5, "reply " + i, i % 2, "pairs")); // five replies to each
        }
        Preparation prepared = Preparation.of(rows, recipe(0.1, Map.of(), Map.of()), NO_TESTS);
        assertEquals(
                800,
                prepared.train().size()
                        + prepared.validation().size()
                        + prepared.calibration().size());
        for (List<Row> held : List.of(prepared.validation(), prepared.calibration())) {
            assertEquals(
                    10,
                    held.stream()
                            .filter(row -> row.source().equals("asked")
                                    && row.harmful().getAsInt() == 1)
                            .count());
            assertEquals(
                    30,
                    held.stream()
                            .filter(row -> row.source().equals("asked")
                                    && row.harmful().getAsInt() == 0)
                            .count());
            for (int label = 0; label < 2; label++) {
                int wanted = label;
                long pairs = held.stream()
                        .filter(row ->
                                row.source().equals("pairs") && row.harmful().getAsInt() == wanted)
                        .count();
                assertTrue(pairs >= 18 && pairs <= 30, "about a tenth of 200 pairs of class " + label + ": " + pairs);
            }
        }
        Set<String> train = instructions(prepared.train());
        Set<String> validation = instructions(prepared.validation());
        Set<String> calibration = instructions(prepared.calibration());
        assertTrue(train.stream().noneMatch(validation::contains));
        assertTrue(train.stream().noneMatch(calibration::contains));
        assertTrue(validation.stream().noneMatch(calibration::contains));
    }

    private static Set<String> instructions(List<Row> rows) {
        return rows.stream().map(Row::instruction).collect(Collectors.toSet());
    }

    @Test
    void newRowsAreMadeOfTheirOwnSideAndNoneIsCloseToATestSet() throws ModelFormatException {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            rows.add(row("How do I rob the " + word(i) + " bank?", "", 1, "asked"));
            rows.add(row("How do I bake the " + word(i) + " bread?", "", 0, "asked"));
            rows.add(row("Reply to the " + word(i), "Take the " + word(i) + " road and turn left", i % 2, "pairs"));
            rows.add(row("I like the " + word(i) + " people", "", i % 2, "posts"));
        }
        Recipe recipe = recipe(
                0.1,
                Map.of("wrap", 400, "rewrite", 400, "reply", 400, "eda", 300),
                Map.of("posts", new Recipe.Source(Integer.MAX_VALUE, 1, true)));
        List<Row> first = Preparation.of(rows, recipe, NO_TESTS).augmented();
        List<Row> forbidden = first.subList(0, 150);
        Leakage tests = Leakage.against(forbidden);
        Preparation prepared = Preparation.of(rows, recipe, tests);
        Set<String> texts = new HashSet<>();
        for (List<Row> part : List.of(
                prepared.train(),
                prepared.augmented(),
                prepared.edited(),
                prepared.validation(),
                prepared.calibration())) {
            for (Row row : part) {
                assertTrue(tests.of(row).isEmpty(), row::toString);
                assertTrue(texts.add(Distinct.key(row)), () -> "twice: " + row);
            }
        }
        assertTrue(prepared.augmented().size() > 700 && prepared.augmented().size() < first.size());
        Set<String> held = new HashSet<>();
        for (Row row : prepared.validation()) {
            if (!row.source().startsWith("kanmon-")) {
                held.addAll(Words.of(row.instruction() + " " + row.response()));
            }
        }
        held.retainAll(words());
        assertFalse(held.isEmpty());
        for (Row row : prepared.validation()) {
            Set<String> own = new HashSet<>(Words.of(row.instruction() + " " + row.response()));
            own.retainAll(words());
            assertTrue(held.containsAll(own), () -> "made of a row that is trained with: " + row);
        }
        for (Row row : prepared.augmented()) {
            if (row.extras().string("method").equals("wrap")) {
                assertFalse(row.instruction().contains("I like the"), () -> "a post is wrapped: " + row);
            }
        }
    }

    /** A word of no list. */
    private static String word(int i) {
        return "qx" + (char) ('a' + i / 26) + (char) ('a' + i % 26);
    }

    private static Set<String> words() {
        Set<String> words = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            words.add(word(i));
        }
        return words;
    }

    @Test
    void aRecipeIsRead() throws IOException {
        Path file = directory.resolve("recipe.json");
        Files.writeString(
                file,
                "{\"seed\": 3, \"validation\": 0.05, \"calibration\": 0, \"wrap\": 7, \"sources\":"
                        + " {\"a\": {\"most\": 5}, \"b\": {\"weight\": 0.5, \"posts\": true}}}");
        Recipe recipe = Recipe.read(file);
        assertEquals(Map.of("wrap", 7, "rewrite", 0, "reply", 0, "eda", 0), recipe.counts());
        assertEquals(new Recipe.Source(5, 1, false), recipe.source("a"));
        assertEquals(new Recipe.Source(Integer.MAX_VALUE, 0.5, true), recipe.source("b"));
        assertEquals(new Recipe.Source(Integer.MAX_VALUE, 1, false), recipe.source("c"));
        for (String wrong : List.of(
                "{\"seed\": 3, \"validation\": 0.6, \"calibration\": 0, \"sources\": {}}",
                "{\"seed\": 3, \"validation\": 0, \"calibration\": 0, \"wrap\": -1, \"sources\": {}}",
                "{\"seed\": 3, \"validation\": 0, \"calibration\": 0, \"sources\": {\"a\": {\"weight\": 0}}}",
                "{\"seed\": 3, \"validation\": 0, \"calibration\": 0}")) {
            Files.writeString(file, wrong);
            ModelFormatException e = assertThrows(ModelFormatException.class, () -> Recipe.read(file), wrong);
            assertTrue(e.getMessage().contains("recipe.json"), e.getMessage());
        }
    }
}
