package dev.kanmon.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Executors that reject, starve, come late, throw or die. */
class ExecutorFaultTest {

    @TempDir
    private Path directory;

    private void answersRightly(String what, Executor executor) throws Exception {
        List<List<Double>> right = Asked.right();
        Path model = Asked.copy(directory);
        try (Guard guard = Guard.load(model, GuardOptions.defaults().withExecutor(executor, 3))) {
            for (int i = 0; i < 10 * Asked.TIMES; i++) {
                Asked.assertRight(right, guard, what);
            }
        }
        Asked.assertNothingLeft(model, Asked.workers());
    }

    @Test
    void rejectsNowAndThen() throws Exception {
        Random random = new Random(Asked.SEED);
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            answersRightly("of an executor that rejects half of its tasks", task -> {
                if (random.nextBoolean()) {
                    throw new RejectedExecutionException("full");
                }
                pool.execute(task);
            });
        }
    }

    /** Tasks are taken and never run: nobody waits for them, and they do not pile up. */
    @Test
    void starves() throws Exception {
        Queue<Runnable> taken = new ConcurrentLinkedQueue<>();
        answersRightly("of an executor that runs nothing", taken::add);
        assertTrue(taken.size() <= 4, taken.size() + " tasks wait"); // two of the guard's, two of its loading
        taken.forEach(Runnable::run); // Late, after the guard was closed: they find nothing to do and touch nothing.
    }

    /** Tasks run when the region that asked for them is long over. */
    @Test
    void comesLate() throws Exception {
        try (var timer = Executors.newScheduledThreadPool(2)) {
            answersRightly("of an executor that is late", task -> timer.schedule(task, 700, TimeUnit.MICROSECONDS));
        }
    }

    @Test
    void diesInTheMiddle() throws Exception {
        List<List<Double>> right = Asked.right();
        for (int round = 0; round < 10 * Asked.TIMES; round++) {
            ExecutorService pool = Executors.newFixedThreadPool(2);
            AtomicInteger tasks = new AtomicInteger();
            int last = 1 + round % 10;
            Executor dying = task -> {
                pool.execute(task);
                if (tasks.incrementAndGet() == last) {
                    pool.shutdownNow();
                }
            };
            try (Guard guard = Guard.load(Asked.MODEL, GuardOptions.defaults().withExecutor(dying, 3))) {
                for (int i = 0; i < 5; i++) {
                    Asked.assertRight(right, guard, "of an executor that dies with task " + last);
                }
            }
            pool.shutdown(); // On a busy machine the guard may have asked for fewer threads than would kill it.
            assertTrue(pool.awaitTermination(60, TimeUnit.SECONDS), "its threads end");
        }
    }

    /** What an executor throws that is no rejection reaches a caller, and harms no one else. */
    @Test
    void throwsAnError() throws Exception {
        List<List<Double>> right = Asked.right();
        OutOfMemoryError error = new OutOfMemoryError("unable to create native thread");
        Random random = new Random(Asked.SEED);
        AtomicInteger thrown = new AtomicInteger();
        Queue<Throwable> uncaught = new ConcurrentLinkedQueue<>();
        ThreadFactory threads = task -> {
            Thread thread = new Thread(task);
            thread.setUncaughtExceptionHandler((_, e) -> uncaught.add(e));
            return thread;
        };
        try (ExecutorService pool = Executors.newCachedThreadPool(threads)) {
            Executor executor = task -> {
                if (thrown.get() >= 0 && random.nextInt(4) == 0) {
                    thrown.incrementAndGet();
                    throw error;
                }
                pool.execute(task);
            };
            thrown.set(Integer.MIN_VALUE); // not while it loads
            try (Guard guard = Guard.load(Asked.MODEL, GuardOptions.defaults().withExecutor(executor, 4))) {
                thrown.set(0);
                int failed = 0;
                for (int i = 0; i < 60 * Asked.TIMES; i++) {
                    try {
                        Asked.assertRight(right, guard, "of an executor that throws");
                    } catch (OutOfMemoryError e) {
                        assertSame(error, e);
                        failed++;
                    }
                    TimeUnit.MILLISECONDS.sleep(1); // so that helpers go back and are called again
                }
                assertTrue(failed > 0, "no error reached a caller, " + thrown + " were thrown");
                thrown.set(Integer.MIN_VALUE);
                Asked.assertRight(right, guard, "after " + failed + " errors");
                assertEquals(List.of(), List.copyOf(uncaught), "the executor's threads died of");
            }
        }
    }

    /** All threads of the lender ask the guard that it lends to. */
    @Test
    void lendersThatAsk() throws Exception {
        List<List<Double>> right = Asked.right();
        for (ExecutorService pool : List.of(
                Executors.newFixedThreadPool(2),
                new ForkJoinPool(2),
                Executors.newVirtualThreadPerTaskExecutor(),
                Executors.newSingleThreadExecutor())) {
            try (pool;
                    Guard guard =
                            Guard.load(Asked.MODEL, GuardOptions.defaults().withExecutor(pool, 3))) {
                List<Future<List<List<Double>>>> answers = new ArrayList<>();
                for (int i = 0; i < 20 * Asked.TIMES; i++) {
                    answers.add(pool.submit(() -> Asked.logits(guard)));
                }
                for (Future<List<List<Double>>> answer : answers) {
                    assertEquals(right, answer.get(60, TimeUnit.SECONDS), pool::toString);
                }
            }
        }
    }
}
