package dev.kanmon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.StreamVerdict.Decision;
import dev.kanmon.engine.Goldens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GuardStreamTest {

    private static final Path BERT = Goldens.own("models/bert_a");
    private static final long SEED = 20261122;
    private static final String INSTRUCTION = "What is the weather like, and what did the old man say?";
    /** Never reached: a stream that only watches. */
    private static final StreamOptions WATCH = StreamOptions.defaults().withStop(1);

    private static Guard guard;
    /** The same with windows so small that a reply of some words needs several. */
    private static Guard windowed;

    @BeforeAll
    static void load() throws IOException {
        guard = Guard.load(BERT);
        windowed = Guard.load(
                BERT,
                GuardOptions.defaults()
                        .withWindows(WindowPolicy.windows().withMaxTokens(40).withOverlap(6)));
    }

    @AfterAll
    static void close() {
        guard.close();
        windowed.close();
    }

    /** Whatever the chunks, each judgement is what check says of the text so far, and the end what it says of all. */
    @ParameterizedTest
    @CsvSource({"1, true", "1, false", "2, true", "7, true", "7, false", "50, true", "100000, true"})
    void judgesAsCheckDoes(int longestChunk, boolean reply) {
        for (Guard of : List.of(guard, windowed)) {
            Random random = new Random(SEED + longestChunk);
            String text = text(random, 120);
            String instruction = reply ? INSTRUCTION : "";
            try (GuardStream stream = of.stream(instruction, WATCH.withEveryTokens(5))) {
                int judgements = 0;
                for (int from = 0, to; from < text.length(); from = to) {
                    to = Math.min(text.length(), from + 1 + random.nextInt(longestChunk));
                    StreamVerdict now = stream.append(text.substring(from, to));
                    assertEquals(Decision.CONTINUE, now.decision());
                    if (now.judgements() > judgements) {
                        boolean cut = Character.isHighSurrogate(text.charAt(to - 1));
                        int read = cut ? to - 1 : to;
                        assertSame(check(of, instruction, text.substring(0, read)), now.verdict());
                        assertEquals(read, now.charsJudged());
                        judgements = now.judgements();
                    }
                }
                assertTrue(longestChunk > 50 || judgements > 10, judgements + " judgements");
                assertSame(check(of, instruction, text), stream.finish().verdict());
                assertEquals(stream.latest(), stream.finish(), "finish answers the same again");
            }
        }
    }

    @Test
    void fullWindowsAreComputedOnce() {
        try (GuardStream stream = windowed.stream("", WATCH.withEveryTokens(6))) {
            for (int i = 0; i < 300; i++) {
                stream.append(i % 7 == 6 ? " man." : " old");
            }
            StreamVerdict end = stream.finish();
            int windows = end.verdict().orElseThrow().windows().size();
            assertTrue(windows >= 8, windows + " windows");
            // Each judgement reads the window that grows, and sometimes one that has just become full.
            long most = (end.judgements() + windows) * 40L;
            assertTrue(
                    end.tokensComputed() <= most,
                    end.tokensComputed() + " tokens computed for " + end.judgements() + " judgements, expected at most "
                            + most);
        }
    }

    /** A decoder that classifies reads each token of a window once, and all judgements are what check says. */
    @Test
    void decodersReadNewTokensOnly(@TempDir Path directory) throws IOException {
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(Goldens.own("families/qwen3_a").resolve(file), directory.resolve(file));
        }
        Files.writeString(directory.resolve("tokenizer.json"), tokenizerOfLetters());
        String text = "the old man went home and said nothing. ".repeat(8);
        try (Guard of = Guard.load(directory)) {
            for (String instruction : List.of("", "what?")) {
                try (GuardStream stream = of.stream(instruction, WATCH.withEveryTokens(4))) {
                    for (int at = 0; at < text.length(); at += 4) {
                        StreamVerdict now = stream.append(text.substring(at, at + 4));
                        if (now.charsJudged() == at + 4) {
                            assertSame(check(of, instruction, text.substring(0, at + 4)), now.verdict());
                        }
                    }
                    StreamVerdict end = stream.finish();
                    Verdict whole = check(of, instruction, text);
                    assertSame(whole, end.verdict());
                    assertTrue(
                            whole.windows().size() > 3,
                            "windows: " + whole.windows().size());
                    int once = whole.windows().stream()
                            .mapToInt(Verdict.Window::tokens)
                            .sum();
                    // The special tokens at the end of a window are read again, and a window that begins anew.
                    long most =
                            once + 3L * end.judgements() + 64L * whole.windows().size();
                    assertTrue(
                            end.tokensComputed() <= most,
                            end.tokensComputed() + " tokens computed for " + end.judgements() + " judgements of " + once
                                    + " tokens, expected at most " + most);
                }
            }
        }
    }

    /** A tokenizer for models of 90 ids, whose tokens are letters. */
    private static String tokenizerOfLetters() {
        StringBuilder vocabulary = new StringBuilder("\"[UNK]\": 0, \"[CLS]\": 1, \"[SEP]\": 2, \".\": 4, \"?\": 5");
        for (char c = 'a'; c <= 'z'; c++) {
            vocabulary.append(", \"" + c + "\": " + (10 + c - 'a') + ", \"##" + c + "\": " + (40 + c - 'a'));
        }
        String sep = "{\"SpecialToken\": {\"id\": \"[SEP]\", \"type_id\": 0}}";
        String a = "{\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}";
        String b = "{\"Sequence\": {\"id\": \"B\", \"type_id\": 0}}";
        return """
            {"normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
              "strip_accents": null, "lowercase": true},
             "pre_tokenizer": {"type": "BertPreTokenizer"},
             "post_processor": {"type": "TemplateProcessing", "single": [%s, %s], "pair": [%s, %s, %s, %s],
               "special_tokens": {"[SEP]": {"id": "[SEP]", "ids": [2], "tokens": ["[SEP]"]}}},
             "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
               "max_input_chars_per_word": 100, "vocab": {%s}}}
            """.formatted(a, sep, a, sep, b, sep, vocabulary);
    }

    /** The rule once more, over the probabilities of a stream that only watches. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void stopsByTheRule(int confirmations) {
        Random random = new Random(SEED + confirmations);
        int stops = 0;
        for (int round = 0; round < 12; round++) {
            List<String> chunks = chunks(text(random, 60));
            List<Double> watched = new ArrayList<>();
            double last;
            try (GuardStream stream = guard.stream(INSTRUCTION, WATCH.withEveryTokens(3))) {
                for (String chunk : chunks) {
                    int before = stream.latest().judgements();
                    StreamVerdict now = stream.append(chunk);
                    if (now.judgements() > before) {
                        watched.add(probability(now));
                    }
                }
                last = probability(stream.finish());
            }
            double stop = watched.get(random.nextInt(watched.size()));
            double release = Math.min(stop, watched.get(random.nextInt(watched.size())));
            int expected = -1;
            int counted = 0;
            for (int j = 0; j < watched.size() && expected < 0; j++) {
                counted = watched.get(j) >= stop ? counted + 1 : watched.get(j) < release ? 0 : counted;
                expected = counted == confirmations ? j + 1 : -1;
            }
            StreamOptions options = StreamOptions.defaults()
                    .withEveryTokens(3)
                    .withStop(stop)
                    .withRelease(release)
                    .withConfirmations(confirmations);
            assertEquals(
                    expected < 0 ? OptionalInt.empty() : OptionalInt.of(expected - 1), options.stopsAt(0.5, watched));
            String what = "stop " + stop + ", release " + release + ", probabilities " + watched;
            try (GuardStream stream = guard.stream(INSTRUCTION, options)) {
                int found = -1;
                for (String chunk : chunks) {
                    StreamVerdict now = stream.append(chunk);
                    found = found < 0 && now.stopped() ? now.judgements() : found;
                    assertEquals(found >= 0, now.stopped(), "a stop is for good: " + what);
                }
                assertEquals(expected, found, what);
                StreamVerdict end = stream.finish();
                assertEquals(expected >= 0 || last >= stop, end.stopped(), "end " + last + ", " + what);
                assertEquals(
                        expected >= 0 ? watched.get(expected - 1) : last, probability(end), "the verdict that stops");
            }
            stops += expected >= 0 ? 1 : 0;
        }
        assertTrue(stops > 0 || confirmations > 3, "no round stopped");
    }

    @Test
    void nothingIsReadAfterAStop() {
        StreamOptions atOnce = StreamOptions.defaults().withEveryTokens(1).withStop(Double.MIN_VALUE);
        try (GuardStream stream = guard.stream(INSTRUCTION, atOnce)) {
            StreamVerdict stopped = stream.append("Take the old man");
            assertTrue(stopped.stopped());
            assertEquals(1, stopped.judgements());
            assertEquals(stopped, stream.append(" and walk".repeat(500)));
            assertEquals(stopped, stream.finish());
        }
    }

    @Test
    void judgesAtSentenceEnds() {
        StreamOptions sentences = WATCH.withSentenceEndsOnly();
        try (GuardStream stream = guard.stream(INSTRUCTION, sentences)) {
            assertEquals(
                    0,
                    stream.append("The old man went home and he said nothing at all")
                            .judgements());
            assertEquals(0, stream.append(".").judgements(), "what stands behind the point is not known yet");
            assertEquals(1, stream.append(" Then").judgements());
            assertEquals(1, stream.append(" no. ").judgements(), "too few tokens");
            assertEquals(
                    2, stream.append("The day was long and the way was far\n").judgements());
            assertEquals(2, stream.finish().judgements(), "nothing was left to judge");
        }
    }

    /** Blanks and what no tokenizer sees are judged after so many chars. */
    @ParameterizedTest
    @ValueSource(strings = {" ", "\u200b"})
    void whatMakesNoTokensIsJudged(String of) {
        try (GuardStream stream = guard.stream(INSTRUCTION, WATCH.withEveryTokens(50))) {
            for (int i = 1; i <= 3200; i++) {
                int expected = i / (16 * 50);
                assertEquals(expected, stream.append(of).judgements(), "at char " + i);
            }
        }
        try (GuardStream stream = guard.stream(INSTRUCTION, WATCH.withSentenceEndsOnly())) {
            assertEquals(0, stream.append(of.repeat(8191)).judgements());
            assertEquals(1, stream.append(of).judgements());
        }
    }

    @Test
    void anEmptyTextIsJudgedAtTheEnd() {
        try (GuardStream stream = guard.stream(INSTRUCTION, StreamOptions.defaults())) {
            assertEquals(Optional.empty(), stream.append("").verdict());
            assertSame(check(guard, INSTRUCTION, ""), stream.finish().verdict());
        }
    }

    @Test
    void whatMayNotBeReadToItsEndIsStopped() throws IOException {
        GuardOptions capped = GuardOptions.defaults()
                .withThreshold(1)
                .withWindows(WindowPolicy.windows().withMaxTokens(40).withMaxWork(100));
        try (Guard of = Guard.load(BERT, capped);
                GuardStream stream =
                        of.stream(INSTRUCTION, StreamOptions.defaults().withEveryTokens(10))) {
            StreamVerdict now = stream.latest();
            while (!now.stopped()) {
                assertTrue(now.tokensSeen() < 200, "not stopped at " + now);
                assertEquals(
                        Outcome.HARMLESS, now.verdict().map(Verdict::outcome).orElse(Outcome.HARMLESS));
                now = stream.append(" the old man");
            }
            assertEquals(Outcome.INCOMPLETE, now.verdict().orElseThrow().outcome());
            assertEquals(now, stream.finish());
        }
    }

    @Test
    void refusesTextBehindTheEnd() {
        GuardStream stream = guard.stream(INSTRUCTION, StreamOptions.defaults());
        StreamVerdict end = stream.append("The old man").judgements() == 0 ? stream.finish() : null;
        assertThrows(IllegalStateException.class, () -> stream.append("more"));
        stream.close();
        stream.close();
        assertEquals(end, stream.finish());
        GuardStream closed = guard.stream(INSTRUCTION, StreamOptions.defaults());
        closed.close();
        assertThrows(IllegalStateException.class, () -> closed.append("more"));
        assertThrows(IllegalStateException.class, closed::finish);
    }

    @Test
    void failsWithItsGuard() throws IOException {
        Guard other = Guard.load(BERT);
        try (GuardStream stream = other.stream(INSTRUCTION, WATCH.withEveryTokens(1))) {
            assertEquals(1, stream.append("The old man").judgements());
            other.close();
            assertThrows(IllegalStateException.class, () -> stream.append(" went home"));
            assertThrows(IllegalStateException.class, stream::finish);
            assertEquals(1, stream.latest().judgements());
        }
    }

    @Test
    void exampleRuns() {
        StreamVerdict end = GuardExample.stream(guard, INSTRUCTION, chunks(text(new Random(SEED), 80)));
        assertTrue(end.judgements() >= 1);
    }

    @Test
    void refusesOptionsThatMakeNoSense() {
        StreamOptions options = StreamOptions.defaults();
        assertThrows(IllegalArgumentException.class, () -> options.withEveryTokens(0));
        assertThrows(IllegalArgumentException.class, () -> options.withStop(0));
        assertThrows(IllegalArgumentException.class, () -> options.withStop(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> options.withStop(0.5).withRelease(0.6));
        assertThrows(IllegalArgumentException.class, () -> options.withConfirmations(0));
    }

    private static double probability(StreamVerdict of) {
        return of.verdict().orElseThrow().probability();
    }

    private static Verdict check(Guard of, String instruction, String text) {
        return of.check(instruction.isEmpty() ? Exchange.of(text) : Exchange.of(instruction, text));
    }

    /** Equal to the last bit in everything but the time that it took. */
    private static void assertSame(Verdict expected, Optional<Verdict> found) {
        Verdict verdict = found.orElseThrow();
        assertEquals(expected.logits(), verdict.logits());
        assertEquals(expected.probability(), verdict.probability());
        assertEquals(expected.windows(), verdict.windows());
        assertEquals(expected.tokens(), verdict.tokens());
        assertEquals(expected.outcome(), verdict.outcome());
    }

    /** Words and sentences, with characters outside the first plane in between. */
    private static String text(Random random, int words) {
        List<String> some =
                List.of("the", "old", "man", "went", "home", "and", "said:", "naïve", "𝒳𝒴", "🙂", "42.5", "don't");
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < words; i++) {
            text.append(some.get(random.nextInt(some.size()))).append(random.nextInt(9) == 0 ? ". " : " ");
        }
        return text.toString();
    }

    /** As a language model writes it: about a word at a time. */
    private static List<String> chunks(String text) {
        return List.of(text.split("(?= )"));
    }
}
