package dev.kanmon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Cascade.Band;
import dev.kanmon.engine.Goldens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two small models of random weights, whose probabilities for the same text differ. */
class CascadeTest {

    private static final Path SMALL = Goldens.own("models/bert_a");
    private static final Path LARGE = Goldens.own("models/bert_tanhgelu");

    private static final List<Exchange> TEXTS = List.of(
            Exchange.of("How do I bake bread?"),
            Exchange.of("the quick brown fox jumps over the lazy dog", "and then it sleeps"),
            Exchange.of("A"),
            Exchange.of("what is the capital of France? ".repeat(40)),
            Exchange.of("zebra crossing", "no"),
            Exchange.of("one two three four five six seven"),
            Exchange.of("tell me a story", "once upon a time there was a king"),
            Exchange.of("!!!"));

    @Test
    void theSmallGuardAnswersOutsideTheBandAndTheLargeOneInside() throws IOException {
        try (Guard small = Guard.load(SMALL);
                Guard large = Guard.load(LARGE)) {
            List<Verdict> ofSmall = small.checkAll(TEXTS);
            List<Verdict> ofLarge = large.checkAll(TEXTS);
            double[] sorted =
                    ofSmall.stream().mapToDouble(Verdict::probability).sorted().toArray();
            // Both ends are probabilities that occur: they are inside.
            Band band = new Band(sorted[2], sorted[5]);
            double threshold = Math.clamp(large.info().threshold(), band.low(), band.high());
            Cascade cascade = Cascade.of(small, large, band);
            List<Verdict> verdicts = cascade.checkAll(TEXTS);
            int asked = 0;
            for (int i = 0; i < TEXTS.size(); i++) {
                double p = ofSmall.get(i).probability();
                boolean inside = p >= sorted[2] && p <= sorted[5];
                asked += inside ? 1 : 0;
                Verdict expected = inside ? ofLarge.get(i) : ofSmall.get(i).withThreshold(threshold);
                Verdict actual = verdicts.get(i);
                String where = "text " + i + ", the small guard's probability " + p + ", " + band;
                assertSameButForTime(expected, actual, where);
                assertSame(inside ? large : small, cascade.answeredBy(actual), where);
                assertEquals(
                        inside ? ofLarge.get(i).outcome() : p < sorted[2] ? Outcome.HARMLESS : Outcome.HARMFUL,
                        actual.outcome(),
                        where);
                assertSameButForTime(expected, cascade.check(TEXTS.get(i)), where + ", alone");
            }
            assertEquals(4, asked, "of eight different probabilities the third to the sixth");
            assertEquals(new Cascade.Counts(2 * 4, 2 * 4), cascade.counts(), "each text was judged twice");
            assertEquals(List.of(), cascade.checkAll(List.of()));
            assertEquals(new Cascade.Counts(8, 8), cascade.counts());
            assertThrows(IllegalArgumentException.class, () -> cascade.answeredBy(verdictOfNobody()));
        }
    }

    private static void assertSameButForTime(Verdict expected, Verdict actual, String where) {
        assertEquals(expected.probability(), actual.probability(), where);
        assertEquals(expected.logits(), actual.logits(), where);
        assertEquals(expected.threshold(), actual.threshold(), where);
        assertEquals(expected.tokens(), actual.tokens(), where);
        assertEquals(expected.windows(), actual.windows(), where);
        assertEquals(expected.truncated(), actual.truncated(), where);
        assertEquals(expected.incomplete(), actual.incomplete(), where);
    }

    private static Verdict verdictOfNobody() {
        return verdict(0.5, false);
    }

    private static Verdict verdict(double probability, boolean incomplete) {
        return new Verdict(probability, List.of(0.0), 0.5, 3, List.of(), false, incomplete, Duration.ZERO, null);
    }

