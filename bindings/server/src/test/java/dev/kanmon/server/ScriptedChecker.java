package dev.kanmon.server;

import dev.kanmon.Checker;
import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A guard, but for instructions that ask for what is hard to come by. */
final class ScriptedChecker implements Checker {

    static final String INCOMPLETE = "[incomplete]";
    static final String INEXPLICABLE = "[inexplicable]";
    static final String WAIT = "[wait]";
    static final String FAIL = "[fail]";

    private final Guard guard;
    private final CountDownLatch release = new CountDownLatch(1);

    ScriptedChecker(Guard guard) {
        this.guard = guard;
    }

    @Override
    public List<Verdict> checkAll(List<? extends Exchange> exchanges) {
        List<Verdict> verdicts = new ArrayList<>();
        for (Exchange exchange : exchanges) {
            verdicts.add(
                    switch (exchange.instruction()) {
                        case INCOMPLETE -> made(exchange, true);
                        case INEXPLICABLE -> made(exchange, false);
                        case WAIT -> {
                            await();
                            yield made(exchange, false);
                        }
                        case FAIL -> throw new IllegalStateException("as the case wants it");
                        default -> guard.check(exchange);
                    });
        }
        return verdicts;
    }

    private static Verdict made(Exchange exchange, boolean incomplete) {
        Verdict.Span all = new Verdict.Span(0, exchange.instruction().length());
        Verdict.Window window = new Verdict.Window(all, Verdict.Span.EMPTY, 7, 0.125);
        return new Verdict(
                0.125, List.of(0.0, 0.0), 0.5, 7, List.of(window), incomplete, incomplete, Duration.ofMillis(3), null);
    }

    private void await() {
        try {
            release.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the waiting of those that wait. */
    void release() {
        release.countDown();
    }

    @Override
    public void close() {
        release();
    }
}
