package dev.kanmon.engine.encoder;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Helpers of one caller at a time. A helper that has nothing to do looks for the next region for {@value #SPIN_NANOS} ns
 * before it goes: the regions of a forward pass follow each other within microseconds, while calling a helper back takes
 * tens of them. A thread of the team's own goes to sleep, a lent one back to its executor; idle teams use no processor.
 */
final class Team {

    /** How long a thread looks for work, or for the end of others' work, before it sleeps. */
    static final long SPIN_NANOS = 200_000;

    private final Helper[] helpers;
    private volatile Region current;
    private volatile boolean closed;

    /**
     * @param count helpers beside the caller
     * @param lender gives their threads; null for daemon threads of their own, which live until {@link #close}
     */
    Team(int count, Executor lender) {
        helpers = new Helper[count];
        for (int i = 0; i < count; i++) {
            helpers[i] = lender == null ? new Own(i + 1) : new Lent(i + 1, lender);
        }
    }

    /** Has the helpers run the region's pieces together with the calling thread, and waits for the end. */
    void run(Region region) {
        current = region;
        try {
            callChildren(0);
        } finally { // Whatever an executor throws, nobody may still be at work when this returns.
            region.help(0);
            region.await();
            current = null; // Helpers find nothing to do, and the region's memory can go.
        }
    }

    /** Lets own threads end; the calling threads do the work of regions that still come. */
    void close() {
        closed = true;
        for (Helper helper : helpers) {
            helper.call();
        }
    }

    /**
     * Calls those away that worker {@code worker} has to: waking a thread takes the caller microseconds, so it wakes two,
     * which wake two each.
     */
    private void callChildren(int worker) {
        for (int child = 2 * worker + 1; child <= 2 * worker + 2 && child <= helpers.length; child++) {
            Helper helper = helpers[child - 1];
            if (helper.away.get()) {
                helper.call();
            }
        }
    }

    private abstract sealed class Helper implements Runnable {
        final int number;

        /** Whether it must be called to notice a region. */
        final AtomicBoolean away = new AtomicBoolean();

        Helper(int number) {
            this.number = number;
        }

        /** Brings it back. */
        abstract void call();

        /** Does its part of every region that follows {@code last} soon; returns the last it knows of. */
        final Region helpWhileBusy(Region last) {
            Region known = last;
            for (Region region; (region = spinForOther(known)) != null; known = region) {
                try {
                    callChildren(number);
                } catch (Throwable e) { // What an executor throws is the caller's to hear, and not this thread's end.
                    region.fail(e);
                }
                region.help(number);
                if (region.isOwn()) {
                    return region; // An executor that runs its tasks on the spot: the caller wants to go on.
                }
            }
            return known;
        }

        final boolean isOther(Region region, Region known) {
            return region != known && region != null;
        }

        private Region spinForOther(Region known) {
            long deadline = System.nanoTime() + SPIN_NANOS;
            do {
                Region region = current;
                if (isOther(region, known)) {
                    return region;
                }
                Thread.onSpinWait();
            } while (System.nanoTime() < deadline);
            return null;
        }
    }

    private final class Own extends Helper {
        private final Thread thread;

        Own(int number) {
            super(number);
            thread = new Thread(this, "kanmon-worker-" + number);
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        void call() {
            LockSupport.unpark(thread);
        }

        @Override
        public void run() {
            Region last = null;
            while (!closed) {
                last = helpWhileBusy(last);
                // Announce the sleep before looking once more: run() publishes the region before it looks who is away.
                away.set(true);
                if (!isOther(current, last) && !closed) {
                    LockSupport.park(Team.this);
                    Thread.interrupted(); // Nobody means anything by it, and with it no sleep would last.
                }
                away.set(false);
            }
        }
    }

    private final class Lent extends Helper {
        private final Executor lender;
        private Region last;

        Lent(int number, Executor lender) {
            super(number);
            this.lender = lender;
            away.set(true);
        }

        @Override
        void call() {
            if (!away.compareAndSet(true, false)) {
                return;
            }
            boolean lent = false;
            try {
                lender.execute(this);
                lent = true;
            } catch (RejectedExecutionException e) {
                return; // A full or closed lender lends nothing; the calling thread does the work.
            } finally {
                if (!lent) {
                    away.set(true);
                }
            }
        }

        @Override
        public void run() {
            Region known;
            do {
                last = known = helpWhileBusy(last); // The field passes from thread to thread through `away`.
                away.set(true);
            } while (isOther(current, known) && away.compareAndSet(true, false));
        }
    }
}
