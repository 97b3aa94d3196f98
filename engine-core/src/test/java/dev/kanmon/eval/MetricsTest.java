package dev.kanmon.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetricsTest {

    private static final double EXACT = 1e-12;

    @Test
    void byHand() {
        Metrics m = Metrics.of(
                new double[] {0.9, 0.8, 0.7, 0.6, 0.4, 0.1},
                new boolean[] {true, false, true, true, false, false},
                0.65);
        assertEquals(6, m.n());
        assertEquals(3, m.harmful());
        assertEquals(2 / 3.0, m.precision().getAsDouble(), EXACT);
        assertEquals(2 / 3.0, m.recall().getAsDouble(), EXACT);
        assertEquals(2 / 3.0, m.f1().getAsDouble(), EXACT);
        assertEquals(1 / 3.0, m.falsePositiveRate().getAsDouble(), EXACT);
        assertEquals((1 + 2 / 3.0 + 3 / 4.0) / 3, m.auprc().getAsDouble(), EXACT);
        assertEquals(7 / 9.0, m.auroc().getAsDouble(), EXACT);
        assertEquals(1 / 3.0, m.recallAtOnePercentFpr().getAsDouble(), EXACT);
    }

    @Test
    void whatOneClassLeavesUndefinedIsEmpty() {
        Metrics harmful = Metrics.of(new double[] {0.9, 0.2}, new boolean[] {true, true}, 0.5);
        assertEquals(0.5, harmful.recall().getAsDouble());
        assertEquals(2 / 3.0, harmful.f1().getAsDouble(), EXACT);
        assertTrue(harmful.auprc().isEmpty()
                && harmful.auroc().isEmpty()
                && harmful.falsePositiveRate().isEmpty());
        Metrics harmless = Metrics.of(new double[] {0.9, 0.2}, new boolean[] {false, false}, 0.5);
        assertEquals(0.5, harmless.falsePositiveRate().getAsDouble());
        assertTrue(harmless.recall().isEmpty()
                && harmless.f1().isEmpty()
                && harmless.recallAtOnePercentFpr().isEmpty());
        Metrics silent = Metrics.of(new double[] {0.1, 0.2}, new boolean[] {true, false}, 0.5);
        assertEquals(0, silent.f1().getAsDouble());
        assertEquals(0, silent.precision().getAsDouble());
        assertTrue(Metrics.of(new double[0], new boolean[0], 0.5)
                .calibrationError()
                .isEmpty());
        assertThrows(IllegalArgumentException.class, () -> Metrics.of(new double[1], new boolean[2], 0.5));
    }

    /** Against the definitions, counted pair by pair and threshold by threshold, with many equal scores. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void againstTheDefinitions(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int n = 300;
        double[] p = new double[n];
        boolean[] y = new boolean[n];
        for (int i = 0; i < n; i++) {
            y[i] = random.nextInt(3) == 0;
            p[i] = Math.min(1, random.nextInt(40) / 40.0 + (y[i] ? 0.1 : 0));
        }
        Metrics m = Metrics.of(p, y, 0.5);
        double wins = 0;
        double pairs = 0;
        double averagePrecision = 0;
        double best = 0;
        for (int i = 0; i < n; i++) {
            int above = 0;
            int harmfulAbove = 0;
            int negatives = 0;
            int positives = 0;
            for (int j = 0; j < n; j++) {
                above += p[j] >= p[i] ? 1 : 0;
                harmfulAbove += p[j] >= p[i] && y[j] ? 1 : 0;
                negatives += y[j] ? 0 : 1;
                positives += y[j] ? 1 : 0;
                if (y[i] && !y[j]) {
                    pairs++;
                    wins += p[i] > p[j] ? 1 : p[i] == p[j] ? 0.5 : 0;
                }
            }
            if (y[i]) {
                averagePrecision += (double) harmfulAbove / above / positives;
            }
            if (above - harmfulAbove <= 0.01 * negatives) {
                best = Math.max(best, (double) harmfulAbove / positives);
            }
        }
        assertEquals(wins / pairs, m.auroc().getAsDouble(), 1e-9, "AUROC, seed " + seed);
        assertEquals(averagePrecision, m.auprc().getAsDouble(), 1e-9, "average precision, seed " + seed);
        assertEquals(best, m.recallAtOnePercentFpr().getAsDouble(), 1e-9, "TPR at 1 % FPR, seed " + seed);
    }

    @Test
    void calibrationErrorIsTheGapInEachBin() {
        Metrics m = Metrics.of(new double[] {0.5, 0.5, 0.99, 1.0}, new boolean[] {true, false, true, true}, 0.5);
        assertEquals((0 + 0.01) / 4, m.calibrationError().getAsDouble(), EXACT);
    }

    /** The examples in scikit-learn's documentation of average_precision_score, roc_auc_score and brier_score_loss. */
    @Test
    void asScikitLearnSays() {
        Metrics m = Metrics.of(new double[] {0.1, 0.4, 0.35, 0.8}, new boolean[] {false, false, true, true}, 0.5);
        assertEquals(5 / 6.0, m.auprc().getAsDouble(), EXACT);
        assertEquals(0.75, m.auroc().getAsDouble(), EXACT);
        Metrics brier = Metrics.of(new double[] {0.1, 0.9, 0.8, 0.3}, new boolean[] {false, true, true, false}, 0.5);
        assertEquals(0.0375, brier.brier().getAsDouble(), EXACT);
    }

    /** Equal scores are one step of the curve, whatever the order of their labels. */
    @Test
    void tiesAreOneStep() {
        Metrics m =
                Metrics.of(new double[] {0.5, 0.5, 0.5, 0.5, 0.2}, new boolean[] {true, false, true, false, true}, 0.5);
        assertEquals((0.5 * 2 + 0.6) / 3, m.auprc().getAsDouble(), EXACT);
        assertEquals(1 / 3.0, m.auroc().getAsDouble(), EXACT);
        assertEquals(0, m.recallAtOnePercentFpr().getAsDouble(), "no threshold parts them");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN, Double.POSITIVE_INFINITY})
    void whatIsNoProbabilityIsRefused(double p) {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> Metrics.of(new double[] {0.5, p}, new boolean[] {true, false}, 0.5))
                .getMessage();
        assertTrue(message.startsWith("row 1: found " + p), message);
    }
}
