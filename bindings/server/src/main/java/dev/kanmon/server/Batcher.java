package dev.kanmon.server;

import dev.kanmon.Checker;
import dev.kanmon.Exchange;
import dev.kanmon.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;

/**
 * Judges the exchanges of many requests together. While one batch is computed the next one fills, so that under load
 * every batch is full and nobody waits for that; an exchange that comes alone is judged at once.
 *
 * <p>Exchanges longer than a batch have a lane of their own, where one is judged after the other: the short ones pass
 * them by. The lanes share the room to wait in, and the processors.
 *
 * <p>A verdict is the same to the last bit whatever else is in its batch. An exchange on which the guard fails takes no
 * other along: its batch is judged again one by one.
 */
final class Batcher implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger(Batcher.class.getName());

    /** Bounds of what a client is told to wait, in seconds. */
    private static final int LEAST_RETRY = 1;

    private static final int MOST_RETRY = 60;

    private final Checker checker;
    private final int capacity;
    private final int batchTokens;
    private final TokenEstimate estimate = new TokenEstimate();
    private final AtomicInteger waiting = new AtomicInteger();
    private final LongAdder waitingTokens = new LongAdder();
    private final Lane shortLane;
    private final Lane longLane;

    /** Tokens of a second, of late; 0 while nothing is known. */
    private volatile double tokensPerSecond;

    /**
     * @param checker judges; stays the caller's
     * @param capacity exchanges that may wait
     * @param batchTokens that are judged together
     * @param batchWait how long to wait for {@code arriving} ones
     * @param arriving says how many requests are being received
     */
    Batcher(Checker checker, int capacity, int batchTokens, Duration batchWait, IntSupplier arriving) {
        this.checker = checker;
        this.capacity = capacity;
        this.batchTokens = batchTokens;
        shortLane = new Lane("kanmon-batches", batchTokens, batchWait, arriving, this::judge);
        longLane = new Lane("kanmon-long-texts", 1, Duration.ZERO, () -> 0, this::judge);
    }

    /** Exchanges that wait. */
    int waiting() {
        return waiting.get();
    }

    /** How many may. */
    int capacity() {
        return capacity;
    }

    /**
     * Puts exchanges in the queue: all or none.
     *
     * @return a ticket for each; whoever gives up on one cancels it
     * @throws ApiError 429 if there is no room, 503 after {@link #close}
     */
    List<Ticket> submit(List<Exchange> exchanges) throws ApiError {
        int count = exchanges.size();
        if (waiting.addAndGet(count) > capacity) {
            waiting.addAndGet(-count);
            throw ApiError.busy(
                    "the queue: found no room for " + count + " more, expected at most " + capacity + " waiting",
                    retryAfterSeconds());
        }
        List<Ticket> tickets = new ArrayList<>(count);
        for (Exchange exchange : exchanges) {
            Ticket ticket = new Ticket(exchange, estimate.of(exchange));
            tickets.add(ticket);
            waitingTokens.add(ticket.tokens());
            boolean taken = (ticket.tokens() > batchTokens ? longLane : shortLane).offer(ticket);
            if (!taken) {
                left(ticket);
                tickets.forEach(given -> given.cancel(false));
                throw ApiError.server(503, "closing", "the server: is closing");
            }
        }
        return tickets;
    }

    private int retryAfterSeconds() {
        double rate = tokensPerSecond;
        double seconds = rate == 0 ? LEAST_RETRY : Math.ceil(waitingTokens.sum() / rate);
        return (int) Math.clamp(seconds, LEAST_RETRY, MOST_RETRY);
    }

    private void left(Ticket ticket) {
        waiting.decrementAndGet();
        waitingTokens.add(-ticket.tokens());
    }

    /** Judges what a lane has taken. */
    private void judge(List<Ticket> taken) {
        taken.forEach(this::left);
        List<Ticket> tickets = new ArrayList<>(taken.size());
        for (Ticket ticket : taken) {
            if (!ticket.isDone()) { // else its client gave up
                tickets.add(ticket);
            }
        }
        if (tickets.isEmpty()) {
            return;
        }
        try {
            long start = System.nanoTime();
            List<Verdict> verdicts =
                    checker.checkAll(tickets.stream().map(Ticket::exchange).toList());
            learn(tickets, verdicts, System.nanoTime() - start);
            for (int i = 0; i < tickets.size(); i++) {
                tickets.get(i).complete(verdicts.get(i));
            }
        } catch (Exception | StackOverflowError | OutOfMemoryError | InternalError e) {
            if (tickets.size() == 1) {
                tickets.getFirst().completeExceptionally(e);
            } else {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "a batch of {0} failed with {1}; its exchanges are judged one by one",
                        tickets.size(),
                        e.getClass().getName());
                tickets.forEach(this::judgeAlone);
            }
        }
    }

    private void judgeAlone(Ticket ticket) {
        try {
            ticket.complete(checker.check(ticket.exchange()));
        } catch (Exception | StackOverflowError | OutOfMemoryError | InternalError e) {
            ticket.completeExceptionally(e);
        }
    }

    private void learn(List<Ticket> tickets, List<Verdict> verdicts, long nanos) {
        long tokens = 0;
        for (int i = 0; i < tickets.size(); i++) {
            estimate.learn(tickets.get(i).exchange(), verdicts.get(i));
            tokens += verdicts.get(i).tokens();
        }
        double rate = tokens * 1e9 / Math.max(1, nanos);
        double before = tokensPerSecond;
        tokensPerSecond = before == 0 ? rate : 0.9 * before + 0.1 * rate;
    }

    /** Takes nothing more, and returns when all that waited is judged. */
    @Override
    public void close() {
        shortLane.close();
        longLane.close();
    }
}
