package dev.kanmon.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BootstrapTest {
    private static final double EXACT = 1e-9;

    /** Scores of a model that is right more often than not, many of them equal. */
    private static double[] scores(boolean[] labels, double help, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] scores = new double[labels.length];
        Arrays.setAll(scores, i -> Math.min(1, random.nextInt(30) / 30.0 * (1 - help) + (labels[i] ? help : 0)));
        return scores;
    }

    private static boolean[] labels(int n, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        boolean[] labels = new boolean[n];
        for (int i = 0; i < n; i++) {
            labels[i] = random.nextInt(3) == 0;
        }
        return labels;
    }

    /** Counting draws gives what copying the rows gives. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aDrawOfCountsIsADrawOfRows(long seed) {
        boolean[] labels = labels(120, seed);
        double[] scores = scores(labels, 0.3, seed);
        int replicates = 40;
        SplittableRandom random = new SplittableRandom(seed);
        Map<Figure, double[]> drawn = new EnumMap<>(Figure.class);
        for (int r = 0; r < replicates; r++) {
            double[] p = new double[labels.length];
            boolean[] y = new boolean[labels.length];
            for (int i = 0; i < p.length; i++) {
                int row = random.nextInt(p.length);
                p[i] = scores[row];
                y[i] = labels[row];
            }
            Metrics metrics = Metrics.of(p, y, 0.4);
            for (Figure figure : Figure.values()) {
                drawn.computeIfAbsent(figure, _ -> new double[replicates])[r] =
                        figure.of(metrics).getAsDouble();
            }
        }
        Map<Figure, Interval> intervals = new Bootstrap(replicates, 0.9, seed).intervals(scores, labels, 0.4);
        for (Figure figure : Figure.values()) {
            Interval expected = Interval.middle(drawn.get(figure), 0.9);
            assertEquals(expected.low(), intervals.get(figure).low(), EXACT, figure + ", seed " + seed);
            assertEquals(expected.high(), intervals.get(figure).high(), EXACT, figure + ", seed " + seed);
        }
    }

    /** numpy.percentile([3, 1, 2, 4], [5, 95]) is [1.15, 3.85]. */
    @Test
    void percentilesAreNumpys() {
        Interval interval = Interval.middle(new double[] {3, 1, 2, 4}, 0.9);
        assertEquals(1.15, interval.low(), EXACT);
        assertEquals(3.85, interval.high(), EXACT);
        assertEquals(new Interval(7, 7), Interval.middle(new double[] {7}, 0.95));
    }

    /** Of a share the interval is the binomial's: 0.8 of 400 rows, standard error 0.02. */
    @Test
    void theIntervalOfAShareIsAsWideAsItsStandardErrorSays() {
        boolean[] labels = new boolean[400];
        double[] scores = new double[400];
        Arrays.fill(labels, true);
        Arrays.setAll(scores, i -> i % 5 == 0 ? 0.1 : 0.9);
        Map<Figure, Interval> intervals = Bootstrap.of(4000, 7).intervals(scores, labels, 0.5);
        Interval recall = intervals.get(Figure.RECALL);
        assertEquals(0.8 - 1.96 * 0.02, recall.low(), 0.004, "seed 7");
        assertEquals(0.8 + 1.96 * 0.02, recall.high(), 0.004, "seed 7");
        assertFalse(intervals.containsKey(Figure.AUROC), "one class has no ranking");
        assertEquals(intervals, Bootstrap.of(4000, 7).intervals(scores, labels, 0.5), "the same seed");
        assertTrue(Bootstrap.of(10, 1)
                .intervals(new double[0], new boolean[0], 0.5)
                .isEmpty());
        assertThrows(IllegalArgumentException.class, () -> Bootstrap.of(0, 1));
    }

    @Test
    void aBetterModelIsFoundAndAnEqualOneIsNot() {
        boolean[] labels = labels(600, 5);
        double[] good = scores(labels, 0.5, 6);
        double[] poor = scores(labels, 0.1, 7);
        Bootstrap bootstrap = Bootstrap.of(999, 8);
        Bootstrap.Difference better =
                bootstrap.differences(good, 0.5, poor, 0.5, labels).get(Figure.AUPRC);
        double expected = Metrics.of(good, labels, 0.5).auprc().getAsDouble()
                - Metrics.of(poor, labels, 0.5).auprc().getAsDouble();
        assertEquals(expected, better.value(), EXACT);
        assertTrue(better.interval().low() > 0 && better.interval().low() < expected, better.toString());
        assertEquals(2.0 / 1000, better.p(), EXACT, "no draw is beyond 0, the rows themselves are one draw more");
        Bootstrap.Difference worse =
                bootstrap.differences(poor, 0.5, good, 0.5, labels).get(Figure.AUPRC);
        assertEquals(-better.value(), worse.value(), EXACT);
        assertEquals(-better.interval().low(), worse.interval().high(), EXACT, "the same draws");
        Bootstrap.Difference same =
                bootstrap.differences(good, 0.5, good, 0.5, labels).get(Figure.F1);
        assertEquals(new Bootstrap.Difference(0, new Interval(0, 0), 1), same);
        // The same scores at another threshold: nothing of the ranking differs, the decisions do.
        Map<Figure, Bootstrap.Difference> moved = bootstrap.differences(good, 0.5, good, 0.9, labels);
        assertEquals(0, moved.get(Figure.AUPRC).value());
        assertTrue(moved.get(Figure.RECALL).value() > 0);
    }

    /** R: binom.test(2, 12)$p.value is 0.03857422; binom.test(9, 20)$p.value 0.8238029. */
    @ParameterizedTest
    @CsvSource({"10, 2, 0.03857421875", "2, 10, 0.03857421875", "9, 11, 0.8238029479980469", "6, 6, 1", "0, 0, 1"})
    void mcNemarIsTheBinomialTest(int b, int c, double p) {
        assertEquals(p, McNemar.twoSided(b, c), 1e-12);
    }

    /** Against the sum in whole numbers, and far out in the tail. */
    @Test
    void mcNemarInWholeNumbers() {
        for (int b = 0; b <= 60; b += 7) {
            for (int c = 0; c <= 60; c += 5) {
                var tail = BigInteger.ZERO;
                var choose = BigInteger.ONE;
                for (int k = 0; k <= Math.min(b, c); k++) {
                    tail = tail.add(choose);
                    choose = choose.multiply(BigInteger.valueOf(b + c - k)).divide(BigInteger.valueOf(k + 1));
                }
                double expected = Math.min(1, 2 * tail.doubleValue() / Math.pow(2, b + c));
                assertEquals(expected, McNemar.twoSided(b, c), 1e-11 * expected, b + " and " + c);
            }
        }
        assertEquals(1, McNemar.twoSided(2000, 2000));
        double p = McNemar.twoSided(1400, 1700);
        assertTrue(p > 6e-8 && p < 9e-8, "found " + p + ", the normal distribution says about 7.5e-8");
    }

    @Test
    void mcNemarCountsWhoIsRightAlone() {
        McNemar test = McNemar.of(
                new boolean[] {true, true, false, false, true},
                new boolean[] {true, false, true, false, false},
                new boolean[] {true, true, false, true, false});
        assertEquals(new McNemar(2, 1, 1), test);
    }
}
