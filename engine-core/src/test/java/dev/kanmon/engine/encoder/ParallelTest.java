package dev.kanmon.engine.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParallelTest {

    private static final Executor DEAD = task -> {
        throw new RejectedExecutionException();
    };

    static Stream<Parallel> kinds() {
        ExecutorService pool = Executors.newFixedThreadPool(2, task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });
        return Stream.of(
                Parallel.ofThreads(1),
                Parallel.ofThreads(2),
                Parallel.ofThreads(5),
                Parallel.ofExecutor(pool, 3),
                Parallel.ofExecutor(DEAD, 3),
                Parallel.ofExecutor(Runnable::run, 2));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void everyPieceRunsOnceAndBeforeTheRegionEnds(Parallel parallel) {
        try (parallel) {
            for (int round = 0; round < 2000; round++) {
                int pieces = round % 17;
                AtomicIntegerArray runs = new AtomicIntegerArray(pieces + 1);
                AtomicIntegerArray inside = new AtomicIntegerArray(parallel.width());
                parallel.run(pieces, (index, worker) -> {
                    assertEquals(
                            1, inside.incrementAndGet(worker), "worker " + worker + " is used by one piece at a time");
                    runs.incrementAndGet(index);
                    inside.decrementAndGet(worker);
                });
                for (int i = 0; i < pieces; i++) {
                    assertEquals(1, runs.get(i), "round " + round + ", piece " + i);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aFailureReachesTheCaller(Parallel parallel) {
        try (parallel) {
            IllegalStateException failure = new IllegalStateException("piece 3");
            IllegalStateException thrown = assertThrows(
                    IllegalStateException.class,
                    () -> parallel.run(8, (index, worker) -> {
                        if (index == 3) {
                            throw failure;
                        }
                    }));
            assertSame(failure, thrown);
            List<Integer> after = new ArrayList<>();
            parallel.run(1, (index, worker) -> after.add(index));
            assertEquals(List.of(0), after, "the next region runs");
        }
    }

    @Test
    void callersDoNotWaitForEachOther() throws InterruptedException {
        try (Parallel parallel = Parallel.ofThreads(3)) {
            ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
            List<Thread> callers = new ArrayList<>();
            for (int c = 0; c < 8; c++) {
                callers.add(Thread.ofPlatform()
                        .uncaughtExceptionHandler((_, e) -> failures.add(e))
                        .start(() -> {
                            for (int round = 0; round < 500; round++) {
                                int[] sums = new int[9];
                                parallel.run(9, (index, worker) -> sums[index] = index * index);
                                for (int i = 0; i < 9; i++) {
                                    assertEquals(i * i, sums[i]);
                                }
                            }
                        }));
            }
            for (Thread caller : callers) {
                caller.join();
            }
            assertNull(failures.peek());
        }
    }

    @Test
    void oneThreadMeansTheCallingThread() {
        try (Parallel parallel = Parallel.ofThreads(1)) {
            ConcurrentHashMap<Thread, Boolean> threads = new ConcurrentHashMap<>();
            parallel.run(100, (index, worker) -> threads.put(Thread.currentThread(), true));
            assertEquals(List.of(Thread.currentThread()), List.copyOf(threads.keySet()));
        }
    }

    @Test
    void regionsAfterClosingRunOnTheirCaller() {
        Parallel parallel = Parallel.ofThreads(3);
        parallel.close();
        parallel.close();
        AtomicIntegerArray runs = new AtomicIntegerArray(4);
        parallel.run(4, (index, worker) -> runs.incrementAndGet(index));
        for (int i = 0; i < 4; i++) {
            assertTrue(runs.get(i) == 1);
        }
    }

    /** A region in which all threads take part; false if one did not come within seconds. */
    private static boolean meet(Parallel parallel) {
        CountDownLatch all = new CountDownLatch(parallel.width());
        AtomicBoolean met = new AtomicBoolean(true);
        parallel.run(parallel.width(), (_, _) -> {
            all.countDown();
            try {
                if (!all.await(20, TimeUnit.SECONDS)) {
                    met.set(false);
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        return met.get();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 9})
    void sleepersComeBack(int threads) throws InterruptedException {
        ExecutorService pool = Executors.newFixedThreadPool(threads - 1);
        try (Parallel own = Parallel.ofThreads(threads);
                Parallel lent = Parallel.ofExecutor(pool, threads)) {
            for (Parallel parallel : List.of(own, lent)) {
                for (int round = 0; round < 60; round++) {
                    assertTrue(meet(parallel), "round " + round + " of " + threads + " threads");
                    Thread.sleep(round % 3); // 2 ms are longer than helpers look for work.
                }
            }
        } finally {
            pool.shutdown();
            assertTrue(pool.awaitTermination(20, TimeUnit.SECONDS), "lent threads go back by themselves");
        }
    }

    @Test
    void idleThreadsSleep() throws InterruptedException {
        try (Parallel parallel = Parallel.ofThreads(2)) {
            assertTrue(meet(parallel));
            Set<Thread> workers = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().startsWith("kanmon-worker-"))
                    .collect(Collectors.toSet());
            assertFalse(workers.isEmpty(), "no worker was found");
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (!workers.stream().allMatch(ParallelTest::sleepsOrEnded)) {
                assertTrue(System.nanoTime() < end, "a worker is still awake after 20 s without work");
                Thread.sleep(1);
            }
        }
    }

    private static boolean sleepsOrEnded(Thread thread) {
        return thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TERMINATED;
    }

    @Test
    void whatAnExecutorThrowsReachesTheCallerAfterTheWork() {
        RuntimeException failure = new IllegalStateException("no threads today");
        try (Parallel parallel = Parallel.ofExecutor(
                task -> {
                    throw failure;
                },
                3)) {
            for (int round = 0; round < 2; round++) {
                AtomicIntegerArray runs = new AtomicIntegerArray(4);
                assertSame(
                        failure,
                        assertThrows(
                                IllegalStateException.class,
                                () -> parallel.run(4, (index, _) -> runs.incrementAndGet(index))));
                for (int i = 0; i < 4; i++) {
                    assertEquals(1, runs.get(i), "piece " + i);
                }
            }
        }
    }

    @Test
    void callersOfAnExecutorEachGetHelpers() throws InterruptedException {
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try (Parallel parallel = Parallel.ofExecutor(pool, 2)) {
            AtomicInteger met = new AtomicInteger();
            List<Thread> callers = new ArrayList<>();
            CyclicBarrier together = new CyclicBarrier(2);
            for (int c = 0; c < 2; c++) {
                callers.add(Thread.ofPlatform().start(() -> {
                    parallel.run(2, (index, _) -> {
                        try {
                            if (index == 0) {
                                together.await(20, TimeUnit.SECONDS); // Both regions are open at a time.
                            }
                        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                            throw new IllegalStateException(e);
                        }
                    });
                    met.addAndGet(meet(parallel) ? 1 : 0);
                }));
            }
            for (Thread caller : callers) {
                caller.join();
            }
            assertEquals(2, met.get());
        } finally {
            pool.shutdown();
        }
    }
}