    /** What was not read whole cannot be called harmless; what is already harmful needs nobody else. */
    @ParameterizedTest
    @CsvSource({
        "0.1, false, false",
        "0.1, true, true",
        "0.25, false, true",
        "0.5, true, true",
        "0.75, false, true",
        "0.8, false, false",
        "0.8, true, false"
    })
    void whatTheSmallGuardDidNotReadWholeIsUndecided(double probability, boolean incomplete, boolean undecided) {
        assertEquals(undecided, Cascade.isUndecided(new Band(0.25, 0.75), verdict(probability, incomplete)));
    }

    /** A band that holds every probability makes it the large guard, one that holds none the small one. */
    @Test
    void theWidestAndTheNarrowestBand() throws IOException {
        try (Guard small = Guard.load(SMALL);
                Guard large = Guard.load(LARGE)) {
            Cascade all = Cascade.of(small, large, new Band(0, 1));
            List<Verdict> ofLarge = large.checkAll(TEXTS);
            List<Verdict> ofAll = all.checkAll(TEXTS);
            for (int i = 0; i < TEXTS.size(); i++) {
                assertSameButForTime(ofLarge.get(i), ofAll.get(i), "text " + i);
            }
            assertEquals(new Cascade.Counts(0, TEXTS.size()), all.counts());
            Cascade none = Cascade.of(small, large, new Band(0, 0));
            for (Verdict verdict : none.checkAll(TEXTS)) {
                assertEquals(Outcome.HARMFUL, verdict.outcome(), "above the band, whatever the thresholds are");
                assertSame(small, none.answeredBy(verdict));
            }
        }
    }

    /** The small guard's threshold takes no part, the large one's policy decides where it is asked. */
    @Test
    void thresholdsAreTheLargeGuards() throws IOException {
        try (Guard small = Guard.load(SMALL, GuardOptions.defaults().withThreshold(0));
                Guard large = Guard.load(LARGE, GuardOptions.defaults().withThreshold(0.625))) {
            double p = small.check(TEXTS.getFirst()).probability();
            assertTrue(p > 0.01 && p < 0.99, "the texts are no use here: " + p);
            Verdict below =
                    Cascade.of(small, large, new Band(Math.nextUp(p), 1)).check(TEXTS.getFirst());
            assertEquals(Outcome.HARMLESS, below.outcome());
            assertEquals(Math.max(0.625, Math.nextUp(p)), below.threshold());
            Verdict inside = Cascade.of(small, large, new Band(p, p)).check(TEXTS.getFirst());
            assertEquals(0.625, inside.threshold());
            assertEquals(large.check(TEXTS.getFirst()).probability(), inside.probability());
        }
    }

    @Test
    void sidecarsHaveBands(@TempDir Path directory) throws IOException {
        copy(SMALL, directory);
        Path sidecar = directory.resolve("kanmon.json");
        try (Guard large = Guard.load(LARGE)) {
            Files.writeString(sidecar, "{\"cascade\": {\"low\": 0.125, \"high\": 0.75, \"threshold\": 0.5}}");
            try (Guard small = Guard.load(directory)) {
                assertEquals(new Band(0.125, 0.75), Cascade.of(small, large).band());
                try (Guard strict = Guard.load(LARGE, GuardOptions.defaults().withThreshold(0.25))) {
                    String message = assertThrows(IllegalArgumentException.class, () -> Cascade.of(small, strict))
                            .getMessage();
                    assertTrue(message.contains("0.5") && message.contains("0.25"), message);
                    assertEquals(
                            0.25,
                            Cascade.of(small, strict, new Band(0.125, 0.75))
                                    .large()
                                    .info()
                                    .threshold());
                }
                assertThrows(IllegalArgumentException.class, () -> Cascade.of(small, small));
            }
            Files.writeString(sidecar, "{\"cascade\": {\"low\": 0.125, \"high\": 0.75}, \"threshold\": 0.3}");
            try (Guard small = Guard.load(directory)) {
                assertEquals(new Band(0.125, 0.75), Cascade.of(small, large).band(), "for any threshold");
            }
            Files.delete(sidecar);
            try (Guard small = Guard.load(directory)) {
                String message = assertThrows(IllegalArgumentException.class, () -> Cascade.of(small, large))
                        .getMessage();
                assertTrue(message.contains(directory.toString()) && message.contains("calibrate"), message);
            }
        }
        for (String bad : List.of(
                "{}",
                "{\"low\": 0.5}",
                "{\"low\": 0.5, \"high\": 0.25}",
                "{\"low\": -0.5, \"high\": 0.25}",
                "{\"low\": 0.5, \"high\": 1.25}",
                "{\"low\": 0.5, \"high\": 0.75, \"threshold\": 2}",
                "{\"low\": 0.5, \"high\": 0.75, \"hihg\": 1}",
                "0.5")) {
            Files.writeString(sidecar, "{\"cascade\": " + bad + "}");
            String message = assertThrows(IOException.class, () -> Guard.load(directory), bad)
                    .getMessage();
            assertTrue(message.contains("kanmon.json") && message.contains("cascade"), message);
        }
    }

