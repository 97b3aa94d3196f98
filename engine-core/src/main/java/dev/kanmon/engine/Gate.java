package dev.kanmon.engine;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets calls in until it is closed, and knows when the last has left, so that what the calls use is released
 * only then.
 */
final class Gate {

    /** Added to the number of calls inside when the gate is closed. */
    private static final long CLOSED = 1L << 40;

    private final String what;
    private final AtomicLong state = new AtomicLong();
    private volatile Runnable release;

    Gate(String what) {
        this.what = what;
    }

    /** @throws IllegalStateException if closed */
    void enter() {
        if (state.incrementAndGet() >= CLOSED) {
            leave();
            throw closed();
        }
    }

    void leave() {
        if (state.decrementAndGet() == CLOSED) {
            releaseOnce();
        }
    }

    /** @throws IllegalStateException if closed since the call came in */
    void check() {
        if (state.get() >= CLOSED) {
            throw closed();
        }
    }

    /** Closes; {@code action} runs once, when nobody is inside any more: now, or by the last call that leaves. */
    void close(Runnable action) {
        synchronized (this) {
            if (release != null) {
                return;
            }
            release = action;
        }
        if (state.addAndGet(CLOSED) == CLOSED) {
            releaseOnce();
        }
    }

    private void releaseOnce() {
        // A call that is refused after the end passes here too, so the count may come back to CLOSED again.
        Runnable action;
        synchronized (this) {
            action = release;
            release = DONE;
        }
        action.run();
    }

    private static final Runnable DONE = () -> {};

    private IllegalStateException closed() {
        return new IllegalStateException(what + " was closed");
    }
}
