package dev.kanmon.server;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A thread for what takes the processor long and is not judged in batches. The threads of connections are virtual: one
 * that computes would keep others from being run.
 */
final class SideWork implements AutoCloseable {

    private final ThreadPoolExecutor executor;
    private final Duration timeout;

    /** @param capacity pieces of work that may wait */
    SideWork(String name, int capacity, Duration timeout) {
        this.timeout = timeout;
        executor = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(capacity),
                Thread.ofPlatform().daemon().name(name).factory());
    }

    /**
     * Has the thread do this and waits for it.
     *
     * @throws ApiError 429 if too much waits already, 504 if it takes too long, or what went wrong
     */
    <T> T run(Callable<T> work) throws ApiError {
        Future<T> future;
        try {
            future = executor.submit(work);
        } catch (RejectedExecutionException e) {
            throw executor.isShutdown()
                    ? ApiError.server(503, "closing", "the server: is closing")
                    : ApiError.busy("the server: has too much of this to do", 1);
        }
        try {
            return future.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw ApiError.server(504, "timeout", "the answer: was not there in " + timeout.toMillis() + " ms");
        } catch (InterruptedException e) {
            throw ApiError.server(503, "closing", "the server: is closing");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ApiError error) {
                throw error;
            }
            throw Service.failed(e.getCause());
        } finally {
            future.cancel(false); // not to be begun when nobody waits for it any more
        }
    }

    /** Takes nothing more; what was taken is done. */
    @Override
    public void close() {
        executor.close();
    }
}
