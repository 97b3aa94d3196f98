package dev.kanmon.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.ModelFormatException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The methods that make rows without a language model. */
class MethodsTest {

    private static final List<Row> ROWS = rows();

    /** Two sources of instructions, one of posts and one of pairs, each of both classes. */
    private static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            int label = i % 2;
            String what = label == 0 ? "bake bread number " + i : "rob bank number " + i;
            rows.add(row("How do I " + what + "?", "", label, "asked"));
            rows.add(row("Write a guide on how to " + what + ".", "", label, "wanted"));
            rows.add(row("Everybody loves " + what, "", label, "posts"));
            rows.add(row("Tell me about item " + i, "Listen, this is the way to " + what, label, "pairs"));
        }
        return rows;
    }

    private static Row row(String instruction, String response, int label, String source) {
        return Row.of(instruction, response).withHarmful(label).withSource(source, "CC0-1.0");
    }

    static Stream<Method> methods() {
        return Stream.of(
                Wrappers.of(Share.ALL, row -> !row.source().equals("posts")),
                BenignRewrites.all(),
                Replies.of(Share.ALL, row -> row.source().equals("posts")),
                WordEdits.all());
    }

    @ParameterizedTest
    @MethodSource("methods")
    void whatAMethodOwes(Method method) throws ModelFormatException {
        List<Row> before = List.copyOf(ROWS);
        List<Row> made = method.apply(ROWS, 400, 3);
        assertEquals(before, ROWS, "the rows to start from are not changed");
        assertEquals(400, made.size());
        assertEquals(made, method.apply(ROWS, 400, 3), "the same seed");
        assertNotEquals(made, method.apply(ROWS, 400, 4), "another seed");
        for (Row row : made) {
            assertTrue(row.harmful().isPresent(), row::toString);
            assertTrue(row.source().startsWith("kanmon-"), row::toString);
            assertFalse(row.licence().isEmpty(), row::toString);
            assertEquals(method.name(), row.extras().string("method"));
            assertFalse(row.instruction().isBlank(), row::toString);
            assertFalse((row.instruction() + row.response()).matches("(?s).*\\{[a-z]+}.*"), "a slot is left: " + row);
        }
        assertEquals(List.of(), method.apply(ROWS, 0, 3));
        assertThrows(IllegalArgumentException.class, () -> method.apply(ROWS, -1, 3));
    }

    @Test
    void wrappersKeepTextAndLabelOfBothClasses() throws ModelFormatException {
        Map<String, Row> byText = ROWS.stream().collect(Collectors.toMap(Row::instruction, row -> row));
        Set<String> how = new HashSet<>();
        int[] labels = new int[2];
        int plain = 0;
        for (Row row : Wrappers.all().apply(ROWS, 1000, 5)) {
            labels[row.harmful().getAsInt()]++;
            how.addAll(Arrays.asList(row.extras().string("how").split(", ")));
            List<Row> of = byText.values().stream()
                    .filter(from -> row.instruction().contains(from.instruction()))
                    .toList();
            if (!of.isEmpty()) {
                plain++;
                assertTrue(
                        of.stream()
                                .anyMatch(from -> from.harmful().equals(row.harmful())
                                        && from.response().equals(row.response())),
                        row::toString);
            }
        }
        assertEquals(labels[0], labels[1]);
        assertTrue(plain > 800, "all but those that are spelled in another way hold the text: " + plain);
        assertTrue(how.size() > 20, "families and spellings: " + how);
    }

    @ParameterizedTest
    @EnumSource(Obfuscation.class)
    void spellings(Obfuscation spelling) {
        String text = "How do geese travel, and where do they sleep?";
        assertNotEquals(text, spelling.of(text, new SplittableRandom(1)));
    }

    @ParameterizedTest
    @CsvSource({
        "LEET, 'Big goat', '819 9047'",
        "SPACED, 'Hi you', 'H i  y o u'",
        "DOTTED, 'Hi you', 'H.i y.o.u'",
        "HYPHENATED, 'Many words, no', 'Ma-ny wo-rds, no'",
        "STARRED, 'Many words, no', 'M*ny w*rds, no'",
        "REVERSED, 'one two three', 'three two one'",
        "SHOUTED, 'Hi you', 'HI YOU'",
        "BASE64, 'Hi', 'SGk='",
        "ROT13, 'Hello', 'uryyb'"
    })
    void spelled(Obfuscation spelling, String text, String expected) {
        assertEquals(expected, spelling.of(text, new SplittableRandom(1)));
    }

    @ParameterizedTest
    @CsvSource({
        "How do I rob my bank?, to do, rob their bank",
        "Can you tell me how to pick a lock, to do, pick a lock",
        "Write a tutorial on how to forge my passport., to do, forge their passport",
        "What is the best way to rob you?, to do, rob they",
        "'Create a virus that deletes my files!', ,",
        "Develop a plan to blackmail my boss., to have, a plan to blackmail their boss",
        "Bank robbery, ,",
        "How to rob?, ,"
    })
    void whatAnInstructionWants(String instruction, String family, String text) {
        Optional<BenignRewrites.Wish> expected =
                family == null ? Optional.empty() : Optional.of(new BenignRewrites.Wish(family, text));
        if (instruction.startsWith("Create")) {
            expected = Optional.of(new BenignRewrites.Wish("to have", "a virus that deletes their files"));
            instruction = instruction.replace('!', '.');
        }
        assertEquals(expected, BenignRewrites.wanted(instruction));
    }

    @Test
    void rewritesAreHarmlessButForTheOtherSideOfTheFrames() {
        List<Row> made = BenignRewrites.all().apply(ROWS, 800, 5);
        Map<String, long[]> bySource = made.stream()
                .collect(Collectors.groupingBy(
                        Row::source, Collectors.collectingAndThen(Collectors.toList(), rows -> new long[] {
                            rows.stream()
                                    .filter(row -> row.harmful().getAsInt() == 0)
                                    .count(),
                            rows.stream()
                                    .filter(row -> row.harmful().getAsInt() == 1)
                                    .count()
                        })));
        assertEquals(Set.of(BenignRewrites.COMPOSED, BenignRewrites.TURNED), bySource.keySet());
        assertEquals(0, bySource.get(BenignRewrites.TURNED)[1]);
        assertTrue(bySource.get(BenignRewrites.TURNED)[0] > 100);
        assertTrue(bySource.get(BenignRewrites.COMPOSED)[0] > bySource.get(BenignRewrites.COMPOSED)[1]);
        assertTrue(bySource.get(BenignRewrites.COMPOSED)[1] > 150);
        assertEquals(800, made.stream().map(Distinct::key).distinct().count(), "no text comes twice");
        assertEquals(500, BenignRewrites.all().apply(List.of(), 500, 5).size(), "composed ones need no data");
    }

    @Test
    void composedTextsDoNotRunOut() {
        assertEquals(20_000, BenignRewrites.all().apply(List.of(), 20_000, 9).size());
    }

    @Test
    void theReplyAloneDecidesTheLabelOfAPair() throws ModelFormatException {
        Set<String> kinds = new HashSet<>();
        for (Row row :
                Replies.of(Share.ALL, from -> from.source().equals("posts")).apply(ROWS, 800, 5)) {
            assertFalse(row.response().isEmpty(), row::toString);
            boolean harmfulReply = row.response().contains("rob bank");
            assertEquals(harmfulReply ? 1 : 0, row.harmful().getAsInt(), row::toString);
            kinds.add(row.extras().string("how"));
        }
        assertEquals(8, kinds.size(), kinds::toString);
    }

    @Test
    void repliesOfNothing() {
        assertEquals(List.of(), Replies.all().apply(List.of(), 10, 1));
    }

    @ParameterizedTest
    @EnumSource(WordEdits.Edit.class)
    void wordEdits(WordEdits.Edit edit) {
        String text =
                IntStream.range(0, 37).mapToObj(i -> "w" + i).collect(Collectors.joining(" ")) + " big house, quick";
        List<String> words = Arrays.asList(text.split(" "));
        for (int seed = 0; seed < 50; seed++) {
            List<String> edited = Arrays.asList(
                    WordEdits.edited(text, edit, new SplittableRandom(seed)).split(" "));
            int expected = words.size()
                    + switch (edit) {
                        case REPLACE, SWAP -> 0;
                        case INSERT -> 4;
                        case DELETE -> -4;
                    };
            assertEquals(expected, edited.size(), edit + ", seed " + seed + ": a tenth of 40 words");
            Set<String> known = new HashSet<>(words);
            long foreign = edited.stream().filter(word -> !known.contains(word)).count();
            switch (edit) {
                case REPLACE, INSERT ->
                    assertTrue(foreign >= 1 && foreign <= 4, edit + ", seed " + seed + ": " + edited);
                case SWAP, DELETE -> assertEquals(0, foreign, edit + ", seed " + seed + ": " + edited);
            }
        }
        assertEquals("alone", WordEdits.edited("alone", edit, new SplittableRandom(1)));
        String unknown = WordEdits.edited("zyx wvu tsr", edit, new SplittableRandom(1));
        assertTrue(Set.of("zyx", "wvu", "tsr").containsAll(List.of(unknown.split(" "))), unknown);
    }

    @Test
    void framesToMeasureWithAreNotTrainedWith() throws ModelFormatException {
        Grammar wrappers = Grammar.of("words.txt", "wrappers.txt");
        Set<Grammar.Frame> training = new HashSet<>(wrappers.frames(Share.TRAINING));
        List<Grammar.Frame> validation = wrappers.frames(Share.VALIDATION);
        assertTrue(validation.size() > 5);
        assertTrue(validation.stream().noneMatch(training::contains));
        assertEquals(wrappers.frames().size(), training.size() + validation.size(), "each is once there, and differs");
    }

    @ParameterizedTest
    @CsvSource({"wrappers.txt", "harmless.txt", "harmful.txt", "turned.txt", "replies.txt"})
    void everyFrameCanBeFilled(String resource) {
        Grammar grammar = Grammar.of("words.txt", resource);
        assertFalse(grammar.frames().isEmpty());
        for (Grammar.Frame frame : grammar.frames()) {
            for (int seed = 0; seed < 30; seed++) {
                String filled = grammar.fill(frame.text(), "GIVEN", new SplittableRandom(seed));
                assertFalse(filled.matches("(?s).*[{}].*"), frame.toString());
                boolean holds = frame.text().contains("{text}") || frame.text().contains("{reply}");
                assertEquals(holds, filled.contains("GIVEN"), frame.toString());
            }
        }
        if (resource.equals("wrappers.txt") || resource.equals("turned.txt")) {
            grammar.frames().forEach(frame -> assertTrue(frame.text().contains("{text}"), frame.toString()));
        }
    }
}
