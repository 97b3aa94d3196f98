package dev.kanmon.engine.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Verdict.Span;
import dev.kanmon.WindowPolicy;
import dev.kanmon.engine.Goldens;
import dev.kanmon.tokenizer.EncodeOptions;
import dev.kanmon.tokenizer.Encoding;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WindowsTest {

    private static Tokenizer tokenizer;

    @BeforeAll
    static void load() throws IOException {
        tokenizer = Tokenizer.load(Goldens.own("models/bert_a"));
    }

    /** A text of exactly {@code tokens} tokens, which are told apart by their ids most of the time. */
    private static String text(int tokens, long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < tokens; i++) {
            text.append((char) ('a' + random.nextInt(26))).append(i == tokens - 1 ? "" : " ");
        }
        assertEquals(tokens, tokenizer.tokens(text.toString(), true).length());
        return text.toString();
    }

    @ParameterizedTest(name = "{0} and {1} tokens in windows of {2}, {3} shared")
    @CsvSource({
        "1, 0, 16, 4",
        "14, 0, 16, 4",
        "15, 0, 16, 4",
        "500, 0, 16, 0",
        "500, 0, 16, 100",
        "500, 0, 64, 63",
        "6, 7, 16, 4",
        "7, 7, 16, 4",
        "3, 200, 16, 4",
        "200, 3, 16, 4",
        "6, 200, 16, 4",
        "200, 6, 16, 4",
        "7, 8, 16, 4",
        "200, 90, 16, 4",
        "90, 200, 17, 3",
        "1, 1, 5, 9",
        "9, 9, 5, 9",
        "61, 61, 64, 64",
        "1000, 1000, 64, 32"
    })
    void everyTokenIsInAWindowAndNoWindowIsTooLong(int first, int second, int max, int overlap) {
        String a = text(first, 1);
        String b = second == 0 ? "" : text(second, 2);
        Windows windows =
                new Windows(tokenizer, WindowPolicy.windows().withMaxTokens(max).withOverlap(overlap), 64);
        Windows.Cut cut = windows.cut(a, b);
        int specials = tokenizer.specialTokens(second > 0);
        assertEquals(first + second + specials, cut.tokens());
        assertFalse(cut.truncated());
        assertEquals(cut.tokens() <= max, cut.windows().size() == 1);
        assertCovered(
                "instruction",
                tokenizer.tokens(a, true),
                cut.windows().stream().map(w -> w.instruction()).toList());
        if (second > 0) {
            assertCovered(
                    "response",
                    tokenizer.tokens(b, true),
                    cut.windows().stream().map(w -> w.response()).toList());
        }
        for (Windows.Window window : cut.windows()) {
            assertTrue(
                    window.tokens().length() <= max,
                    "a window of " + window.tokens().length());
            // What the window says it holds is what the reference makes of that piece of text.
            String pieceA = window.instruction().of(a);
            String pieceB = second == 0 ? null : window.response().of(b);
            Encoding expected = tokenizer.encode(pieceA, pieceB);
            assertEquals(
                    Arrays.toString(expected.ids()),
                    Arrays.toString(window.tokens().ids()));
            assertEquals(
                    Arrays.toString(expected.typeIds()),
                    Arrays.toString(window.tokens().typeIds()));
        }
        int room = Math.max(1, (max - specials) / 2 / 2);
        assertTrue(
                cut.windows().size() <= 2 + Math.max(first, second) / room,
                cut.windows().size() + " windows");
    }

    private static void assertCovered(String what, Encoding tokens, List<Span> spans) {
        List<Integer> missing = new ArrayList<>();
        for (int t = 0; t < tokens.length(); t++) {
            int token = t;
            if (spans.stream().noneMatch(s -> s.start() <= tokens.start(token) && tokens.end(token) <= s.end())) {
                missing.add(t);
            }
        }
        assertEquals(List.of(), missing, what + ": tokens that no window holds");
    }

    @Test
    void truncationIsTheReferences() {
        String a = text(40, 1);
        String b = text(30, 2);
        Windows.Cut cut = new Windows(tokenizer, WindowPolicy.truncate(32), 64).cut(a, b);
        assertTrue(cut.truncated());
        Encoding expected =
                tokenizer.encode(a, b, EncodeOptions.DEFAULT.withMaxLength(32).withSpecialsAsText(true));
        assertEquals(
                Arrays.toString(expected.ids()),
                Arrays.toString(cut.windows().getFirst().tokens().ids()));
        assertEquals(73, cut.tokens());
    }
}
