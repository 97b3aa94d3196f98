package dev.kanmon.engine;

import dev.kanmon.engine.batch.TokenSequence;
import java.util.List;

/** How the sequences of one call are laid into passes. */
final class Passes {

    /**
     * Tokens that go through the layers together. More would not make better use of the weights and would only
     * take memory; a longer sequence goes alone.
     */
    private static final int PASS_TOKENS = 2048;

    private Passes() {}

    /** Tokens of all. */
    static long tokens(List<TokenSequence> sequences) {
        return sequences.stream().mapToLong(TokenSequence::length).sum();
    }

    /**
     * Where the pass ends that begins with sequence {@code from}: passes are of about the same size, since one with a few
     * tokens left would read all weights for them.
     *
     * @param left tokens of the sequences from {@code from} on
     */
    static int end(List<TokenSequence> sequences, int from, long left) {
        long share = Math.ceilDiv(left, Math.ceilDiv(left, PASS_TOKENS));
        int tokens = sequences.get(from).length();
        int to = from + 1;
        for (int next; to < sequences.size(); tokens += next, to++) {
            next = sequences.get(to).length();
            if (tokens + next > PASS_TOKENS || tokens + next / 2 > share) {
                break;
            }
        }
        return to;
    }
}
