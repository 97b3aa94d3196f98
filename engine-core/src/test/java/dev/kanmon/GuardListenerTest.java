package dev.kanmon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.GuardListener.Failure.During;
import dev.kanmon.convert.ModelConverter;
import dev.kanmon.engine.Goldens;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuardListenerTest {

    private static final Path BERT = Goldens.own("models/bert_a");
    private static final String SECRET = "zanzibar";
    private static final Exchange SHORT = Exchange.of(SECRET + " bread");
    private static final Exchange LONG = Exchange.of((SECRET + " word ").repeat(300), "a reply");

    /** Keeps every event in the order in which it comes. */
    private static final class Heard implements GuardListener {
        final List<Record> events = new ArrayList<>();

        @Override
        public void loaded(Load load) {
            events.add(load);
        }

        @Override
        public void batch(Batch batch) {
            events.add(batch);
        }

        @Override
        public void verdict(Judgement judgement) {
            events.add(judgement);
        }

        @Override
        public void failed(Failure failure) {
            events.add(failure);
        }

        @Override
        public void fallback(Fallback fallback) {
            events.add(fallback);
        }
    }

    private static GuardOptions options(GuardListener listener) {
        return GuardOptions.defaults().withKernels("scalar").withListener(listener);
    }

    @Test
    void tellsOfLoadBatchAndVerdictsInThisOrder() throws IOException {
        Heard heard = new Heard();
        List<Verdict> verdicts;
        try (Guard guard = Guard.load(BERT, options(heard))) {
            verdicts = guard.checkAll(List.of(SHORT, LONG));
            assertEquals(guard.info(), ((GuardListener.Load) heard.events.getFirst()).guard());
        }
        assertEquals(4, heard.events.size(), heard.events::toString);
        GuardListener.Batch batch = (GuardListener.Batch) heard.events.get(1);
        List<Verdict.Window> windows =
                verdicts.stream().flatMap(v -> v.windows().stream()).toList();
        assertTrue(windows.size() > 2, "the long text has more windows than one");
        assertEquals(
                new GuardListener.Batch(
                        BERT.toString(),
                        2,
                        windows.size(),
                        windows.stream().mapToLong(Verdict.Window::tokens).sum(),
                        verdicts.getFirst().elapsed()),
                batch);
        assertTrue(batch.elapsed().compareTo(Duration.ZERO) > 0, "elapsed " + batch.elapsed());
        for (int i = 0; i < 2; i++) {
            assertEquals(GuardListener.Judgement.of(BERT.toString(), verdicts.get(i)), heard.events.get(2 + i));
        }
        assertFalse(heard.events.toString().contains(SECRET), "a text is in an event");
    }

    @Test
    void nothingAskedNothingTold() throws IOException {
        Heard heard = new Heard();
        try (Guard guard = Guard.load(BERT, options(heard))) {
            assertEquals(List.of(), guard.checkAll(List.of()));
        }
        assertEquals(1, heard.events.size(), heard.events::toString);
    }

    @Test
    void tellsWhatWentWrong(@TempDir Path empty) throws IOException {
        Heard heard = new Heard();
        IOException notLoaded = assertThrows(IOException.class, () -> Guard.load(empty, options(heard)));
        Guard guard = Guard.load(BERT, options(heard));
        guard.close();
        IllegalStateException closed = assertThrows(IllegalStateException.class, () -> guard.check(SHORT));
        GuardListener.Failure load = (GuardListener.Failure) heard.events.getFirst();
        GuardListener.Failure check = (GuardListener.Failure) heard.events.getLast();
        assertEquals(3, heard.events.size(), heard.events::toString);
        assertEquals(empty.toString(), load.model());
        assertEquals(During.LOAD, load.during());
        assertSame(notLoaded, load.cause());
        assertEquals(During.CHECK, check.during());
        assertSame(closed, check.cause());
    }

    /** Listeners that throw whatever there is: the verdict has the same bits, others hear all, and the log says it once. */
    @Test
    void aListenerThatThrowsHarmsNoVerdict() throws IOException {
        GuardListener thrower = new GuardListener() {
            @Override
            public void loaded(Load load) {
                throw new IllegalStateException("loaded");
            }

            @Override
            public void batch(Batch batch) {
                throw new OutOfMemoryError("not really");
            }

            @Override
            public void verdict(Judgement judgement) {
                throw new NoClassDefFoundError("verdict");
            }

            @Override
            public void failed(Failure failure) {
                throw new StackOverflowError();
            }
        };
        Heard behind = new Heard();
        List<LogRecord> logged = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                logged.add(entry);
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("dev.kanmon");
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
        try (Guard plain = Guard.load(BERT, options(GuardListener.none()));
                Guard guard = Guard.load(BERT, options(GuardListener.of(thrower, behind)))) {
            for (Exchange exchange : List.of(SHORT, LONG)) {
                assertEquals(
                        plain.check(exchange).logits(), guard.check(exchange).logits());
            }
            assertThrows(NullPointerException.class, () -> guard.checkAll(Arrays.asList(SHORT, null)));
        } finally {
            logger.removeHandler(handler);
            logger.setUseParentHandlers(true);
        }
        assertEquals(6, behind.events.size(), behind.events::toString);
        assertEquals(1, logged.size(), "log lines");
        assertTrue(
                logged.getFirst()
                        .getMessage()
                        .startsWith("a GuardListener, " + thrower.getClass().getName() + ", threw"),
                logged.getFirst().getMessage());
        assertEquals("loaded", logged.getFirst().getThrown().getMessage());
    }

    /** A packed model has no way back, so that its verdicts are explained by occlusion, which is told. */
    @Test
    void tellsOfOcclusion(@TempDir Path directory) throws IOException {
        Path packed = directory.resolve("packed.gguf");
        ModelConverter.pack(
                BERT, ModelFiles.Supplement.NONE, packed, WeightPlan.of(WeightType.INT8), Optional.empty(), null);
        Heard heard = new Heard();
        try (Guard guard = Guard.load(packed, options(heard))) {
            guard.check(SHORT).explain();
        }
        assertEquals(
                new GuardListener.Fallback(packed.toString(), GuardListener.Fallback.Kind.OCCLUSION),
                heard.events.getLast());
    }

    @Test
    void ofNoneIsNoneAndNothingIsWrappedTwice() {
        assertSame(GuardListener.none(), GuardListener.of());
        GuardListener safe = GuardListener.of(new Heard());
        assertSame(safe, GuardListener.of(safe));
    }

    @Test
    void theRecorderHearsTheSame(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("kanmon.jfr");
        Verdict verdict;
        try (Recording recording = new Recording()) {
            recording.start();
            try (Guard guard = Guard.load(BERT, options(GuardListener.none()))) {
                verdict = guard.checkAll(List.of(SHORT, LONG)).getFirst();
                guard.watch().fallback(GuardListener.Fallback.Kind.LARGE_GUARD);
                assertThrows(NullPointerException.class, () -> guard.checkAll(Arrays.asList(SHORT, null)));
            }
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("kanmon."))
                .toList();
        assertEquals(
                "kanmon.Batch=1 kanmon.Failure=1 kanmon.Fallback=1 kanmon.Load=1 kanmon.Verdict=2",
                events.stream()
                        .collect(Collectors.groupingBy(e -> e.getEventType().getName(), Collectors.counting()))
                        .entrySet()
                        .stream()
                        .map(Object::toString)
                        .sorted()
                        .collect(Collectors.joining(" ")));
        RecordedEvent recorded = first(events, "kanmon.Verdict");
        assertEquals(verdict.probability(), recorded.getDouble("probability"));
        assertEquals(verdict.tokens(), recorded.getInt("tokens"));
        assertEquals("scalar", first(events, "kanmon.Load").getString("kernels"));
        assertEquals(
                NullPointerException.class.getName(),
                first(events, "kanmon.Failure").getString("thrown"));
        assertTrue(first(events, "kanmon.Batch").getDuration().isPositive(), "the batch took time");
        assertFalse(events.toString().contains(SECRET), "a text is in an event");
    }

    private static RecordedEvent first(List<RecordedEvent> events, String type) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals(type))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void examplesRun() throws IOException {
        assertTrue(GuardListenerExample.refused(BERT) <= 1);
    }
}
