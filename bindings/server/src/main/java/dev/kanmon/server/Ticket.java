package dev.kanmon.server;

import dev.kanmon.Exchange;
import dev.kanmon.Verdict;
import java.util.concurrent.CompletableFuture;

/** One exchange that waits for its verdict, from the client's request to the answer. */
final class Ticket extends CompletableFuture<Verdict> {

    private final Exchange exchange;
    private final int tokens;

    /** @param tokens of the exchange, estimated */
    Ticket(Exchange exchange, int tokens) {
        this.exchange = exchange;
        this.tokens = tokens;
    }

    Exchange exchange() {
        return exchange;
    }

    int tokens() {
        return tokens;
    }
}
