package dev.kanmon.server;

import dev.kanmon.Exchange;
import dev.kanmon.Verdict;

/**
 * How long a text is in tokens, before a tokenizer has seen it: from its characters, and from how many tokens texts of
 * the time before were made of. Safe to share.
 */
final class TokenEstimate {

    /** English has a token for about four characters. */
    private static final double FIRST = 0.25;

    private static final double MEMORY = 0.95;

    /** Special tokens of a pair. */
    private static final int SPECIALS = 3;

    private volatile double tokensPerCharacter = FIRST;

    /** At least 1. */
    int of(Exchange exchange) {
        return (int) (weighted(exchange) * tokensPerCharacter) + SPECIALS;
    }

    /** Learns from a verdict. Two threads that learn at once may forget one lesson. */
    void learn(Exchange exchange, Verdict verdict) {
        long weighted = weighted(exchange);
        if (weighted > 0) {
            double seen = Math.clamp(verdict.tokens() / (double) weighted, 0.05, 2);
            tokensPerCharacter = MEMORY * tokensPerCharacter + (1 - MEMORY) * seen;
        }
    }

    private static long weighted(Exchange exchange) {
        return weighted(exchange.instruction()) + weighted(exchange.response());
    }

    /** Characters; one outside Latin scripts is mostly a token of its own, and counts like a word. */
    private static long weighted(String text) {
        long sum = text.length();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x250) {
                sum += 3;
            }
        }
        return sum;
    }
}
