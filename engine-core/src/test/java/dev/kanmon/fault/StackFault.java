package dev.kanmon.fault;

import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A program that asks a guard with less and less stack left, in a JVM of its own: an initialiser of any class that runs out
 * of stack spoils the class for good. Says {@code right} when all was well.
 */
final class StackFault {

    private static final long STACK = 512 << 10;

    /** Frames between two questions. */
    private static final int STEP = 4;

    /** Answers after which there is stack enough. */
    private static final int ENOUGH = 8;

    private final Guard guard;
    private final List<List<Double>> right;
    private int overflows;
    private int answers;

    private StackFault(Guard guard, List<List<Double>> right) {
        this.guard = guard;
        this.right = right;
    }

    /** @param arguments a directory with a model of its own, and how many times */
    public static void main(String... arguments) throws Exception {
        Path model = Path.of(arguments[0]);
        List<List<Double>> right = Asked.right();
        Set<Thread> before = Asked.workers();
        int overflows = 0;
        int answers = 0;
        for (int threads = 1; threads <= 3; threads += 2) {
            try (Guard guard = Guard.load(model, GuardOptions.defaults().withThreads(threads))) {
                for (int round = 0; round < Integer.parseInt(arguments[1]); round++) {
                    StackFault fault = new StackFault(guard, right);
                    AtomicReference<Throwable> failure = new AtomicReference<>();
                    Thread diver = new Thread(null, fault::dive, "diver", STACK);
                    diver.setUncaughtExceptionHandler((_, e) -> failure.set(e));
                    diver.start();
                    Asked.join(diver);
                    if (failure.get() != null) {
                        throw new AssertionError("round " + round + " on " + threads + " threads", failure.get());
                    }
                    Asked.assertRight(
                            right, guard, "after " + fault.overflows + " overflows on " + threads + " threads");
                    overflows += fault.overflows;
                    answers += fault.answers;
                }
            }
        }
        Asked.assertNothingLeft(model, before);
        if (overflows == 0 || answers == 0) {
            throw new AssertionError(overflows + " overflows, " + answers + " answers");
        }
        System.out.println("right: " + overflows + " overflows, " + answers + " answers");
    }

    private void dive() {
        down(0);
    }

    /** Goes down to the end of the stack, and asks on the way up. */
    private void down(int depth) {
        try {
            down(depth + 1);
        } catch (StackOverflowError e) {
            return; // The end; frames above ask.
        }
        if (answers >= ENOUGH || depth % STEP != 0) {
            return;
        }
        List<List<Double>> logits;
        try {
            logits = Asked.logits(guard);
        } catch (StackOverflowError e) {
            overflows++;
            return;
        }
        if (!logits.equals(right)) {
            throw new AssertionError("found " + logits + ", expected " + right);
        }
        answers++;
    }
}
