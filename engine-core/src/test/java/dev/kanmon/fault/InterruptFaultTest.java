package dev.kanmon.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Interrupts of those who ask and of those who help. */
class InterruptFaultTest {

    @TempDir
    private Path directory;

    /** A verdict waits for nothing that an interrupt could end: it is right, and the caller still knows of the interrupt. */
    @Test
    void callersThatAreInterrupted() throws Exception {
        List<List<Double>> right = Asked.right();
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            for (GuardOptions options : List.of(
                    GuardOptions.defaults(),
                    GuardOptions.defaults().withThreads(3),
                    GuardOptions.defaults().withExecutor(pool, 3))) {
                try (Guard guard = Guard.load(Asked.MODEL, options)) {
                    AtomicReference<Throwable> failure = new AtomicReference<>();
                    Thread caller = Thread.ofPlatform()
                            .name("interrupted caller")
                            .start(() -> {
                                try {
                                    Thread.currentThread().interrupt();
                                    for (int i = 0; i < 20; i++) {
                                        Asked.assertRight(right, guard, "while interrupted");
                                        assertTrue(
                                                Thread.currentThread().isInterrupted(), "the interrupt was swallowed");
                                    }
                                } catch (RuntimeException | Error e) {
                                    failure.set(e);
                                }
                            });
                    Asked.join(caller);
                    assertEquals(null, failure.get());
                }
            }
        }
    }

    /** Interrupts that come at any time, to callers and to the threads of the guard and of the executor. */
    @Test
    void interruptsAtAnyTime() throws Exception {
        List<List<Double>> right = Asked.right();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Set<Thread> lent = ConcurrentHashMap.newKeySet();
        try (ExecutorService pool = Executors.newFixedThreadPool(2, task -> {
                    Thread thread = new Thread(task, "lent");
                    lent.add(thread);
                    return thread;
                });
                Guard own = Guard.load(Asked.MODEL, GuardOptions.defaults().withThreads(3));
                Guard lending = Guard.load(Asked.MODEL, GuardOptions.defaults().withExecutor(pool, 3))) {
            Thread caller = Thread.ofPlatform().name("interrupted caller").start(() -> {
                try {
                    for (int i = 0; i < 100 * Asked.TIMES; i++) {
                        Asked.assertRight(right, i % 2 == 0 ? own : lending, "under interrupts");
                    }
                } catch (RuntimeException | Error e) {
                    failure.set(e);
                }
            });
            Random random = new Random(Asked.SEED);
            while (caller.isAlive()) {
                for (Thread thread : Asked.workers()) {
                    thread.interrupt();
                }
                lent.forEach(Thread::interrupt);
                caller.interrupt();
                TimeUnit.MICROSECONDS.sleep(random.nextInt(500));
            }
            Asked.join(caller);
            assertEquals(null, failure.get());
        }
    }

    /** A worker that was interrupted sleeps again: an idle guard uses no processor. */
    @Test
    void interruptedWorkersSleep() throws Exception {
        Set<Thread> before = Asked.workers();
        try (Guard guard = Guard.load(Asked.MODEL, GuardOptions.defaults().withThreads(2))) {
            Asked.logits(guard);
            Set<Thread> own = Asked.workers().stream()
                    .filter(thread -> !before.contains(thread))
                    .collect(Collectors.toSet());
            assertFalse(own.isEmpty(), "the guard has no worker");
            for (Thread worker : own) {
                worker.interrupt();
            }
            for (Thread worker : own) {
                Asked.await(
                        worker.getName() + " took note of its interrupt and sleeps",
                        () -> !worker.isAlive() // one that helped to load
                                || !worker.isInterrupted() && worker.getState() == Thread.State.WAITING);
            }
            Asked.assertRight(Asked.right(), guard, "after its workers were interrupted");
        }
    }

    /** Who is interrupted while loading gets a guard or an exception, and the next load works. */
    @Test
    void interruptedLoading() throws Exception {
        List<List<Double>> right = Asked.right();
        Path model = Asked.copy(directory);
        Set<Thread> before = Asked.workers();
        Random random = new Random(Asked.SEED);
        for (int round = 0; round < 20 * Asked.TIMES; round++) {
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread loader = Thread.ofPlatform().name("interrupted loader").start(() -> {
                try (Guard guard = Guard.load(model, GuardOptions.defaults().withThreads(2))) {
                    Asked.assertRight(right, guard, "after an interrupt while it was loaded");
                } catch (AsynchronousCloseException e) {
                    // Channels end so when a thread that reads is interrupted, for it and for the others: whoever asked
                    // knows.
                } catch (IOException | RuntimeException | Error e) {
                    failure.set(e);
                }
            });
            TimeUnit.MICROSECONDS.sleep(random.nextInt(20_000));
            loader.interrupt();
            Asked.join(loader);
            assertEquals(null, failure.get(), "round " + round + ", seed " + Asked.SEED);
        }
        try (Guard guard = Guard.load(model, GuardOptions.defaults())) {
            Asked.assertRight(right, guard, "after loads that were interrupted");
        }
        Asked.assertNothingLeft(model, before);
    }
}
