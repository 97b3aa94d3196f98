package dev.kanmon.augment;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.engine.Goldens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Nothing that a training run sees is in the public test sets, nor close to them. What "close" means is worked out here a
 * second time, pair by pair and without {@link Leakage}, on a sample of the training file and on everything made of it.
 * Texts are not printed.
 */
class SharedLeakageTest {

    private static final int EACH = 25;

    @Test
    void nothingThatIsTrainedWithIsCloseToATestSet() throws IOException {
        List<Row> tests = new ArrayList<>();
        try (Stream<Path> files = Files.list(Goldens.shared("data/eval"))) {
            for (Path file : files.sorted().toList()) {
                tests.addAll(Rows.read(file));
            }
        }
        List<Row> sample = new ArrayList<>();
        List<Row> all = Rows.read(Goldens.shared("data/train.jsonl"));
        for (int i = 0; i < all.size(); i += EACH) {
            sample.add(all.get(i));
        }
        sample.addAll(tests.subList(0, 200)); // must be found
        Recipe recipe =
                new Recipe(5, 0.05, 0.05, Map.of("wrap", 500, "rewrite", 1500, "reply", 500, "eda", 500), Map.of());
        Preparation prepared = Preparation.of(sample, recipe, Leakage.against(tests));
        List<Row> made = new ArrayList<>();
        Stream.of(
                        prepared.train(),
                        prepared.augmented(),
                        prepared.edited(),
                        prepared.validation(),
                        prepared.calibration())
                .forEach(made::addAll);
        assertTrue(made.size() > 4000, () -> "only " + made.size() + " rows");

        List<Set<String>> sets = new ArrayList<>();
        Set<String> inInstructions = new HashSet<>();
        Set<String> inReplies = new HashSet<>();
        for (Row test : tests) {
            inInstructions.addAll(runs(test.instruction()));
            inReplies.addAll(runs(test.response()));
            sets.add(Set.of(words(test.instruction())));
            sets.add(Set.of(words(test.response())));
        }
        for (int i = 0; i < made.size(); i++) {
            Row row = made.get(i);
            String where = "row " + i + ", of " + row.source();
            for (String text : List.of(row.instruction(), row.response())) {
                Set<String> words = new HashSet<>(List.of(words(text)));
                for (Set<String> test : sets) {
                    assertFalse(isClose(words, test), where);
                }
            }
            Set<String> instruction = runs(row.instruction());
            Set<String> reply = runs(row.response());
            assertTrue(instruction.stream().noneMatch(inInstructions::contains), where);
            assertTrue(instruction.stream().noneMatch(inReplies::contains), where);
            assertTrue(reply.stream().noneMatch(inInstructions::contains), where);
            long shared = reply.stream().filter(inReplies::contains).count();
            assertTrue(shared == 0 || 4 * shared < reply.size(), where);
        }
    }

    private static String[] words(String text) {
        String plain = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
        return Stream.of(plain.split("[^\\p{L}\\p{M}\\p{N}]+"))
                .filter(word -> !word.isEmpty())
                .distinct()
                .toArray(String[]::new);
    }

    /** All words are the same, or a Jaccard index of at least three quarters. */
    private static boolean isClose(Set<String> a, Set<String> b) {
        if (a.isEmpty() || b.isEmpty() || 4 * a.size() < 3 * b.size() || 4 * b.size() < 3 * a.size()) {
            return false;
        }
        long both = a.stream().filter(b::contains).count();
        return (double) both / (a.size() + b.size() - both) >= 0.75;
    }

    private static Set<String> runs(String text) {
        String[] words = Stream.of(Normalizer.normalize(text, Normalizer.Form.NFKC)
                        .toLowerCase(Locale.ROOT)
                        .split("[^\\p{L}\\p{M}\\p{N}]+"))
                .filter(word -> !word.isEmpty())
                .toArray(String[]::new);
        Set<String> runs = new HashSet<>();
        for (int from = 0; from + 8 <= words.length; from++) {
            runs.add(String.join(" ", List.of(words).subList(from, from + 8)));
        }
        return runs;
    }
}
