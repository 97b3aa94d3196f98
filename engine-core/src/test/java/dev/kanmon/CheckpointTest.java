package dev.kanmon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.engine.Goldens;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class CheckpointTest {

    private static final String SECRET = "a text that nobody may find in a log";

    @Test
    void thresholdsOfTheCheckerAndOfTheCheckpoint() {
        Checkpoint plain = Checkpoint.of(checker(e -> verdict(0.4, false)));
        assertTrue(plain.judge(Exchange.of(SECRET)).admitted());
        Ruling strict = plain.withThreshold(0.3).judge(Exchange.of(SECRET));
        assertFalse(strict.admitted());
        assertEquals(
                0.3, assertInstanceOf(Ruling.Judged.class, strict).verdict().threshold());
        assertEquals("harmful (probability of harm 0.400, threshold 0.300)", strict.reason());
        assertEquals("I cannot help with that.", CheckpointExample.answer(plain.checker(), SECRET, "reply"));
    }

    @Test
    void whatWasNotReadToItsEndIsRefused() {
        Ruling ruling = Checkpoint.of(checker(e -> verdict(0.1, true))).judge(Exchange.of(SECRET));
        assertFalse(ruling.admitted());
        assertEquals("too long to be read to its end (probability of harm 0.100, threshold 0.500)", ruling.reason());
    }

    @Test
    void aCheckerThatFails() {
        IllegalStateException failure = new IllegalStateException("the guard is closed");
        Checkpoint closed = Checkpoint.of(checker(e -> {
            throw failure;
        }));
        Ruling refused = closed.judge(Exchange.of(SECRET));
        assertFalse(refused.admitted());
        RefusedException exception = new RefusedException(refused);
        assertSame(failure, exception.getCause());
        assertTrue(exception.verdict().isEmpty());
        List<Ruling> open = closed.withFailureMode(FailureMode.OPEN).judgeAll(List.of(Exchange.of(SECRET)));
        assertTrue(open.getFirst().admitted());
        assertEquals(
                "not judged, because the guard failed: " + failure,
                open.getFirst().reason());
        assertThrows(IllegalArgumentException.class, () -> new RefusedException(open.getFirst()));
    }

    @Test
    void errorsOfTheJvmAreNeverAdmitted() {
        Checkpoint open = Checkpoint.of(checker(e -> {
                    throw new OutOfMemoryError("test");
                }))
                .withFailureMode(FailureMode.OPEN);
        assertThrows(OutOfMemoryError.class, () -> open.judge(Exchange.of(SECRET)));
    }

    @Test
    void theExceptionKnowsTheVerdictAndNoText() {
        RefusedException exception = new RefusedException(
                Checkpoint.of(checker(e -> verdict(0.9, false))).judge(Exchange.of(SECRET)));
        assertEquals(0.9, exception.verdict().orElseThrow().probability());
        assertEquals("refused: harmful (probability of harm 0.900, threshold 0.500)", exception.getMessage());
        assertEquals(0, exception.getStackTrace().length);
    }

    @Test
    void aPolicyNeedsAGuardThatHasIt() {
        Checkpoint checkpoint = Checkpoint.of(checker(e -> verdict(0.9, false)));
        var refused = assertThrows(IllegalArgumentException.class, () -> checkpoint.withPolicy("strict"));
        assertTrue(refused.getMessage().contains("expected a Guard"), refused.getMessage());
        assertThrows(IllegalArgumentException.class, () -> checkpoint.withThreshold(Double.NaN));
    }

    @Test
    void whatAGuardBehindItIsTold() throws IOException {
        List<GuardListener.Fallback> told = new ArrayList<>();
        GuardListener listener = new GuardListener() {
            @Override
            public void fallback(Fallback fallback) {
                told.add(fallback);
            }
        };
        Path model = Goldens.own("models/bert_a");
        Guard guard =
                Guard.load(model, GuardOptions.defaults().withKernels("scalar").withListener(listener));
        told.clear();
        Checkpoint checkpoint = Checkpoint.of(guard);
        assertEquals(
                guard.check(Exchange.of(SECRET)).probability(),
                assertInstanceOf(Ruling.Judged.class, checkpoint.judge(Exchange.of(SECRET)))
                        .verdict()
                        .probability());
        var refused = assertThrows(IllegalArgumentException.class, () -> checkpoint.withPolicy("strict"));
        assertEquals("policy \"strict\": the model has []", refused.getMessage());
        assertEquals(List.of(), told);
        guard.close();
        assertFalse(checkpoint.judge(Exchange.of(SECRET)).admitted());
        assertTrue(checkpoint
                .withFailureMode(FailureMode.OPEN)
                .judge(Exchange.of(SECRET))
                .admitted());
        assertEquals(
                List.of(
                        new GuardListener.Fallback(guard.info().model(), GuardListener.Fallback.Kind.CLOSED),
                        new GuardListener.Fallback(guard.info().model(), GuardListener.Fallback.Kind.OPEN)),
                told);
    }

    @Test
    void aPassageHasTheThresholdOfTheCheckpoint() throws IOException {
        try (Guard guard =
                Guard.load(Goldens.own("models/bert_a"), GuardOptions.defaults().withKernels("scalar"))) {
            double probability = guard.check(Exchange.of("hello", "world")).probability();
            StreamOptions options = StreamOptions.defaults();
            assertFalse(admitted(Checkpoint.of(guard).withThreshold(0), options));
            assertFalse(admitted(Checkpoint.of(guard).withThreshold(probability), options));
            assertTrue(admitted(Checkpoint.of(guard).withThreshold(Math.nextUp(probability)), options));
            assertTrue(admitted(Checkpoint.of(guard).withThreshold(0), options.withStop(Math.nextUp(probability))));
        }
    }

    private static boolean admitted(Checkpoint checkpoint, StreamOptions options) {
        try (Passage passage = checkpoint.passage("hello", options)) {
            assertEquals(Passage.State.PENDING, passage.append("world"));
            return passage.finish().admitted();
        }
    }

    @Test
    void whatAPassageKnowsOnTheWay() throws IOException {
        try (Guard guard =
                Guard.load(Goldens.own("models/bert_a"), GuardOptions.defaults().withKernels("scalar"))) {
            StreamOptions eager = StreamOptions.defaults().withEveryTokens(1);
            Passage passing = Checkpoint.of(guard).withThreshold(1).passage("hello", eager);
            assertTrue(passing.isBlank());
            assertEquals(Passage.State.ADMITTED, passing.append("a whole world of words"));
            assertEquals(Passage.State.PENDING, passing.append(""));
            assertFalse(passing.isBlank());
            assertEquals(
                    guard.check(Exchange.of("hello", "a whole world of words")).probability(),
                    assertInstanceOf(Ruling.Judged.class, passing.finish())
                            .verdict()
                            .probability());
            Passage stopping = Checkpoint.of(guard).withThreshold(0).passage("hello", eager);
            assertEquals(Passage.State.REFUSED, stopping.append("a whole world"));
            assertEquals(Passage.State.REFUSED, stopping.append("of words"));
            assertFalse(stopping.finish().admitted());
            Passage closed = Checkpoint.of(guard).passage("hello", eager);
            Passage open =
                    Checkpoint.of(guard).withFailureMode(FailureMode.OPEN).passage("hello", eager);
            Passage late = Checkpoint.of(guard).passage("hello", StreamOptions.defaults());
            late.append("a");
            Runnable meanwhile = guard::close; // what another thread may do
            meanwhile.run();
            assertEquals(Passage.State.REFUSED, closed.append("a whole world"));
            assertEquals(Passage.State.ADMITTED, open.append("a whole world"));
            assertEquals(Passage.State.ADMITTED, open.append("of words"));
            assertInstanceOf(Ruling.Unjudged.class, open.finish());
            assertInstanceOf(Ruling.Unjudged.class, late.finish());
        }
    }

    @Test
    void aCheckerThatCannotFollowJudgesTheWhole() {
        List<Exchange> asked = new ArrayList<>();
        Checkpoint checkpoint = Checkpoint.of(checker(e -> {
            asked.add(e);
            return verdict(0.9, false);
        }));
        Passage passage = checkpoint.passage("hello", StreamOptions.defaults().withEveryTokens(1));
        assertEquals(Passage.State.PENDING, passage.append("a whole "));
        assertEquals(Passage.State.PENDING, passage.append("world"));
        assertFalse(passage.finish().admitted());
        assertEquals(List.of(Exchange.of("hello", "a whole world")), asked);
    }

    private static Verdict verdict(double probability, boolean incomplete) {
        return new Verdict(probability, List.of(), 0.5, 3, List.of(), false, incomplete, Duration.ZERO, null);
    }

    private static Checker checker(Function<Exchange, Verdict> judge) {
        return new Checker() {
            @Override
            public List<Verdict> checkAll(List<? extends Exchange> exchanges) {
                return exchanges.stream().map(judge::apply).toList();
            }

            @Override
            public void close() {}
        };
    }
}
