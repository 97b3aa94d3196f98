package dev.kanmon.llama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.augment.Sampling;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplerTest {
    private static final int DRAWS = 40_000;

    /** The cuts and the temperature over a whole sorted vocabulary, as they are described. */
    private static double[] expected(float[] logits, Sampling sampling) {
        var order = IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(i -> -logits[i]))
                .mapToInt(i -> i)
                .toArray();
        int kept = sampling.topK() == 0 ? order.length : Math.min(order.length, sampling.topK());
        double total = 0;
        for (int i = 0; i < kept; i++) {
            total += Math.exp(logits[order[i]]);
        }
        double sum = 0;
        int count = 0;
        while (count < kept && (count == 0 || sum < sampling.topP() * total)) {
            sum += Math.exp(logits[order[count++]]);
        }
        double least = sampling.minP() * Math.exp(logits[order[0]]);
        while (count > 1 && Math.exp(logits[order[count - 1]]) < least) {
            count--;
        }
        var p = new double[logits.length];
        for (int i = 0; i < count; i++) {
            p[order[i]] = Math.exp(logits[order[i]] / sampling.temperature());
        }
        double all = Arrays.stream(p).sum();
        return Arrays.stream(p).map(v -> v / all).toArray();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 0, 0, 1",
        "0.7, 1, 0, 0, 1",
        "2, 1, 0, 0, 1",
        "1, 0.9, 0, 0, 1",
        "1, 0.5, 0, 0, 1",
        "1.5, 1, 5, 0, 1",
        "1, 1, 0, 0.1, 1",
        "1, 1, 1, 0, 1",
        "0.8, 0.8, 12, 0.02, 1",
        "1, 0.999, 0, 0, 8",
        "1, 1, 40, 0, 8",
        "1, 0.95, 0, 0, 0",
        "3, 0.99, 30, 1e-9, 8"
    })
    void drawsHaveTheFrequenciesOfTheDefinition(double temperature, double topP, int topK, double minP, double spread) {
        var random = new Random(7);
        var logits = new float[60];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) (spread * 2 * random.nextGaussian()) + 3;
        }
        var sampling = Sampling.defaults()
                .withTemperature(temperature)
                .withTopP(topP)
                .withTopK(topK)
                .withMinP(minP)
                .withSeed(5);
        var p = expected(logits, sampling);
        if (spread == 0) {
            // All alike: which of them are kept is decided by their number.
            Arrays.fill(p, 57, 60, 0);
            Arrays.fill(p, 0, 57, 1 / 57.0);
        }
        var sampler = new Sampler(sampling);
        var counts = new int[logits.length];
        for (int n = 0; n < DRAWS; n++) {
            counts[sampler.draw(logits)]++;
        }
        for (int i = 0; i < counts.length; i++) {
            // Five standard deviations: a false alarm once in a million tokens.
            double bound = 5 * Math.sqrt(DRAWS * p[i] * (1 - p[i]));
            int at = i;
            assertTrue(
                    Math.abs(counts[i] - DRAWS * p[i]) <= bound + (p[i] > 0 ? 1 : 0),
                    () -> sampling + ": token " + at + " drawn " + counts[at] + " times, expected " + DRAWS * p[at]
                            + " within " + bound);
        }
    }

    @Test
    void zeroTemperatureTakesTheFirstOfTheLikeliest() {
        var sampler = new Sampler(Sampling.defaults().withTemperature(0));
        assertEquals(2, sampler.draw(new float[] {-1, 3, 4, 4, Float.NEGATIVE_INFINITY}));
    }

    @Test
    void neighbouringSeedsHaveNothingInCommon() {
        var logits = new float[1000];
        long different = IntStream.range(0, 100)
                .map(seed -> new Sampler(Sampling.defaults().withSeed(seed)).draw(logits))
                .distinct()
                .count();
        assertTrue(different > 80, () -> "100 seeds drew " + different + " first tokens of 1,000");
    }
}
