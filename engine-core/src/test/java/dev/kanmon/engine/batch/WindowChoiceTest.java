package dev.kanmon.engine.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Joining;
import dev.kanmon.Verdict.Span;
import dev.kanmon.WindowPolicy;
import dev.kanmon.engine.Goldens;
import dev.kanmon.engine.batch.Windows.Cut;
import dev.kanmon.engine.batch.Windows.Window;
import dev.kanmon.tokenizer.Encoding;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which windows and sentences of an exchange are read. */
class WindowChoiceTest {

    private static final WindowPolicy TENS =
            WindowPolicy.windows().withMaxTokens(12).withOverlap(0); // ten tokens of a text and two special ones

    private static Tokenizer tokenizer;

    @BeforeAll
    static void load() throws IOException {
        tokenizer = Tokenizer.load(Goldens.own("models/bert_a"));
    }

    private static Cut cut(WindowPolicy policy, String instruction, String response) {
        return new Windows(tokenizer, policy, 64).cut(instruction, response);
    }

    /** As many tokens, each two characters of the text. */
    private static String letters(int tokens) {
        Random random = new Random(tokens);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < tokens; i++) {
            text.append((char) ('a' + random.nextInt(26))).append(' ');
        }
        assertEquals(tokens, tokenizer.tokens(text.toString(), true).length());
        return text.toString();
    }

    private static int work(Cut cut) {
        return cut.windows().stream().mapToInt(w -> w.tokens().length()).sum();
    }

    private static List<Integer> tens(Cut cut) {
        return cut.windows().stream().map(w -> w.instruction().start() / 20).toList();
    }

    @Test
    void withinALimitTheEndsAreReadFirstThenTheMiddles() {
        String text = letters(90);
        assertEquals(
                IntStream.range(0, 9).boxed().toList(), tens(cut(TENS.withMaxWork(9 * 12), text, "")), "all of them");
        assertFalse(cut(TENS.withMaxWork(9 * 12), text, "").incomplete());
        List<List<Integer>> expected = List.of(
                List.of(0),
                List.of(0, 8),
                List.of(0, 4, 8),
                List.of(0, 2, 4, 8),
                List.of(0, 2, 4, 6, 8),
                List.of(0, 1, 2, 4, 6, 8));
        for (int n = 1; n <= expected.size(); n++) {
            for (int more : new int[] {0, 11}) {
                Cut cut = cut(TENS.withMaxWork(12 * n + more), text, "");
                assertEquals(expected.get(n - 1), tens(cut), "a limit of " + (12 * n + more) + " tokens");
                assertTrue(cut.incomplete() && !cut.truncated());
                assertEquals(92, cut.tokens());
            }
        }
    }

    @ParameterizedTest(name = "{0} and {1} tokens, windows of {2}, a limit of {3}, sentences {4}")
    @CsvSource({
        "500, 0, 64, 64, false",
        "500, 0, 64, 300, true",
        "500, 500, 64, 1000, true",
        "20, 900, 64, 5, true",
        "900, 20, 64, 777, true",
        "3, 3, 64, 7, true",
        "1, 1, 64, 6, true",
        "5, 40, 48, 5000, true",
        "10000, 10000, 64, 100, true"
    })
    void theLimitHoldsAndSomethingIsRead(int first, int second, int max, int limit, boolean sentences) {
        WindowPolicy policy = WindowPolicy.windows()
                .withMaxTokens(max)
                .withOverlap(4)
                .withSentences(sentences)
                .withMaxWork(limit);
        String a = letters(first);
        String b = second == 0 ? "" : letters(second);
        Cut cut = cut(policy, a, b);
        assertTrue(!cut.windows().isEmpty() && work(cut) <= limit, "work of " + work(cut));
        Cut unlimited = cut(
                WindowPolicy.windows()
                        .withMaxTokens(Math.min(max, limit))
                        .withOverlap(4)
                        .withSentences(sentences),
                a,
                b);
        assertEquals(work(unlimited) > limit, cut.incomplete(), work(unlimited) + " tokens would be needed");
        assertEquals(spans(cut), spans(cut(policy, a, b)), "the same text, another reading");
        if (!cut.incomplete()) {
            assertEquals(spans(unlimited), spans(cut));
        }
    }

    private static List<List<Span>> spans(Cut cut) {
        return cut.windows().stream()
                .map(w -> List.of(w.instruction(), w.response()))
                .toList();
    }

    @Test
    void ofAVeryLongTextBothEndsAreLookedAt() {
        int limit = 100;
        int characters = limit * WindowPolicy.CHARACTERS_PER_TOKEN;
        String smile = "\uD83D\uDE00";
        // The cuts, 800 units from either end, fall into surrogate pairs.
        String text = "x " + "a".repeat(797) + smile + "b ".repeat(50_000) + smile + "c".repeat(797) + " y";
        assertTrue(text.length() > characters && Character.isHighSurrogate(text.charAt(799)));
        Cut cut = cut(WindowPolicy.windows().withMaxWork(limit), text, "");
        assertTrue(cut.incomplete());
        assertTrue(cut.tokens() <= characters + 2, "tokens were made of all: " + cut.tokens());
        assertEquals(new Span(0, 799), cut.windows().getFirst().instruction());
        int all = text.codePointCount(0, text.length());
        assertEquals(new Span(all - 799, all), cut.windows().getLast().instruction());

        // What the texts do not need of the limit the other one may have.
        String reply = letters(100);
        assertTrue(cut(WindowPolicy.windows().withMaxWork(limit), text, reply)
                        .windows()
                        .size()
                >= 1);
        Cut blanks = cut(WindowPolicy.windows().withMaxWork(limit), " ".repeat(characters - 3) + "a b", "");
        assertFalse(blanks.incomplete(), "as many characters as are looked at");
        assertEquals(4, blanks.tokens());
        assertTrue(cut(WindowPolicy.windows().withMaxWork(limit), " ".repeat(characters - 2) + "a b", "")
                .incomplete());
        assertTrue(cut(WindowPolicy.windows().withMaxWork(limit), " ".repeat(characters - 2), "a b")
                .incomplete());
        assertTrue(cut(WindowPolicy.truncate(64).withMaxWork(limit), " ".repeat(characters) + "a b", "")
                .incomplete());
    }

    @Test
    void aWindowThatTheLimitMakesShorterLeavesTruncatedTextIncomplete() {
        String text = letters(40);
        Cut asAsked = cut(WindowPolicy.truncate(32).withMaxWork(32), text, "");
        assertTrue(asAsked.truncated() && !asAsked.incomplete());
        Cut shorter = cut(WindowPolicy.truncate(32).withMaxWork(31), text, "");
        assertTrue(shorter.truncated() && shorter.incomplete());
        assertEquals(31, work(shorter));
        assertFalse(
                cut(WindowPolicy.truncate(32).withMaxWork(31), letters(29), "").incomplete());
    }

    @Test
    void aLimitWithoutRoomForATokenOfEachTextIsRefused() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> new Windows(tokenizer, WindowPolicy.windows().withMaxWork(4), 64))
                .getMessage();
        assertTrue(message.startsWith("maxWork: found 4 tokens, expected at least 5"), message);
    }

    @ParameterizedTest(name = "{0} and {1} tokens: {2} windows, truncated {3}")
    @CsvSource({
        "10, 0, 1, false",
        "11, 0, 2, false",
        "20, 0, 2, false",
        "21, 0, 2, true",
        "500, 0, 2, true",
        "2, 7, 1, false",
        "2, 14, 2, false",
        "2, 15, 2, true",
        "15, 2, 2, true",
        "4, 5, 1, false",
        "9, 5, 2, true",
        "8, 8, 2, false",
        "300, 300, 2, true"
    })
    void firstAndLastReadsTheEndsAndSaysSo(int first, int second, int windows, boolean truncated) {
        String a = letters(first);
        String b = second == 0 ? "" : letters(second);
        Cut cut = cut(TENS.withJoining(Joining.firstAndLast()), a, b);
        assertEquals(windows, cut.windows().size());
        assertEquals(truncated, cut.truncated());
        assertFalse(cut.incomplete());
        assertEquals(0, cut.windows().getFirst().instruction().start());
        assertEquals(2 * first - 1, cut.windows().getLast().instruction().end());
        if (second > 0) {
            assertEquals(0, cut.windows().getFirst().response().start());
            assertEquals(2 * second - 1, cut.windows().getLast().response().end());
        }
    }

    @Test
    void firstAndLastNeedsOnlyTheEndsOfAVeryLongText() {
        WindowPolicy policy = TENS.withJoining(Joining.firstAndLast()).withMaxWork(24);
        String text = letters(10_000);
        Cut cut = cut(policy, text, "");
        assertTrue(cut.truncated() && !cut.incomplete());
        assertEquals(spans(cut(TENS.withJoining(Joining.firstAndLast()), text, "")), spans(cut));
        assertTrue(cut(policy.withMaxWork(23), text, "").incomplete(), "no room for the second window");
        String blanks = "a" + " ".repeat(20_000) + "b";
        assertTrue(cut(policy, blanks, "").incomplete(), "nobody knows what stands in the middle");
    }

    @Test
    void eachSentenceIsAPieceAndTogetherTheyHoldEveryToken() {
        String one = "a b c d e f g h.";
        String two = " Aa bb cc dd ee ff gg hh!";
        String text = one + two + " Yes." + "\n" + letters(30).strip() + ". No. " + letters(150);
        Encoding tokens = tokenizer.tokens(text, true);
        Windows windows = new Windows(tokenizer, WindowPolicy.sentences(), 64);
        int plain = new Windows(tokenizer, WindowPolicy.windows(), 64)
                .cut(text, "")
                .windows()
                .size();
        List<Window> sentences =
                windows.cut(text, "").windows().stream().skip(plain).toList();
        assertEquals(new Span(0, one.length()), sentences.getFirst().instruction());
        assertEquals(two.strip(), sentences.get(1).instruction().of(text));
        assertTrue(sentences.get(2).instruction().of(text).startsWith("Yes.\n"), "a short one goes with the next");
        Set<Integer> missing =
                new HashSet<>(IntStream.range(0, tokens.length()).boxed().toList());
        for (Window sentence : sentences) {
            int length = sentence.tokens().length() - 2;
            assertTrue(length >= 8 && length <= 62, length + " tokens in a piece of windows of 64");
            Span span = sentence.instruction();
            missing.removeIf(t -> span.start() <= tokens.start(t) && tokens.end(t) <= span.end());
            assertEquals(
                    Arrays.toString(tokenizer.encode(span.of(text)).ids()),
                    Arrays.toString(sentence.tokens().ids()));
        }
        assertEquals(Set.of(), missing, "tokens that no sentence holds");
        for (String single : List.of("Hi.", "a b c d e f g h.", "")) {
            assertEquals(1, windows.cut(single, "").windows().size(), "one sentence is read once: " + single);
        }
    }

    @Test
    void aRepliesSentencesComeWithTheInstructionsEnd() {
        String reply = "a b c d e f g h. Aa bb cc dd ee ff gg hh.";
        Windows windows = new Windows(tokenizer, WindowPolicy.sentences(), 64);
        String asked = letters(12);
        List<Window> read = windows.cut(asked, reply).windows();
        assertEquals(3, read.size());
        for (Window sentence : read.subList(1, 3)) {
            assertEquals(new Span(0, 23), sentence.instruction());
            assertEquals(
                    Arrays.toString(tokenizer
                            .encode(asked, sentence.response().of(reply))
                            .ids()),
                    Arrays.toString(sentence.tokens().ids()));
        }
        assertEquals("a b c d e f g h.", read.get(1).response().of(reply));
        assertEquals(1, windows.cut(asked, "Sure.").windows().size());

        String question = letters(100);
        Window last = windows.cut(question, reply).windows().getLast();
        assertEquals(new Span(2 * (100 - 30), 2 * 100 - 1), last.instruction(), "half of a window's 61");
        assertEquals("Aa bb cc dd ee ff gg hh.", last.response().of(reply));
        Encoding expected = tokenizer.encode(
                last.instruction().of(question), last.response().of(reply));
        assertEquals(
                Arrays.toString(expected.ids()), Arrays.toString(last.tokens().ids()));
    }
}
