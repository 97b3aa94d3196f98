package dev.kanmon.engine.encoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

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
}
