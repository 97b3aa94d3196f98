package dev.kanmon.engine.encoder;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * Runs the independent pieces of one computation on a fixed number of threads, the calling one among them.
 *
 * <p>Which thread runs which piece is left to chance, so pieces must write to disjoint memory; results then do
 * not depend on the number of threads. Safe to share: when its threads are busy for one caller, another caller
 * does its own work alone instead of waiting.
 *
 * @implNote Own threads spin for {@value #SPIN_NANOS} ns after a region before they sleep, since the regions
 *     of one forward pass follow each other within microseconds while a wake-up costs 10 µs and more; an idle
 *     model uses no CPU.
 */
public final class Parallel implements AutoCloseable {

    /** One piece of work. */
    @FunctionalInterface
    public interface Task {
        /**
         * Runs piece {@code index}.
         *
         * @param index 0 to the number of pieces
         * @param worker 0 to {@link #width()}; no two pieces run at the same time with the same number, so it may
         *     pick a scratch buffer
         */
        void run(int index, int worker);
    }

    private static final long SPIN_NANOS = 50_000;

    private final int width;
    private final Executor lender;
    private final Worker[] workers;
    private final AtomicBoolean busy = new AtomicBoolean();
    private volatile Region current;
    private volatile boolean closed;

    private Parallel(int width, Executor lender, boolean ownThreads) {
        this.width = width;
        this.lender = lender;
        this.workers = new Worker[ownThreads ? width - 1 : 0];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1);
            workers[i].start();
        }
    }

    /** The calling thread, and {@code threads - 1} daemon threads that live until {@link #close()}. */
    public static Parallel ofThreads(int threads) {
        return new Parallel(threads, null, true);
    }

    /** The calling thread, and up to {@code threads - 1} that {@code lender} gives for each region. */
    public static Parallel ofExecutor(Executor lender, int threads) {
        return new Parallel(threads, lender, false);
    }

    /** Threads that a region uses at most. */
    public int width() {
        return width;
    }

    /**
     * Runs pieces 0 to {@code pieces - 1} and returns when all are done.
     *
     * @throws RuntimeException the first that a piece threw; the other pieces have then ended too
     */
    public void run(int pieces, Task task) {
        if (width == 1 || pieces <= 1) {
            for (int i = 0; i < pieces; i++) {
                task.run(i, 0);
            }
            return;
        }
        Region region = new Region(pieces, task);
        if (lender != null) {
            borrow(region);
            region.help(0);
        } else if (!closed && busy.compareAndSet(false, true)) {
            try {
                current = region;
                for (Worker worker : workers) {
                    if (worker.asleep) {
                        LockSupport.unpark(worker);
                    }
                }
                region.help(0);
                region.await();
                current = null; // Idle threads find nothing to do, and the region's memory can go with the next one.
            } finally {
                busy.set(false);
            }
        } else {
            region.help(0);
        }
        region.await();
        region.rethrow();
    }

    /** {@link #run}, for those who do not ask which worker they are. */
    public void runPieces(int pieces, IntConsumer piece) {
        run(pieces, (index, _) -> piece.accept(index));
    }

    private void borrow(Region region) {
        int helpers = Math.min(width, region.pieces) - 1;
        for (int i = 1; i <= helpers; i++) {
            int worker = i;
            try {
                lender.execute(() -> region.help(worker));
            } catch (RejectedExecutionException e) {
                return; // A full or closed lender lends nothing; the calling thread does the work.
            }
        }
    }

    /** Ends the own threads. Regions that still come run on their calling thread. Idempotent. */
    @Override
    public void close() {
        closed = true;
        for (Worker worker : workers) {
            LockSupport.unpark(worker);
        }
    }

    private static final class Region {
        final int pieces;
        private final Task task;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger done = new AtomicInteger();
        private volatile Throwable failure;

        Region(int pieces, Task task) {
            this.pieces = pieces;
            this.task = task;
        }

        /** Takes pieces until none is left; a helper that comes late finds none and touches nothing. */
        void help(int worker) {
            for (int i; (i = next.getAndIncrement()) < pieces; ) {
                try {
                    if (failure == null) {
                        task.run(i, worker);
                    }
                } catch (RuntimeException | Error e) {
                    failure = e; // Handed to the caller by rethrow().
                } finally {
                    done.incrementAndGet();
                }
            }
        }

        void await() {
            long deadline = 0;
            while (done.get() < pieces) {
                if (deadline == 0) {
                    deadline = System.nanoTime() + SPIN_NANOS;
                }
                if (System.nanoTime() < deadline) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.parkNanos(SPIN_NANOS);
                }
            }
        }

        void rethrow() {
            switch (failure) {
                case null -> {}
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new IllegalStateException(e);
            }
        }
    }

    private final class Worker extends Thread {
        private final int number;
        private volatile boolean asleep;

        Worker(int number) {
            super("kanmon-worker-" + number);
            this.number = number;
            setDaemon(true);
        }

        @Override
        public void run() {
            Region last = null;
            while (!closed) {
                Region region = waitForOther(last);
                if (region != null) {
                    region.help(number);
                    last = region;
                }
            }
        }

        /** The region after {@code last}, or null when it is time to look whether the owner was closed. */
        private Region waitForOther(Region last) {
            long deadline = System.nanoTime() + SPIN_NANOS;
            do {
                Region region = current;
                if (region != last && region != null) {
                    return region;
                }
                Thread.onSpinWait();
            } while (System.nanoTime() < deadline);
            // Announce the sleep before looking once more: run() publishes the region before it looks at `asleep`.
            asleep = true;
            try {
                Region region = current;
                if ((region == last || region == null) && !closed) {
                    LockSupport.park(Parallel.this);
                }
            } finally {
                asleep = false;
            }
            Region region = current;
            return region == last ? null : region;
        }
    }
}
