package dev.kanmon.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.batch.TokenSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How sequences are laid into passes. */
class PassesTest {

    private static List<TokenSequence> sequences(int... lengths) {
        return Arrays.stream(lengths)
                .mapToObj(length -> TokenSequence.of(new int[length]))
                .toList();
    }

    private static int tokens(List<TokenSequence> sequences) {
        return sequences.stream().mapToInt(TokenSequence::length).sum();
    }

    /** Tokens of each pass. */
    private static List<Integer> passes(List<TokenSequence> sequences) {
        List<Integer> passes = new ArrayList<>();
        int left = tokens(sequences);
        for (int from = 0; from < sequences.size(); ) {
            int to = Passes.end(sequences, from, left);
            passes.add(tokens(sequences.subList(from, to)));
            left -= passes.getLast();
            from = to;
        }
        return passes;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void mixedTextsFillPassesEvenly(long seed) {
        List<TokenSequence> texts =
                sequences(new SplittableRandom(seed).ints(64, 8, 513).toArray());
        int tokens = tokens(texts);
        List<Integer> passes = passes(texts);
        assertEquals(tokens, passes.stream().mapToInt(p -> p).sum());
        assertTrue(passes.size() <= tokens / 2048 + 3, passes + " for " + tokens + " tokens");
        passes.forEach(pass -> assertTrue(pass <= 2048 && pass >= 1024, passes.toString()));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "2048, 2048",
        "2049, 2049",
        "3000 5, '3000, 5'",
        "1000 1000 100, '1000, 1100'",
        "512 512 512 512 8, '1024, 1032'",
        "1 1 5000 1 1, '2, 5000, 2'"
    })
    void passesOf(String lengths, String expected) {
        int[] each =
                Arrays.stream(lengths.split(" ")).mapToInt(Integer::parseInt).toArray();
        assertEquals("[" + expected + "]", passes(sequences(each)).toString());
    }

    @Test
    void theLongestSequencesComeFirst() {
        TokenBatch batch = TokenBatch.of(sequences(3, 9, 1, 9, 4));
        assertEquals(
                List.of(1, 3, 4, 0, 2),
                IntStream.range(0, 5).map(batch::longest).boxed().toList());
    }
}
