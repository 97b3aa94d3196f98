package dev.kanmon.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.KernelsOfTests;
import dev.kanmon.fault.Faulty.Fault;
import dev.kanmon.kernels.KernelChoice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kernels that throw, memory that cannot be had: in the calling thread, in threads of the guard's and in lent ones. */
class KernelFaultTest {

    @TempDir
    private Path directory;

    /** Whatever call fails, whoever asked gets what was thrown, and the next answer is right. */
    @ParameterizedTest
    @CsvSource({"1, false", "3, false", "3, true"})
    void anyCallMayFail(int threads, boolean lent) throws Exception {
        List<List<Double>> right = Asked.right();
        Path model = Asked.copy(directory);
        Set<Thread> before = Asked.workers();
        Faulty faulty = new Faulty(KernelChoice.automatic().kernels());
        try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
            GuardOptions options = lent
                    ? GuardOptions.defaults().withExecutor(pool, threads)
                    : GuardOptions.defaults().withThreads(threads);
            try (Guard guard = KernelsOfTests.load(model, faulty.kernels(), options)) {
                Asked.assertRight(right, guard, "before any fault");
                long first = faulty.calls();
                Asked.assertRight(right, guard, "before any fault");
                long calls = faulty.calls() - first;
                assertTrue(calls > 20, "only " + calls + " calls could fail");
                int kinds = Fault.values().length;
                for (int at = 1; at <= calls; at++) {
                    for (int kind = 0; kind < Math.min(Asked.TIMES, kinds); kind++) {
                        Fault fault = Fault.values()[(at + kind) % kinds];
                        String where = fault + " in call " + at + " of " + calls;
                        Throwable thrown = faulty.arm(at, fault);
                        assertSame(thrown, assertThrows(Throwable.class, () -> Asked.logits(guard), where), where);
                        faulty.disarm();
                        if (at % 4 == 0 || at == calls) {
                            Asked.assertRight(right, guard, "after " + where);
                        }
                    }
                }
            }
        }
        Asked.assertNothingLeft(model, before);
    }

    /** A workspace that could not grow is not lost, and not half of one: memory for 0, 1, 2, … buffers until it is enough. */
    @Test
    void memoryThatCannotBeHad() throws IOException {
        List<List<Double>> right = Asked.right();
        boolean enough = false;
        for (int buffers = 0; !enough; buffers++) {
            Faulty faulty = new Faulty(KernelChoice.automatic().kernels());
            try (Guard guard = KernelsOfTests.load(Asked.MODEL, faulty.kernels(), GuardOptions.defaults())) {
                Throwable thrown = faulty.armAllocation(buffers + 1);
                try {
                    Asked.assertRight(right, guard, "with memory for " + buffers + " buffers");
                    enough = true;
                    assertTrue(buffers >= 5, "a first call needed no more than " + buffers + " buffers");
                } catch (OutOfMemoryError e) {
                    assertSame(thrown, e);
                }
                faulty.disarm();
                Asked.assertRight(right, guard, "after memory for " + buffers + " buffers");
            }
        }
    }

    /** Calls that fail give their memory back: the next ones ask for none. */
    @Test
    void failuresLeaveNoMemoryBehind() throws IOException {
        Faulty faulty = new Faulty(KernelChoice.automatic().kernels());
        GuardOptions options = GuardOptions.defaults().withThreads(2);
        try (Guard guard = KernelsOfTests.load(Asked.MODEL, faulty.kernels(), options)) {
            for (int i = 0;
                    i < 10;
                    i++) { // Which worker gets which piece is chance, so that each has seen the longest.
                Asked.logits(guard);
            }
            long allocations = faulty.allocations();
            Random random = new Random(Asked.SEED);
            int failures = 200 * Asked.TIMES;
            for (int i = 0; i < failures; i++) {
                faulty.arm(1 + random.nextInt(20), Fault.MEMORY);
                assertThrows(OutOfMemoryError.class, () -> Asked.logits(guard));
            }
            long more = faulty.allocations() - allocations;
            assertTrue(more < failures / 10, more + " allocations in " + failures + " calls that failed");
        }
    }

    /** Four callers, and faults that come when they like: each is thrown to one of them, everybody else is answered. */
    @Test
    void othersAreAnsweredMeanwhile() throws Exception {
        List<List<Double>> right = Asked.right();
        Faulty faulty = new Faulty(KernelChoice.automatic().kernels());
        Set<Throwable> armed = ConcurrentHashMap.newKeySet();
        Queue<Throwable> caught = new ConcurrentLinkedQueue<>();
        Queue<AssertionError> wrong = new ConcurrentLinkedQueue<>();
        try (Guard guard = KernelsOfTests.load(
                Asked.MODEL, faulty.kernels(), GuardOptions.defaults().withThreads(3))) {
            List<Thread> callers = new ArrayList<>();
            for (int c = 0; c < 4; c++) {
                callers.add(Thread.ofPlatform().name("caller " + c).start(() -> {
                    for (int i = 0; i < 60 * Asked.TIMES; i++) {
                        try {
                            List<List<Double>> logits = Asked.logits(guard);
                            if (!logits.equals(right)) {
                                wrong.add(new AssertionError("found " + logits + ", expected " + right));
                            }
                        } catch (RuntimeException | Error e) {
                            caught.add(e);
                        }
                    }
                }));
            }
            Random random = new Random(Asked.SEED);
            while (callers.stream().anyMatch(Thread::isAlive)) {
                Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
                armed.add(faulty.arm(1 + random.nextInt(100), fault));
                Thread.sleep(1 + random.nextInt(5));
            }
            for (Thread caller : callers) {
                Asked.join(caller);
            }
            faulty.disarm();
            assertEquals(List.of(), List.copyOf(wrong), "wrong answers");
            assertTrue(!caught.isEmpty(), "no fault came");
            for (Throwable e : caught) {
                assertTrue(armed.contains(e), () -> "thrown by nobody: " + e);
            }
            Asked.assertRight(right, guard, "after " + caught.size() + " faults");
        }
    }
}
