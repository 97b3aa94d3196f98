package dev.kanmon.server;

import dev.kanmon.Checker;
import dev.kanmon.Exchange;
import dev.kanmon.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;

/** Judges by the number in a text, when it is let to. */
final class FakeChecker implements Checker {

    /** A text that it fails on. */
    static final String POISON = "poison";

    /** Sizes of the batches it was asked for. */
    final List<Integer> batches = new CopyOnWriteArrayList<>();

    private final Semaphore let;

    /** @param let a permit for each batch; null for all that come */
    FakeChecker(Semaphore let) {
        this.let = let;
    }

    static Verdict verdict(Exchange exchange) {
        double probability = Math.abs(exchange.instruction().hashCode() % 1000) / 1000.0;
        int tokens = exchange.instruction().length() / 4 + 2;
        return new Verdict(probability, List.of(0.0), 0.5, tokens, List.of(), false, false, Duration.ofNanos(1), null);
    }

    @Override
    public List<Verdict> checkAll(List<? extends Exchange> exchanges) {
        batches.add(exchanges.size());
        if (let != null) {
            let.acquireUninterruptibly();
        }
        List<Verdict> verdicts = new ArrayList<>();
        for (Exchange exchange : exchanges) {
            if (exchange.instruction().equals(POISON)) {
                throw new IllegalStateException("poisoned");
            }
            verdicts.add(verdict(exchange));
        }
        return verdicts;
    }

    @Override
    public void close() {}
}
