package dev.kanmon.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Exchange;
import dev.kanmon.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Exchanges of many are judged together, each gets its own verdict, and there is an end to the queue. */
@Timeout(60)
class BatcherTest {

    private static List<Exchange> texts(int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(i -> Exchange.of("text number " + i))
                .toList();
    }

    private static void assertJudged(List<Exchange> exchanges, List<Ticket> tickets) throws Exception {
        for (int i = 0; i < tickets.size(); i++) {
            Verdict expected = FakeChecker.verdict(exchanges.get(i));
            assertEquals(expected, tickets.get(i).get(30, TimeUnit.SECONDS), "ticket " + i);
        }
    }

    /** Waits until the checker is busy with its first batch, so that the others wait. */
    private static void awaitBatches(FakeChecker checker, int count) throws InterruptedException {
        while (checker.batches.size() < count) {
            Thread.sleep(1);
        }
    }

    @Test
    void whatComesWhileABatchIsComputedIsTheNextOne() throws Exception {
        Semaphore let = new Semaphore(0);
        FakeChecker checker = new FakeChecker(let);
        try (Batcher batcher = new Batcher(checker, 100, 2048, Duration.ZERO, () -> 0)) {
            List<Exchange> exchanges = texts(0, 41);
            List<Ticket> tickets = new ArrayList<>(batcher.submit(exchanges.subList(0, 1)));
            awaitBatches(checker, 1);
            for (Exchange exchange : exchanges.subList(1, 41)) {
                tickets.addAll(batcher.submit(List.of(exchange)));
            }
            assertEquals(40, batcher.waiting());
            let.release(2);
            assertJudged(exchanges, tickets);
            assertEquals(List.of(1, 40), checker.batches);
            assertEquals(0, batcher.waiting());
        }
    }

    @Test
    void aBatchHasAboutAsManyTokensAsItMay() throws Exception {
        Semaphore let = new Semaphore(0);
        FakeChecker checker = new FakeChecker(let);
        // A text of 397 characters is estimated at 99 tokens and three special ones.
        List<Exchange> exchanges = IntStream.range(0, 10)
                .mapToObj(i -> Exchange.of(("" + i).repeat(397)))
                .toList();
        try (Batcher batcher = new Batcher(checker, 100, 4 * 102 + 1, Duration.ZERO, () -> 0)) {
            List<Ticket> tickets = new ArrayList<>(batcher.submit(texts(0, 1)));
            awaitBatches(checker, 1);
            tickets.addAll(batcher.submit(exchanges));
            let.release(100);
            List<Exchange> all = new ArrayList<>(texts(0, 1));
            all.addAll(exchanges);
            assertJudged(all, tickets);
            assertEquals(List.of(1, 4, 4, 2), checker.batches);
        }
    }

    @Test
    void longTextsDoNotHoldUpShortOnes() throws Exception {
        Semaphore let = new Semaphore(0);
        FakeChecker checker = new FakeChecker(let);
        try (Batcher batcher = new Batcher(checker, 100, 100, Duration.ZERO, () -> 0)) {
            Ticket longOne =
                    batcher.submit(List.of(Exchange.of("long ".repeat(1000)))).getFirst();
            awaitBatches(checker, 1);
            Ticket shortOne = batcher.submit(List.of(Exchange.of("short"))).getFirst();
            awaitBatches(checker, 2); // both are being judged
            let.release(2);
            assertEquals(FakeChecker.verdict(Exchange.of("short")), shortOne.get(30, TimeUnit.SECONDS));
            assertEquals(5002 / 4 + 2, longOne.get(30, TimeUnit.SECONDS).tokens());
        }
    }

