package dev.kanmon.augment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is too close to a test set, and what is not. */
class LeakageTest {

    private static final Leakage TESTS = Leakage.against(List.of(
            Row.of("How do the four grey geese cross our river in winter?", ""),
            Row.of("Alpha beta gamma delta.", ""),
            Row.of(
                    "Say something long",
                    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
                            + " sixteen")));

    @ParameterizedTest
    @CsvSource({
        "how do the four grey geese cross our river in winter, SAME_WORDS",
        "HOW DO… the-four GREY geese cross 'our' river in winter!!, SAME_WORDS",
        "ＨＯＷ do the four grey geese cross our river in winter, SAME_WORDS",
        "Please tell me: do the four grey geese cross our river in a dry and very hot summer of which nobody spoke,"
                + " EIGHT_WORDS",
        "In winter our river: how do four grey geese cross?, WORD_SET",
        "alpha gamma beta, WORD_SET",
        "delta gamma beta alpha epsilon, WORD_SET"
    })
    void close(String text, Leakage.Kind kind) {
        assertEquals(Optional.of(kind), TESTS.of(Row.of(text, "")));
        assertEquals(Optional.of(kind), TESTS.of(Row.of("x", text)), "as a reply");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "alpha beta",
                "alpha beta gamma delta epsilon zeta",
                "alpha beta epsilon zeta",
                "four geese cross a bridge",
                "the four grey geese cross our river: seven words in a row, and these are no longer a run of eight",
                "!?…",
                ""
            })
    void farEnough(String text) {
        assertEquals(Optional.empty(), TESTS.of(Row.of(text, text)));
    }

    @Test
    void aStockPhraseIsNoCopyButAQuarterOfAReplyIs() {
        String phrase = "one two three four five six seven eight"; // one run
        assertEquals(Optional.of(Leakage.Kind.EIGHT_WORDS), TESTS.of(Row.of(phrase + " hundred", "")), "instruction");
        assertEquals(
                Optional.empty(), TESTS.of(Row.of("x", phrase + " a b c d")), "one run of five is less than a quarter");
        assertEquals(
                Optional.of(Leakage.Kind.EIGHT_WORDS), TESTS.of(Row.of("x", phrase + " a b c")), "one of four is one");
        assertEquals(
                Optional.of(Leakage.Kind.EIGHT_WORDS),
                TESTS.of(Row.of("x", "Well, do the four grey geese cross our river " + "and so on ".repeat(40))),
                "a reply may not hold what a test set asks, however long it is");
    }

    @Test
    void wordSetsAreFoundAsIfEachPairWereCompared() {
        SplittableRandom random = new SplittableRandom(7);
        List<Row> tests = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            tests.add(Row.of(text(random), ""));
        }
        Leakage leakage = Leakage.against(tests);
        int close = 0;
        for (int i = 0; i < 2000; i++) {
            String text = text(random);
            boolean expected = tests.stream().anyMatch(test -> jaccard(text, test.instruction()) >= 0.75);
            close += expected ? 1 : 0;
            assertEquals(expected, leakage.of(Row.of(text, "")).isPresent(), "seed 7, text " + i + ": " + text);
        }
        assertTrue(close > 50 && close < 1950, "the test must see both: " + close + " of 2000 are close");
    }

    /** At most seven words of twelve, so that no run of eight is there. */
    private static String text(SplittableRandom random) {
        return IntStream.range(0, 1 + random.nextInt(7))
                .mapToObj(_ -> "w" + (int) Math.pow(random.nextDouble() * 3.5, 2))
                .collect(Collectors.joining(" "));
    }

    private static double jaccard(String a, String b) {
        Set<String> both = new HashSet<>(Words.of(a));
        Set<String> all = new HashSet<>(both);
        both.retainAll(Words.of(b));
        all.addAll(Words.of(b));
        return (double) both.size() / all.size();
    }
}
