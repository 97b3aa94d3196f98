package dev.kanmon.spring.ai;

import dev.kanmon.Checker;
import dev.kanmon.Exchange;
import dev.kanmon.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Finds one word harmful, fails at another, cannot read to the end at a third, and remembers what it was asked. */
public final class WordChecker implements Checker {

    public static final String HARMFUL = "strychnine";
    public static final String BREAKS = "breakage";
    public static final String LONG = "lengthy";
    public static final double HIGH = 0.9;
    public static final double LOW = 0.2;

    public final List<Exchange> asked = Collections.synchronizedList(new ArrayList<>());

    @Override
    public List<Verdict> checkAll(List<? extends Exchange> exchanges) {
        return exchanges.stream().map(this::verdict).toList();
    }

    private Verdict verdict(Exchange exchange) {
        asked.add(exchange);
        String words = exchange.instruction() + " " + exchange.response();
        if (words.contains(BREAKS)) {
            throw new IllegalStateException("the guard is closed");
        }
        return new Verdict(
                words.contains(HARMFUL) ? HIGH : LOW,
                List.of(),
                0.5,
                words.length(),
                List.of(),
                false,
                words.contains(LONG),
                Duration.ZERO,
                null);
    }

    @Override
    public void close() {}
}
