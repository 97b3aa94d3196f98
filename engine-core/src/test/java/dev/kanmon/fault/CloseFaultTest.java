package dev.kanmon.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.GuardListener;
import dev.kanmon.GuardOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guards that are closed while they are in use. */
class CloseFaultTest {

    private static final Exchange SHORT = Asked.EXCHANGES.getFirst();

    @TempDir
    private Path directory;

    /**
     * Four callers, and three threads that close at some time: every call is answered rightly or says that the guard was
     * closed, none is answered after one was refused, and nothing is left of the guard.
     */
    @ParameterizedTest
    @ValueSource(strings = {"one thread", "own threads", "executor"})
    void whileOthersAsk(String threads) throws Exception {
        List<List<Double>> right = Asked.right();
        Path model = Asked.copy(directory);
        Set<Thread> before = Asked.workers();
        Random random = new Random(Asked.SEED);
        int answered = 0;
        int refused = 0;
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            GuardOptions options =
                    switch (threads) {
                        case "one thread" -> GuardOptions.defaults();
                        case "own threads" -> GuardOptions.defaults().withThreads(3);
                        default -> GuardOptions.defaults().withExecutor(pool, 3);
                    };
            for (int round = 0; round < 15 * Asked.TIMES; round++) {
                Guard guard = Guard.load(model, options);
                Queue<Object> wrong = new ConcurrentLinkedQueue<>();
                AtomicInteger answers = new AtomicInteger();
                AtomicInteger refusals = new AtomicInteger();
                List<Thread> callers = new ArrayList<>();
                for (int c = 0; c < 4; c++) {
                    callers.add(Thread.ofPlatform().name("caller " + c).start(() -> {
                        for (boolean closed = false; !closed; ) {
                            try {
                                List<List<Double>> logits = Asked.logits(guard);
                                answers.incrementAndGet();
                                if (!logits.equals(right)) {
                                    wrong.add(logits);
                                }
                            } catch (IllegalStateException e) {
                                closed = true;
                                refusals.incrementAndGet();
                                if (!e.getMessage().endsWith(" was closed")) {
                                    wrong.add(e);
                                }
                            } catch (RuntimeException | Error e) {
                                closed = true;
                                wrong.add(e);
                            }
                        }
                    }));
                }
                List<Thread> closers = new ArrayList<>();
                for (int c = 0; c < 3; c++) {
                    int nanos = random.nextInt(8_000_000);
                    closers.add(Thread.ofPlatform().name("closer " + c).start(() -> {
                        spin(nanos);
                        guard.close();
                    }));
                }
                for (Thread thread : closers) {
                    Asked.join(thread);
                }
                for (Thread thread : callers) {
                    Asked.join(thread);
                }
                assertEquals(List.of(), List.copyOf(wrong), "round " + round + ", seed " + Asked.SEED);
                assertEquals(4, refusals.get(), "callers that were told");
                assertThrows(IllegalStateException.class, () -> guard.check(SHORT));
                answered += answers.get();
                refused += refusals.get();
                Asked.assertNothingLeft(model, before);
            }
        }
        assertTrue(answered > 0 && refused > 0, answered + " calls were answered, " + refused + " refused");
    }

    private static void spin(long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    /** Closed by the thread that asks: in the middle of its call, and when its verdict is told. */
    @Test
    void byItsOwnCaller() throws Exception {
        Path model = Asked.copy(directory);
        Set<Thread> before = Asked.workers();
        AtomicReference<Guard> closing = new AtomicReference<>();
        GuardOptions options = GuardOptions.defaults().withListener(new GuardListener() {
            @Override
            public void verdict(Judgement judgement) {
                closing.get().close();
            }
        });
        closing.set(Guard.load(model, options));
        List<Double> logits = closing.get().check(SHORT).logits();
        assertEquals(Asked.right().getFirst(), logits, "the answer was there before the guard was closed");
        assertThrows(IllegalStateException.class, () -> closing.get().check(SHORT));

        // An executor that runs its tasks on the spot closes in the middle of the pass.
        AtomicInteger tasks = new AtomicInteger();
        GuardOptions inTheMiddle = GuardOptions.defaults()
                .withExecutor(
                        task -> {
                            if (tasks.incrementAndGet() == 3) {
                                closing.get().close();
                            }
                            task.run();
                        },
                        2);
        closing.set(Guard.load(model, inTheMiddle));
        tasks.set(0);
        IllegalStateException closed = assertThrows(IllegalStateException.class, () -> {
            for (int i = 0; i < 10; i++) {
                Asked.logits(closing.get());
            }
        });
        assertTrue(closed.getMessage().endsWith(" was closed"), closed.getMessage());
        Asked.assertNothingLeft(model, before);
    }

    /** Loading and closing, again and again, leaves no threads and no mappings; also of guards that were never asked. */
    @Test
    void manyGuards() throws Exception {
        Path model = Asked.copy(directory);
        Set<Thread> before = Asked.workers();
        for (int i = 0; i < 20 * Asked.TIMES; i++) {
            Guard guard = Guard.load(model, GuardOptions.defaults().withThreads(4));
            if (i % 2 == 0) {
                guard.check(SHORT);
            }
            guard.close();
            guard.close();
        }
        Asked.assertNothingLeft(model, before);
    }
}
