package dev.kanmon.server;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/** A queue of tickets with a thread that takes them in batches, in the order in which they came. */
final class Lane implements AutoCloseable {

    private final int batchTokens;
    private final long batchWaitNanos;
    private final IntSupplier arriving;
    private final Consumer<List<Ticket>> judge;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Ticket> queue = new ArrayDeque<>();
    private long queuedTokens;
    private boolean closed;

    /**
     * @param batchTokens tokens of a batch; a longer ticket goes alone
     * @param batchWait how long a batch that is not full waits while others are {@code arriving}
     * @param judge completes every ticket that it gets, and throws nothing
     */
    Lane(String name, int batchTokens, Duration batchWait, IntSupplier arriving, Consumer<List<Ticket>> judge) {
        this.batchTokens = batchTokens;
        this.batchWaitNanos = batchWait.toNanos();
        this.arriving = arriving;
        this.judge = judge;
        thread = Thread.ofPlatform().daemon().name(name).start(this::run);
    }

    /** Puts a ticket at the end, unless the lane is closed; says whether it did. */
    boolean offer(Ticket ticket) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            queue.addLast(ticket);
            queuedTokens += ticket.tokens();
            changed.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        for (List<Ticket> batch; !(batch = take()).isEmpty(); ) {
            judge.accept(batch);
        }
    }

    /** The next batch; empty when the lane is closed and nothing is left. */
    private List<Ticket> take() {
        lock.lock();
        try {
            while (queue.isEmpty() && !closed) {
                changed.awaitUninterruptibly();
            }
            waitForMore();
            List<Ticket> batch = new ArrayList<>();
            long tokens = 0;
            while (!queue.isEmpty()) {
                int next = queue.getFirst().tokens();
                if (!batch.isEmpty() && tokens + next > batchTokens) {
                    break;
                }
                tokens += next;
                batch.add(queue.removeFirst());
            }
            queuedTokens -= tokens;
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void waitForMore() {
        long left = batchWaitNanos;
        while (left > 0 && queuedTokens < batchTokens && !closed && arriving.getAsInt() > 0) {
            try {
                left = changed.awaitNanos(left);
            } catch (InterruptedException e) {
                return; // Nobody has a reason to interrupt this thread; then it does not wait.
            }
        }
    }

    /** Takes nothing more, and returns when all that is in the queue is judged. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true; // what was accepted is answered first
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
