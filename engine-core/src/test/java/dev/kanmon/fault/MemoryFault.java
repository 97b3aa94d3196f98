package dev.kanmon.fault;

import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A program that asks a guard while others take all the heap there is, in a JVM of its own with a small one. Says
 * {@code right} when all was well.
 */
final class MemoryFault {

    private MemoryFault() {}

    /** @param arguments a directory with a model of its own, and how many times */
    public static void main(String... arguments) throws Exception {
        Path model = Path.of(arguments[0]);
        List<List<Double>> right = Asked.right();
        Set<Thread> before = Asked.workers();
        AtomicInteger shortages = new AtomicInteger();
        AtomicInteger answers = new AtomicInteger();
        try (Guard guard = Guard.load(model, GuardOptions.defaults().withThreads(3))) {
            for (int round = 0; round < Integer.parseInt(arguments[1]); round++) {
                AtomicBoolean over = new AtomicBoolean();
                AtomicReference<Throwable> failure = new AtomicReference<>();
                List<Thread> callers = new ArrayList<>();
                for (int c = 0; c < 2; c++) {
                    callers.add(Thread.ofPlatform()
                            .name("caller " + c)
                            .uncaughtExceptionHandler((_, e) -> failure.set(e))
                            .start(() -> {
                                while (!over.get()) {
                                    try {
                                        if (!Asked.logits(guard).equals(right)) {
                                            throw new AssertionError("a wrong answer");
                                        }
                                        answers.incrementAndGet();
                                    } catch (OutOfMemoryError e) {
                                        shortages.incrementAndGet();
                                    }
                                }
                            }));
                }
                Thread hog = Thread.ofPlatform().name("hog").start(MemoryFault::takeAll);
                awaitEnd(hog);
                over.set(true);
                for (Thread caller : callers) {
                    Asked.join(caller);
                }
                if (failure.get() != null) {
                    throw new AssertionError("round " + round, failure.get());
                }
                Asked.assertRight(right, guard, "after " + shortages + " shortages");
            }
        }
        Asked.assertNothingLeft(model, before);
        if (shortages.get() == 0 || answers.get() == 0) {
            throw new AssertionError(shortages + " shortages, " + answers + " answers");
        }
        System.out.println("right: " + shortages + " shortages, " + answers + " answers");
    }

    /** Waits for who takes the heap. Whoever waits may find none either, which says nothing about the guard. */
    private static void awaitEnd(Thread hog) throws InterruptedException {
        while (hog.isAlive()) {
            try {
                hog.join();
            } catch (OutOfMemoryError e) {
                Thread.onSpinWait();
            }
        }
    }

    /** Fills the heap to its last bytes, some times. */
    private static void takeAll() {
        for (int times = 0; times < 6; times++) {
            Object[] taken = null;
            long size = 1 << 20;
            long end = System.nanoTime() + 300_000_000;
            while (System.nanoTime() < end) {
                try {
                    Object[] more = new Object[(int) size / 4];
                    more[0] = taken;
                    taken = more;
                } catch (OutOfMemoryError e) {
                    size = Math.max(64, size / 2);
                }
            }
        }
    }
}
