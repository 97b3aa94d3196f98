package dev.kanmon.engine.encoder;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** The pieces of one parallel region, taken one by one by whoever is free. */
final class Region {

    private final int pieces;
    private final Parallel.Task task;
    private final Thread caller = Thread.currentThread();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private volatile boolean callerSleeps;
    private volatile Throwable failure;

    /** A region of the calling thread, which must {@link #await} it. */
    Region(int pieces, Parallel.Task task) {
        this.pieces = pieces;
        this.task = task;
    }

    /** Whether the current thread opened it. */
    boolean isOwn() {
        return caller == Thread.currentThread();
    }

    /** Takes pieces until none is left; a helper that comes late finds none and touches nothing. */
    void help(int worker) {
        int ended = 0;
        for (int i; (i = next.getAndIncrement()) < pieces; ended++) {
            try {
                if (failure == null) {
                    task.run(i, worker);
                }
            } catch (
                    Throwable
                            e) { // Also what sneaks past the compiler: a piece that is not counted is waited for for
                                 // ever.
                fail(e);
            }
        }
        if (ended > 0 && done.addAndGet(ended) == pieces && callerSleeps) {
            LockSupport.unpark(caller);
        }
    }

    /** Has {@link #rethrow} throw this, unless the region has ended; pieces that nobody has begun are left out. */
    void fail(Throwable e) {
        failure = e;
    }

    /** Waits until all pieces have ended. */
    void await() {
        if (done.get() == pieces) {
            return;
        }
        long deadline = System.nanoTime() + Team.SPIN_NANOS;
        while (done.get() < pieces && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        // Announce the sleep before looking once more: who ends the last piece counts it before it looks at the flag.
        callerSleeps = true;
        while (done.get() < pieces) {
            LockSupport.park(this);
        }
    }

    /** Throws what a piece threw. */
    void rethrow() {
        switch (failure) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }
}
