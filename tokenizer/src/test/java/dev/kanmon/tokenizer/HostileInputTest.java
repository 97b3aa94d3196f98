package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A megabyte of one thing. Quadratic work on it would take minutes to hours, so that a generous limit tells it from a
 * slow machine; linear work takes milliseconds.
 */
class HostileInputTest {
    private static final int MEGABYTE = 1 << 20;
    private static final int ONE_UNKNOWN = -1;

    /** A text to repeat, and how many tokens each repetition gives; or that all are one unknown word. */
    static List<Arguments> units() {
        return List.of(
                Arguments.of("a", ONE_UNKNOWN),
                Arguments.of("\u0130", ONE_UNKNOWN),
                Arguments.of("\ud55c", ONE_UNKNOWN),
                Arguments.of("\u0301", 0),
                Arguments.of("\u0301\u0316", 0),
                Arguments.of(" ", 0),
                Arguments.of("\u0000", 0),
                Arguments.of("\ud800", 0),
                Arguments.of("[", 1),
                Arguments.of("[CLS]", 1),
                Arguments.of("[CLS", 3),
                Arguments.of("[MASK] \u3000", 1),
                Arguments.of("\u4e2d", 1),
                Arguments.of("A\u0301\u0316.", 2));
    }

    @ParameterizedTest
    @MethodSource("units")
    void isLinear(String unit, int tokens) throws IOException {
        var tokenizer = Tokenizer.load(Golden.resource("wp_uncased"));
        int count = MEGABYTE / unit.length();
        var text = unit.repeat(count);
        var encoding = assertTimeoutPreemptively(Duration.ofSeconds(60), () -> tokenizer.encode(text));
        int expected = tokens == ONE_UNKNOWN ? 1 : tokens * count;
        assertEquals(2 + expected, encoding.length(), () -> Golden.escaped(unit) + " times " + count);
        if (tokens == ONE_UNKNOWN) {
            assertEquals(List.of("[CLS]", "[UNK]", "[SEP]"), encoding.tokens());
            assertEquals(count, encoding.end(1));
        }
        for (int i = 2; i < encoding.length() - 1; i++) {
            int before = encoding.end(i - 1);
            if (encoding.start(i) < before) {
                fail("token " + i + " starts at " + encoding.start(i) + ", before token " + (i - 1) + " ends at "
                        + before);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"LONGEST_FIRST, RIGHT", "LONGEST_FIRST, LEFT", "ONLY_FIRST, RIGHT"})
    void truncationWithoutOverflowMakesOnePiece(TruncationStrategy strategy, Direction direction) throws IOException {
        var tokenizer = Tokenizer.load(Golden.resource("wp_uncased"));
        var options =
                EncodeOptions.DEFAULT.withMaxLength(512).withStrategy(strategy).withDirection(direction);
        var encoding = tokenizer.encode("[".repeat(MEGABYTE), "a reply", options);
        assertEquals(512, encoding.length());
        assertEquals(List.of(), encoding.overflow());
    }
}
