package dev.kanmon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Explanation.Part;
import dev.kanmon.Explanation.Text;
import dev.kanmon.Verdict.Span;
import dev.kanmon.engine.Goldens;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExplanationTest {

    private static final Path BERT = Goldens.own("models/bert_a");

    @ParameterizedTest
    @CsvSource({
        "'How do I bake bread, and don''t burn it?', ''",
        "'How do I?', 'You don''t.  Ever !'",
        "'', 'a reply alone'",
        "'  \uD83D\uDE00 emoji 中文 e\u0301t\u00e9 first', 'x'"
    })
    void everyTokenHasAPlaceInItsTextAndSpansAreOfWords(String instruction, String response) throws IOException {
        Exchange exchange = Exchange.of(instruction, response);
        try (Guard guard = Guard.load(BERT)) {
            Verdict verdict = guard.check(exchange);
            Explanation explanation = verdict.explain();
            assertEquals(guard.logOdds(verdict.logits(), 1), explanation.logOdds(), 1e-4);
            assertTrue(verdict.tokens() > explanation.tokens().size(), "special tokens have no weight");
            int end = 0;
            Text text = Text.INSTRUCTION;
            for (Part part : explanation.tokens()) {
                if (part.text() != text) {
                    text = part.text();
                    end = 0;
                }
                String of = part.span().of(text.of(exchange));
                assertTrue(part.span().start() >= end, part + " begins before " + end);
                assertEquals(of.strip(), of, part.toString());
                assertFalse(of.isEmpty(), part.toString());
                assertTrue(Double.isFinite(part.weight()), part.toString());
                end = part.span().end();
            }
            assertFalse(explanation.spans().isEmpty());
            noneOverlap(explanation.spans());
            noWordIsCut(exchange, explanation.spans());
        }
    }

    private static void noneOverlap(List<Part> spans) {
        for (Part a : spans) {
            for (Part b : spans) {
                boolean apart = a == b
                        || a.text() != b.text()
                        || a.span().end() <= b.span().start()
                        || b.span().end() <= a.span().start();
                assertTrue(apart, a + " and " + b);
            }
        }
        for (int i = 1; i < spans.size(); i++) {
            double before = Math.abs(spans.get(i - 1).weight());
            assertTrue(before >= Math.abs(spans.get(i).weight()), spans + ": the heaviest comes first");
        }
    }

    private static void noWordIsCut(Exchange exchange, List<Part> spans) {
        for (Part part : spans) {
            int[] characters = part.text().of(exchange).codePoints().toArray();
            for (int at : new int[] {part.span().start(), part.span().end()}) {
                boolean inside = at > 0
                        && at < characters.length
                        && asciiLetter(characters[at - 1])
                        && asciiLetter(characters[at]);
                assertFalse(inside, part + " ends inside a word");
            }
        }
    }

    private static boolean asciiLetter(int c) {
        return c < 128 && Character.isLetter(c);
    }

    /** What was read in several windows is explained where it was most harmful. */
    @Test
    void theMostHarmfulWindowIsExplained() throws IOException {
        StringBuilder words = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            words.append("word").append(i % 17).append(i % 3 == 0 ? ", " : " ");
        }
        try (Guard guard = Guard.load(BERT)) {
            Verdict verdict = guard.check(Exchange.of(words.toString()));
            assertTrue(verdict.windows().size() > 2, "the text needs more windows");
            Explanation explanation = verdict.explain();
            Verdict.Window decides = verdict.windows().stream()
                    .filter(window -> window.probability() == verdict.probability())
                    .findFirst()
                    .orElseThrow();
            List<Span> ends = new ArrayList<>();
            ends.add(explanation.tokens().getFirst().span());
            ends.add(explanation.tokens().getLast().span());
            assertEquals(decides.instruction().start(), ends.getFirst().start());
            assertEquals(decides.instruction().end(), ends.getLast().end());
            assertEquals(guard.logOdds(verdict.logits(), 1), explanation.logOdds(), 1e-4);
        }
    }

    @Test
    void aVerdictWithoutAGuardSaysSo() throws IOException {
        Verdict verdict;
        try (Guard guard = Guard.load(BERT)) {
            verdict = guard.check(Exchange.of("Hi"));
        }
        assertThrows(IllegalStateException.class, verdict::explain, "the guard is closed");
        Verdict orphan = new Verdict(
                verdict.probability(),
                verdict.logits(),
                verdict.threshold(),
                verdict.tokens(),
                verdict.windows(),
                verdict.truncated(),
                verdict.incomplete(),
                verdict.elapsed(),
                null);
        assertTrue(assertThrows(IllegalStateException.class, orphan::explain)
                .getMessage()
                .contains("origin"));
    }

    @Test
    void jsonHasWhatProgramsRead() throws IOException {
        Explanation explanation = new Explanation(
                Explanation.Method.INTEGRATED_GRADIENTS,
                1.5,
                -2,
                List.of(
                        new Part(Text.INSTRUCTION, new Span(0, 3), 3.25),
                        new Part(Text.RESPONSE, new Span(1, 4), -0.5)),
                List.of(new Part(Text.INSTRUCTION, new Span(0, 3), 3.25)));
        assertEquals(0.75, explanation.residual());
        JsonWriter writer = JsonWriter.compact();
        ExplanationJson.write(writer, explanation);
        JsonObject json = Json.parse("test", writer.toString()).asObject();
        assertEquals("integrated-gradients", json.string("method"));
        assertEquals(1.5, json.number("log_odds"));
        assertEquals(-2, json.number("baseline"));
        assertEquals(1, json.array("spans").size());
        JsonObject last = json.array("tokens").get(1).asObject();
        assertEquals(
                List.of("text", "start", "end", "weight"),
                List.copyOf(last.members().keySet()));
        assertEquals("response", last.string("text"));
        assertEquals(1, last.integer("start"));
        assertEquals(4, last.integer("end"));
        assertEquals(-0.5, last.number("weight"));
    }
}