    @Test
    void theQueueIsFullWhenItIsFull() throws Exception {
        Semaphore let = new Semaphore(0);
        FakeChecker checker = new FakeChecker(let);
        try (Batcher batcher = new Batcher(checker, 10, 2048, Duration.ZERO, () -> 0)) {
            List<Ticket> first = batcher.submit(texts(0, 1));
            awaitBatches(checker, 1);
            List<Ticket> waiting = batcher.submit(texts(1, 8));
            ApiError refusal = assertThrows(ApiError.class, () -> batcher.submit(texts(9, 3)));
            assertEquals(429, refusal.status());
            assertTrue(refusal.retryAfterSeconds().orElse(0) >= 1);
            assertEquals(8, batcher.waiting(), "a request is taken whole or not at all");
            List<Ticket> fits = batcher.submit(texts(9, 2));
            let.release(100);
            assertJudged(texts(0, 1), first);
            assertJudged(texts(1, 8), waiting);
            assertJudged(texts(9, 2), fits);
        }
    }

    @Test
    void whatTheGuardFailsOnTakesNoOtherAlong() throws Exception {
        Semaphore let = new Semaphore(0);
        FakeChecker checker = new FakeChecker(let);
        try (Batcher batcher = new Batcher(checker, 100, 2048, Duration.ZERO, () -> 0)) {
            batcher.submit(texts(0, 1));
            awaitBatches(checker, 1);
            List<Ticket> before = batcher.submit(texts(1, 5));
            Ticket poison =
                    batcher.submit(List.of(Exchange.of(FakeChecker.POISON))).getFirst();
            List<Ticket> after = batcher.submit(texts(6, 5));
            let.release(100);
            assertJudged(texts(1, 5), before);
            assertJudged(texts(6, 5), after);
            assertThrows(ExecutionException.class, () -> poison.get(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void whatWaitsIsJudgedBeforeItCloses() throws Exception {
        Semaphore let = new Semaphore(0);
        FakeChecker checker = new FakeChecker(let);
        Batcher batcher = new Batcher(checker, 100, 2048, Duration.ZERO, () -> 0);
        List<Ticket> tickets = new ArrayList<>(batcher.submit(texts(0, 1)));
        awaitBatches(checker, 1);
        tickets.addAll(batcher.submit(texts(1, 50)));
        Thread closing = Thread.ofVirtual().start(batcher::close);
        let.release(100);
        closing.join();
        assertTrue(tickets.stream().allMatch(Ticket::isDone));
        assertJudged(texts(0, 51), tickets);
        assertEquals(
                503,
                assertThrows(ApiError.class, () -> batcher.submit(texts(0, 1))).status());
        assertEquals(0, batcher.waiting());
    }

    @Test
    void oneThatNobodyWaitsForAnyMoreIsNotJudged() throws Exception {
        Semaphore let = new Semaphore(0);
        FakeChecker checker = new FakeChecker(let);
        try (Batcher batcher = new Batcher(checker, 100, 2048, Duration.ZERO, () -> 0)) {
            batcher.submit(texts(0, 1));
            awaitBatches(checker, 1);
            List<Ticket> tickets = batcher.submit(texts(1, 3));
            tickets.get(1).cancel(false);
            let.release(100);
            assertJudged(texts(1, 1), tickets.subList(0, 1));
            assertJudged(texts(3, 1), tickets.subList(2, 3));
            assertEquals(List.of(1, 2), checker.batches);
        }
    }

    @Test
    void aBatchWaitsForThoseThatAreArriving() throws Exception {
        FakeChecker checker = new FakeChecker(null);
        try (Batcher batcher = new Batcher(checker, 100, 2048, Duration.ofSeconds(10), () -> 1)) {
            List<Ticket> tickets = new ArrayList<>();
            // Ten texts of 800 characters are estimated at more than a batch: then it waits no longer.
            List<Exchange> exchanges = IntStream.range(0, 11)
                    .mapToObj(i -> Exchange.of(("" + i % 10).repeat(800)))
                    .toList();
            for (Exchange exchange : exchanges) {
                tickets.addAll(batcher.submit(List.of(exchange)));
            }
            tickets.getFirst().get(5, TimeUnit.SECONDS);
            assertEquals(10, checker.batches.getFirst());
        }
    }
}
