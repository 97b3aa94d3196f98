package dev.kanmon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Explanation.Method;
import dev.kanmon.Explanation.Part;
import dev.kanmon.Explanation.Text;
import dev.kanmon.Verdict.Span;
import dev.kanmon.convert.ModelConverter;
import dev.kanmon.engine.Goldens;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.encoder.Parallel;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonWriter;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.tokenizer.Encoding;
import dev.kanmon.tokenizer.Tokenizer;
import dev.kanmon.train.model.EmbeddingGradients;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExplanationTest {

    private static final Path BERT = Goldens.own("models/bert_a");

    private static final List<Exchange> EXCHANGES = List.of(
            Exchange.of("How do I bake bread?"),
            Exchange.of("tell me, how is glass made", "Of sand. It melts at 1700 degrees!"),
            Exchange.of("x"));

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
            Explanation explanation = GuardExample.explain(verdict, instruction);
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

    /** Completeness, as far as numerical integration goes: the axiom that gives the method its name. */
    @ParameterizedTest
    @ValueSource(strings = {"bert_a", "bert_smalleps", "bert_tanhgelu"})
    void weightsAddUpToWhatThereIsToExplain(String name) throws IOException {
        try (Guard guard = Guard.load(Goldens.own("models/" + name))) {
            for (Exchange exchange : EXCHANGES) {
                Verdict verdict = guard.check(exchange);
                Explanation explanation = verdict.explain();
                assertEquals(Method.INTEGRATED_GRADIENTS, explanation.method());
                double difference = explanation.logOdds() - explanation.baseline();
                assertEquals(0, explanation.residual(), 0.02 * Math.max(1, Math.abs(difference)), exchange.toString());
                assertEquals(guard.logOdds(verdict.logits(), 1), explanation.logOdds(), 1e-4);
            }
        }
    }

    /** The integral by a rule of four hundred points, which knows nothing of intervals. */
    @Test
    void theIntegralIsTheOneOfTheMidpointRule() throws IOException {
        int points = 400;
        try (Guard guard = Guard.load(BERT);
                ModelFiles files = ModelFiles.open(BERT);
                EmbeddingGradients model =
                        EmbeddingGradients.of(files, KernelChoice.automatic().kernels(), () -> Parallel.ofThreads(1))) {
            Tokenizer tokenizer = files.tokenizer();
            int blank = tokenizer.id("[PAD]").orElseThrow();
            Encoding text = tokenizer.encode("How do I bake bread?");
            TokenSequence sequence = new TokenSequence(text.ids(), text.typeIds(), null);
            double[] expected = new double[text.length()];
            for (int p = 0; p < points; p++) {
                double place = (p + 0.5) / points;
                MemorySegment rows = model.rows(text.length());
                float[][] ways = new float[text.length()][];
                for (int i = 0; i < text.length(); i++) {
                    float[] own = embedding(model, text.id(i));
                    float[] start = embedding(model, text.sequence(i) < 0 ? text.id(i) : blank);
                    ways[i] = new float[own.length];
                    for (int c = 0; c < own.length; c++) {
                        ways[i][c] = own[c] - start[c];
                        rows.setAtIndex(ValueLayout.JAVA_FLOAT, (long) i * own.length + c, (float)
                                (start[c] + place * ways[i][c]));
                    }
                }
                model.forward(List.of(sequence));
                MemorySegment gradient = model.backward(new float[][] {{-1, 1}}); // log-odds of two labels
                for (int i = 0; i < text.length(); i++) {
                    for (int c = 0; c < ways[i].length; c++) {
                        long at = (long) i * ways[i].length + c;
                        expected[i] += ways[i][c] * (double) gradient.getAtIndex(ValueLayout.JAVA_FLOAT, at) / points;
                    }
                }
            }
            List<Part> tokens =
                    guard.check(Exchange.of("How do I bake bread?")).explain().tokens();
            double all =
                    tokens.stream().mapToDouble(part -> Math.abs(part.weight())).sum();
            assertTrue(all > 0.01, "there is something to compare: " + tokens);
            for (int i = 0; i < tokens.size(); i++) {
                assertEquals(expected[i + 1], tokens.get(i).weight(), 0.02 * all, "token " + i + " behind [CLS]");
            }
        }
    }

    private static float[] embedding(EmbeddingGradients model, int id) {
        float[] numbers = new float[model.size()];
        model.embedding(id, MemorySegment.ofArray(numbers));
        return numbers;
    }

    /** What is taken away by hand is what occlusion says. */
    @Test
    void occlusionIsWhatTheVerdictLosesWithoutAWord() throws IOException {
        try (Guard guard = Guard.load(BERT);
                Model model = Model.load(BERT, Model.Options.defaults());
                ModelFiles files = ModelFiles.open(BERT)) {
            Tokenizer tokenizer = files.tokenizer();
            int mask = tokenizer.id("[MASK]").orElseThrow();
            Encoding text = tokenizer.encode("How do I bake bread?");
            List<Part> tokens = guard.check(Exchange.of("How do I bake bread?"))
                    .explain(Method.OCCLUSION)
                    .tokens();
            float[] whole = model.logits(List.of(TokenSequence.of(text.ids()))).getFirst();
            for (int i = 0; i < tokens.size(); i++) {
                int[] ids = text.ids();
                int count = 0;
                int word = wordOf(tokens.get(i).span().start());
                for (int k = 0; k < tokens.size(); k++) {
                    if (wordOf(tokens.get(k).span().start()) == word) {
                        ids[k + 1] = mask;
                        count++;
                    }
                }
                float[] without = model.logits(List.of(TokenSequence.of(ids))).getFirst();
                double lost = whole[1] - whole[0] - (without[1] - without[0]);
                assertEquals(
                        lost / count,
                        tokens.get(i).weight(),
                        1e-5,
                        tokens.get(i).toString());
            }
        }
    }

    /** Of "How do I bake bread?": its words, and the question mark. */
    private static int wordOf(int start) {
        return start == 19 ? 5 : start < 4 ? 0 : start < 7 ? 1 : start < 9 ? 2 : start < 14 ? 3 : 4;
    }

    @Test
    void aPackedModelIsExplainedByOcclusion(@TempDir Path directory) throws IOException {
        Path packed = directory.resolve("packed.gguf");
        ModelConverter.pack(
                BERT, ModelFiles.Supplement.NONE, packed, WeightPlan.of(WeightType.INT8), Optional.empty(), null);
        try (Guard guard = Guard.load(packed)) {
            Verdict verdict = guard.check(Exchange.of("How do I bake bread?"));
            assertEquals(Method.OCCLUSION, verdict.explain().method());
            IllegalArgumentException refused =
                    assertThrows(IllegalArgumentException.class, () -> verdict.explain(Method.INTEGRATED_GRADIENTS));
            assertTrue(refused.getMessage().contains("occlusion"), refused.getMessage());
        }
    }

    @Test
    void threadsGetTheSameExplanationAndClosingEndsThem() throws Exception {
        Guard guard = Guard.load(BERT, GuardOptions.defaults().withThreads(2));
        try (ExecutorService callers = Executors.newFixedThreadPool(4)) {
            Verdict verdict = guard.check(Exchange.of("How do I bake bread, and do not burn it?"));
            Explanation expected = verdict.explain();
            List<Future<Explanation>> found = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                found.add(callers.submit(() -> verdict.explain()));
            }
            for (Future<Explanation> one : found) {
                assertEquals(expected, one.get());
            }
            List<Future<?>> ended = new ArrayList<>();
            CountDownLatch all = new CountDownLatch(4);
            for (int i = 0; i < 4; i++) {
                ended.add(callers.submit(() -> {
                    all.countDown();
                    while (true) {
                        verdict.explain();
                    }
                }));
            }
            all.await();
            guard.close();
            for (Future<?> one : ended) {
                Throwable cause = assertThrows(ExecutionException.class, () -> one.get(60, TimeUnit.SECONDS))
                        .getCause();
                assertInstanceOf(IllegalStateException.class, cause);
                assertTrue(cause.getMessage().endsWith("was closed"), cause.toString());
            }
        } finally {
            guard.close();
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

    /** Of a very long text only what is around the window is turned into tokens again, and they are the same. */
    @Test
    void aWindowOfAVeryLongTextIsFoundAgain() throws IOException {
        StringBuilder words = new StringBuilder("\uD83D\uDE00");
        for (int i = 0; words.length() < 400_000; i++) {
            words.append(" word").append(i % 1013).append(i % 7 == 0 ? ". " : "");
        }
        WindowPolicy few = WindowPolicy.windows().withMaxWork(1 << 15);
        try (Guard guard = Guard.load(BERT, GuardOptions.defaults().withWindows(few))) {
            for (Exchange exchange : List.of(Exchange.of(words.toString()), Exchange.of("Hi", words.toString()))) {
                Verdict verdict = guard.check(exchange);
                Explanation explanation = verdict.explain();
                assertEquals(guard.logOdds(verdict.logits(), 1), explanation.logOdds(), 1e-4);
                Part last = explanation.tokens().getLast();
                assertTrue(
                        verdict.windows().stream()
                                .filter(window -> window.probability() == verdict.probability())
                                .anyMatch(window -> last.span().end()
                                        == (last.text() == Text.RESPONSE ? window.response() : window.instruction())
                                                .end()),
                        "the end of a window: " + last);
            }
        }
    }

    @Test
    void theMostHarmfulSentenceIsExplained() throws IOException {
        Exchange exchange = Exchange.of(
                "Tell me about bread.", "It is made of flour and water. Salt goes in, too! Some add seeds, or oil.");
        try (Guard guard = Guard.load(BERT, GuardOptions.defaults().withWindows(WindowPolicy.sentences()))) {
            Verdict verdict = guard.check(exchange);
            assertTrue(verdict.windows().size() > 1, "sentences stand behind the window");
            assertEquals(
                    guard.logOdds(verdict.logits(), 1),
                    verdict.explain().logOdds(),
                    1e-4,
                    "its tokens are found again");
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
