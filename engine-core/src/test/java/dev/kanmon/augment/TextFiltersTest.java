package dev.kanmon.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.engine.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is taken out of answers, and what is thrown away: instructions, refusals, near-duplicates, exemplars. */
class TextFiltersTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "I'm sorry, but no.",
                "  \u201CI\u2019m  sorry,\n but I have to stop here\u201D",
                "**As an AI language model**, there are rules.",
                "That is a question which I can't help you with today.",
                "I CANNOT do that"
            })
    void refusalsAreTold(String text) {
        assertTrue(Refusals.standard().isRefusal(text), text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Here is how to bake bread.",
                "Write a letter in which a clerk says no.",
                "Icann otherwise called a registry keeps names",
                "Explain why some people cannot sleep"
            })
    void otherTextsAreNot(String text) {
        assertFalse(Refusals.standard().isRefusal(text), text);
    }

    @Test
    void aLateRefusalIsPartOfAStory() {
        assertFalse(Refusals.standard().isRefusal("word ".repeat(60) + "I can't help"));
    }

    @Test
    void phrasesAreData(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("phrases.txt");
        Files.writeString(file, "# mine\nstart Nay\n\nearly not  ever\n");
        Refusals mine = Refusals.of(file);
        assertTrue(mine.isRefusal("nay, friend") && mine.isRefusal("I shall not ever"));
        assertFalse(mine.isRefusal("I'm sorry"));
        Files.writeString(file, "start Nay\nend nope\n");
        String message = assertThrows(IllegalArgumentException.class, () -> Refusals.of(file))
                .getMessage();
        assertTrue(message.contains("line 2"), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "` Tell me how bread rises.`|Tell me how bread rises.",
                "`\n\n\"Tell me how bread rises.\"\n\nThis prompt is about bread.`|Tell me how bread rises.",
                "`\u201CTell me \"how\" bread rises\u201D`|Tell me \"how\" bread rises",
                "`\"Tell me how bread rises`|Tell me how bread rises",
                "`1. **Prompt:** \"Tell me how  bread rises.\"`|Tell me how bread rises.",
                "`Tell me how bread rises.\nAnd then what?`|Tell me how bread rises.",
                "`The prompt is: Tell me how bread rises.`|Tell me how bread rises.",
                "`**Tell me how bread rises**`|Tell me how bread rises",
                "`Tell me\u0000 how\tbread rises`|Tell me how bread rises",
                "`Idea of bread rising`|Idea of bread rising",
                "`-5 degrees is how cold?`|-5 degrees is how cold?"
            })
    void theInstructionIsFoundInAnAnswer(String answer, String instruction) {
        assertEquals(Optional.of(instruction), AnswerText.instruction(answer));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n ", "two words", "\"\"", "1. 2. 3. 4 5 6 7", "!!! ??? ..."})
    void anAnswerWithoutOneHasNone(String answer) {
        assertEquals(Optional.empty(), AnswerText.instruction(answer));
    }

    @Test
    void textsThatShareShinglesAreNear() {
        NearDuplicates known = new ShingleDuplicates(ShingleDuplicates.DEFAULT_BOUND);
        assertTrue(known.add("How long does a loaf of rye bread stay in the oven?"));
        assertFalse(known.add("how long does a loaf of rye bread stay in the oven"), "case and punctuation");
        assertFalse(known.add("How long does a loaf of wheat bread stay in the oven?"), "another word");
        assertTrue(known.add("How long does a cake stay in the oven?"), "another text");
        assertTrue(known.add("bread"));
        assertFalse(known.add("Bread!"), "a single word");
        assertTrue(known.add(""));
        assertFalse(known.add("?"), "no word at all");
        assertThrows(IllegalArgumentException.class, () -> new ShingleDuplicates(0.4));
    }

    /** MinHash finds what a comparison of all pairs finds. */
    @Test
    void hardlyAnyNearTextIsOverlooked() {
        long seed = 20261122;
        Random random = new Random(seed);
        double bound = 0.6;
        ShingleDuplicates known = new ShingleDuplicates(bound);
        List<Set<String>> kept = new ArrayList<>();
        int near = 0;
        int overlooked = 0;
        int wronglyNear = 0;
        List<String[]> texts = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            String[] words;
            if (i > 0 && random.nextInt(3) == 0) {
                words = texts.get(random.nextInt(texts.size())).clone();
                for (int change = random.nextInt(5); change > 0; change--) {
                    words[random.nextInt(words.length)] = "w" + random.nextInt(500);
                }
            } else {
                words = new String[8 + random.nextInt(20)];
                for (int w = 0; w < words.length; w++) {
                    words[w] = "w" + random.nextInt(500);
                }
            }
            texts.add(words);
            Set<String> pairs = new HashSet<>();
            for (int w = 0; w + 1 < words.length; w++) {
                pairs.add(words[w] + " " + words[w + 1]);
            }
            boolean isNear = kept.stream().anyMatch(other -> jaccard(pairs, other) >= bound);
            boolean added = known.add(String.join(" ", words));
            near += isNear ? 1 : 0;
            overlooked += isNear && added ? 1 : 0;
            wronglyNear += !isNear && !added ? 1 : 0;
            if (added) {
                kept.add(pairs);
            }
        }
        assertEquals(0, wronglyNear, "seed " + seed);
        assertTrue(near > 200, "the test tests something: " + near);
        assertTrue(overlooked * 200 <= near, overlooked + " of " + near + " overlooked, seed " + seed);
    }

    private static double jaccard(Set<String> a, Set<String> b) {
        long shared = a.stream().filter(b::contains).count();
        return (double) shared / (a.size() + b.size() - shared);
    }

    @Test
    void embeddingsAreComparedByTheirAngle() throws IOException {
        Path bert = Path.of("src/test/resources/golden/models/bert_a");
        try (EmbeddingDuplicates known = EmbeddingDuplicates.load(bert, 0.9999, Model.Options.defaults())) {
            assertTrue(known.add("How long does bread take?"));
            assertFalse(known.add("how long does bread take?"), "this model knows no capitals");
            assertTrue(known.add("A letter about the weather in spring"));
            assertTrue(known.add("word ".repeat(3000)), "a text longer than the model");
            assertTrue(known.description().contains("bert_a"), known.description());
        }
        assertThrows(IllegalArgumentException.class, () -> EmbeddingDuplicates.load(bert, 0, Model.Options.defaults()));
    }

    @Test
    void exemplarsAreDrawnBySourceAndSeed() {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            rows.add(Row.of("large source " + i, "").withHarmful(1).withSource("large", ""));
        }
        rows.add(Row.of("small\n source", "").withHarmful(1).withSource("small", ""));
        rows.add(Row.of("a reply is labelled", "yes").withHarmful(1));
        rows.add(Row.of("harmless", "").withHarmful(0));
        rows.add(Row.of("nobody labelled this", ""));
        rows.add(Row.of("long ".repeat(100), "").withHarmful(1));
        Exemplars exemplars = Exemplars.of(rows, 1);
        assertEquals(201, exemplars.texts().size());
        int small = 0;
        for (int seed = 0; seed < 100; seed++) {
            List<String> drawn = exemplars.draw(4, seed);
            assertEquals(drawn, exemplars.draw(4, seed), "seed " + seed);
            assertEquals(4, new HashSet<>(drawn).size(), "seed " + seed);
            small += drawn.contains("small source") ? 1 : 0;
        }
        assertTrue(small > 80, "a source of one row is drawn as often as one of 200: " + small);
        assertEquals(1, Exemplars.of(rows, 0).draw(5, 1).size(), "there is but one");
        assertThrows(IllegalArgumentException.class, () -> Exemplars.of(List.of(), 1));
    }
}
