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
    void aStreamHasTheThresholdOfTheCheckpoint() throws IOException {
        assertTrue(Checkpoint.of(checker(e -> verdict(0.1, false))).stream("", StreamOptions.defaults())
                .isEmpty());
        try (Guard guard =
                Guard.load(Goldens.own("models/bert_a"), GuardOptions.defaults().withKernels("scalar"))) {
            double probability = guard.check(Exchange.of("hello", "world")).probability();
            assertTrue(stopped(Checkpoint.of(guard).withThreshold(0), StreamOptions.defaults()));
            assertTrue(stopped(Checkpoint.of(guard).withThreshold(probability), StreamOptions.defaults()));
            assertFalse(
                    stopped(Checkpoint.of(guard).withThreshold(Math.nextUp(probability)), StreamOptions.defaults()));
            assertFalse(stopped(
                    Checkpoint.of(guard).withThreshold(0),
                    StreamOptions.defaults().withStop(Math.nextUp(probability))));
        }
    }

    private static boolean stopped(Checkpoint checkpoint, StreamOptions options) {
        try (GuardStream stream = checkpoint.stream("hello", options).orElseThrow()) {
            stream.append("world");
            return stream.finish().stopped();
        }
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
