package dev.kanmon.server;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes of request bodies that may be in memory at a time. */
final class MemoryBudget {

    /** A body is there as bytes, as a string, and as tokens. */
    private static final int COPIES = 8;

    private final long most;
    private final AtomicLong taken = new AtomicLong();

    MemoryBudget(long most) {
        this.most = most;
    }

    /** As much as the JVM can give without harm to the guard. */
    static MemoryBudget ofHeap() {
        return new MemoryBudget(Runtime.getRuntime().maxMemory() / COPIES);
    }

    void take(long bytes) throws ApiError {
        if (taken.addAndGet(bytes) > most) {
            taken.addAndGet(-bytes);
            throw ApiError.busy("the server: holds as many bytes of requests as it may", 1);
        }
    }

    void give(long bytes) {
        taken.addAndGet(-bytes);
    }

    long taken() {
        return taken.get();
    }
}
