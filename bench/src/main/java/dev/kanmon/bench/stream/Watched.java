package dev.kanmon.bench.stream;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.StreamOptions;
import dev.kanmon.StreamVerdict;
import dev.kanmon.Verdict;
import java.util.ArrayList;
import java.util.List;

/**
 * What a stream found that only watched a reply.
 *
 * @param pair the reply and its label
 * @param probabilities of the judgements on the way
 * @param tokens of the reply that each of them had seen
 * @param last probability of the whole reply
 * @param allTokens of the reply
 * @param computed tokens that went through the model
 * @param nanos of all calls
 * @param countingNanos of the calls that judged nothing, which only count tokens
 * @param wholeComputed tokens that went through the model to judge the whole once
 * @param wholeNanos of judging the whole once
 */
record Watched(
        StreamBench.Pair pair,
        List<Double> probabilities,
        List<Integer> tokens,
        double last,
        int allTokens,
        long computed,
        long nanos,
        long countingNanos,
        long wholeComputed,
        long wholeNanos) {

    /** Feeds a reply word by word. */
    static Watched of(Guard guard, StreamBench.Pair pair, StreamOptions options) {
        var probabilities = new ArrayList<Double>();
        var tokens = new ArrayList<Integer>();
        long nanos = 0;
        long counting = 0;
        StreamVerdict end;
        try (var stream = guard.stream(pair.instruction(), options)) {
            int judgements = 0;
            for (String word : pair.response().split("(?<=\\s)(?=\\S)")) {
                long start = System.nanoTime();
                StreamVerdict now = stream.append(word);
                long took = System.nanoTime() - start;
                nanos += took;
                if (now.judgements() > judgements) {
                    judgements = now.judgements();
                    probabilities.add(now.verdict().orElseThrow().probability());
                    tokens.add(now.tokensSeen());
                } else {
                    counting += took;
                }
            }
            long start = System.nanoTime();
            end = stream.finish();
            nanos += System.nanoTime() - start;
        }
        long start = System.nanoTime();
        Verdict whole = guard.check(Exchange.of(pair.instruction(), pair.response()));
        long wholeNanos = System.nanoTime() - start;
        double last = end.verdict().orElseThrow().probability();
        if (last != whole.probability() && !end.stopped()) {
            throw new IllegalStateException("a stream ended with " + last + ", check says " + whole.probability());
        }
        return new Watched(
                pair,
                probabilities,
                tokens,
                last,
                end.tokensSeen(),
                end.tokensComputed(),
                nanos,
                counting,
                whole.windows().stream().mapToLong(Verdict.Window::tokens).sum(),
                wholeNanos);
    }
}