    @ParameterizedTest
    @CsvSource({"0.5, 0.4", "-0.1, 0.5", "0.5, 1.1", "NaN, 0.5", "0.5, NaN"})
    void bandsAreProbabilitiesInOrder(double low, double high) {
        assertThrows(IllegalArgumentException.class, () -> new Band(low, high));
    }

    @Test
    void manyThreadsShareOne() throws IOException, InterruptedException, ExecutionException {
        try (Cascade cascade = Cascade.of(Guard.load(SMALL), Guard.load(LARGE), new Band(0.3, 0.6));
                ExecutorService callers = Executors.newFixedThreadPool(4)) {
            List<Double> expected =
                    cascade.checkAll(TEXTS).stream().map(Verdict::probability).toList();
            Cascade.Counts once = cascade.counts();
            List<Future<List<Double>>> answers = new ArrayList<>();
            for (int caller = 0; caller < 16; caller++) {
                answers.add(callers.submit(() -> cascade.checkAll(TEXTS).stream()
                        .map(Verdict::probability)
                        .toList()));
            }
            for (Future<List<Double>> answer : answers) {
                assertEquals(expected, answer.get());
            }
            assertEquals(new Cascade.Counts(17 * once.bySmall(), 17 * once.byLarge()), cascade.counts());
        }
    }

    @Test
    void theSmallGuardsListenerHearsWhenTheLargeOneAnswered() throws IOException {
        List<GuardListener.Fallback> heard = new ArrayList<>();
        GuardListener listener = new GuardListener() {
            @Override
            public void fallback(Fallback fallback) {
                if (fallback.kind() == Fallback.Kind.LARGE_GUARD) {
                    heard.add(fallback);
                }
            }
        };
        try (Guard small = Guard.load(SMALL, GuardOptions.defaults().withListener(listener));
                Guard large = Guard.load(LARGE)) {
            double[] sorted = small.checkAll(TEXTS).stream()
                    .mapToDouble(Verdict::probability)
                    .sorted()
                    .toArray();
            Cascade.of(small, large, new Band(sorted[1], sorted[3])).checkAll(TEXTS);
            assertEquals(3, heard.size(), heard::toString);
            assertEquals(small.info().model(), heard.getFirst().model());
        }
    }

    @Test
    void closingClosesBoth() throws IOException {
        Guard small = Guard.load(SMALL);
        Guard large = Guard.load(LARGE);
        Cascade cascade = Cascade.of(small, large, new Band(0, 1));
        large.close();
        assertThrows(IllegalStateException.class, () -> cascade.check(TEXTS.getFirst()));
        assertEquals(new Cascade.Counts(0, 0), cascade.counts(), "nobody answered");
        cascade.close();
        cascade.close();
        assertThrows(IllegalStateException.class, () -> small.check(TEXTS.getFirst()));
    }

    @Test
    void exampleRuns() throws IOException {
        Verdict verdict = CascadeExample.check(SMALL, LARGE);
        assertTrue(verdict.probability() > 0 && verdict.probability() < 1, () -> "" + verdict);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }
}
