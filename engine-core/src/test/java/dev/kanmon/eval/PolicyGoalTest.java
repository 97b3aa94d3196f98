package dev.kanmon.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyGoalTest {

    /** Eight rows: harmful ones at 0.9, 0.8, 0.6, 0.3; harmless ones at 0.7, 0.4, 0.2, 0.1. */
    private static final double[] P = {0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1};

    private static final boolean[] Y = {true, true, false, true, false, true, false, false};

    @ParameterizedTest
    @CsvSource({
        "recall:0.5, 0.75",
        "recall:0.51, 0.5",
        "recall:0.75, 0.5",
        "recall:1, 0.25",
        "f1, 0.25",
        "fpr:0, 0.75",
        "fpr:0.24, 0.75",
        "fpr:0.25, 0.5",
        "fpr:0.5, 0.25",
        "fpr:0.99, 0.15"
    })
    void thresholdsByHand(String goal, double threshold) {
        assertEquals(OptionalDouble.of(threshold), PolicyGoal.parse(goal).threshold(P, Y), goal);
    }

    @Test
    void whatCannotBeReachedIsEmpty() {
        boolean[] harmless = new boolean[P.length];
        boolean[] harmful = new boolean[P.length];
        Arrays.fill(harmful, true);
        assertTrue(PolicyGoal.parse("recall:0.1").threshold(P, harmless).isEmpty());
        assertTrue(PolicyGoal.parse("f1").threshold(P, harmless).isEmpty());
        assertTrue(PolicyGoal.parse("f1").threshold(P, harmful).isEmpty(), "anything would do");
        assertTrue(PolicyGoal.parse("fpr:0.01").threshold(P, harmful).isEmpty());
        double[] tied = {1, 1, 1, 0.5};
        assertTrue(
                PolicyGoal.parse("fpr:0.4")
                        .threshold(tied, new boolean[] {true, true, false, false})
                        .isEmpty(),
                "the highest score is shared with half of the harmless rows");
        assertTrue(
                PolicyGoal.parse("f1").threshold(new double[0], new boolean[0]).isEmpty());
    }

    /** Against every threshold there is, with many equal scores and some next to each other. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void againstEveryThreshold(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int n = 150;
        double[] p = new double[n];
        boolean[] y = new boolean[n];
        for (int i = 0; i < n; i++) {
            y[i] = random.nextInt(3) == 0;
            p[i] = Math.min(1, random.nextInt(30) / 30.0 + (y[i] ? 0.2 : 0));
            p[i] = random.nextInt(4) == 0 ? Math.nextDown(p[i]) : p[i];
            p[i] = Math.max(0, p[i]);
        }
        for (double share : new double[] {0.01, 0.05, 0.3, 0.5, 0.8, 0.95, 0.99}) {
            double recall = new PolicyGoal.Recall(share).threshold(p, y).getAsDouble();
            double fpr = new PolicyGoal.FalsePositiveRate(share).threshold(p, y).orElse(1.5);
            double f1 = new PolicyGoal.BestF1().threshold(p, y).getAsDouble();
            double bestF1 = Metrics.of(p, y, f1).f1().getAsDouble();
            String what = "share " + share + ", seed " + seed;
            assertTrue(Metrics.of(p, y, recall).recall().getAsDouble() >= share, what);
            assertTrue(Metrics.of(p, y, fpr).falsePositiveRate().getAsDouble() <= share, what);
            for (double other : p) {
                Metrics metrics = Metrics.of(p, y, other);
                assertTrue(metrics.f1().getAsDouble() <= bestF1, what);
                assertTrue(
                        metrics.recall().getAsDouble() < share || other < recall || sameFlags(p, other, recall),
                        () -> what + ": " + other + " is higher than " + recall);
                assertTrue(
                        metrics.falsePositiveRate().getAsDouble() > share || other >= fpr || sameFlags(p, other, fpr),
                        () -> what + ": " + other + " is lower than " + fpr);
            }
        }
    }

    private static boolean sameFlags(double[] p, double one, double other) {
        return Arrays.stream(p).allMatch(x -> x >= one == x >= other);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "f1:0.5",
                "recall",
                "recall:",
                "recall:high",
                "recall:0",
                "recall:1.01",
                "fpr:1",
                "fpr:-0.1",
                "fpr:NaN",
                "precision:0.9",
                ":0.5"
            })
    void whatIsNoGoalIsRefused(String text) {
        String message = assertThrows(IllegalArgumentException.class, () -> PolicyGoal.parse(text))
                .getMessage();
        assertTrue(message.contains("found") && message.contains("expected"), message);
    }

    @Test
    void goalsAreWrittenAsTheyAreRead() {
        for (String text : new String[] {"recall:0.95", "f1", "fpr:0.01"}) {
            assertEquals(text, PolicyGoal.parse(text).toString());
        }
    }
}
