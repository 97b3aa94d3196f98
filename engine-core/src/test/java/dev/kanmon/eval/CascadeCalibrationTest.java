package dev.kanmon.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Cascade.Band;
import dev.kanmon.eval.CascadeCalibration.Figures;
import dev.kanmon.eval.CascadeCalibration.Spread;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CascadeCalibrationTest {

    /** Ten rows, whose order the large guard would change at 0.7 and at 0.3 to 0.2. */
    private static final double[] P = {0.95, 0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1, 0.05};

    private static final boolean[] Y = {true, true, true, false, true, true, false, true, false, false};

    private static CascadeCalibration find(double[] small, boolean[] large, double wished) {
        return CascadeCalibration.of(small, large, wished, Optional.empty());
    }

    @ParameterizedTest
    @CsvSource({
        // no error: 0.7 down to 0.2 are asked about
        "0, 0.15, 0.75, 5, 0, 0",
        "0.09, 0.15, 0.75, 5, 0, 0",
        // one: the false alarm at 0.7 frees three more rows than the miss at 0.2 would
        "0.1, 0.15, 0.35, 8, 0, 1",
        // two: a cut at 0.15 or at 0.35 would do, and the first has no miss
        "0.2, 0.15, 0.15, 10, 0, 2",
        "0.5, 0.15, 0.15, 10, 0, 2"
    })
    void bandsByHand(double wished, double low, double high, int bySmall, int misses, int falseAlarms) {
        CascadeCalibration found = find(P, Y, wished);
        assertEquals(new Figures(10, bySmall, misses, falseAlarms), found.figures());
        assertEquals(new Band(low, high), found.band());
        assertEquals(6, found.harmful());
        assertEquals(10, found.n());
    }

    @Test
    void nothingIsKnownBeyondTheRows() {
        double[] small = {0.3, 0.5, 0.6};
        CascadeCalibration harmless = find(small, new boolean[3], 0);
        assertEquals(
                new Band(0.8, 1), harmless.band(), "harmless up to half-way between 0.6 and 1, above that who knows");
        assertEquals(new Figures(3, 3, 0, 0), harmless.figures());
        CascadeCalibration harmful = find(small, new boolean[] {true, true, true}, 0);
        assertEquals(new Band(0, 0.15), harmful.band());
        assertEquals(new Figures(3, 3, 0, 0), harmful.figures());
        CascadeCalibration wrongWayRound = find(new double[] {0.9, 0.1}, new boolean[] {false, true}, 0);
        assertEquals(new Band(0, 1), wrongWayRound.band());
        assertEquals(new Figures(2, 0, 0, 0), wrongWayRound.figures());
    }

    @Test
    void probabilitiesAtTheEndsAndNextToEachOther() {
        double next = Math.nextUp(0.5);
        Band between =
                find(new double[] {0.5, next}, new boolean[] {false, true}, 0).band();
        assertEquals(
                new Figures(2, 1, 0, 0),
                Figures.of(new double[] {0.5, next}, new boolean[] {false, true}, between),
                "no number lies between them, so one of them is the band: " + between);
        CascadeCalibration ends = find(new double[] {0, 1, 0, 1}, new boolean[] {false, true, false, true}, 0);
        assertEquals(new Figures(4, 4, 0, 0), ends.figures());
        CascadeCalibration certain = find(new double[] {1, 1}, new boolean[] {false, false}, 0);
        assertTrue(certain.band().contains(1), "nothing above is left to be undecided about");
    }

    /** Against every pair of cuts there is, with many equal scores. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void noBandAsksLess(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int n = 1 + random.nextInt(40);
        double[] small = new double[n];
        boolean[] large = new boolean[n];
        for (int i = 0; i < n; i++) {
            small[i] = random.nextInt(1 + random.nextInt(30)) / 29.0;
            large[i] = random.nextDouble() < 0.2 + 0.6 * small[i];
        }
        double[] cuts = Arrays.stream(small).distinct().sorted().toArray();
        for (double wished : new double[] {0, 0.03, 0.1, 0.2, 0.4}) {
            int budget = (int) Math.floor(wished * n + 1e-9);
            int most = -1;
            int fewestErrors = 0;
            for (int from = 0; from <= cuts.length; from++) {
                for (int to = from; to <= cuts.length; to++) {
                    // asked: the distinct probabilities number from … to - 1
                    int bySmall = 0;
                    int errors = 0;
                    for (int i = 0; i < n; i++) {
                        int place = Arrays.binarySearch(cuts, small[i]);
                        if (place < from || place >= to) {
                            bySmall++;
                            errors += (place >= to) != large[i] ? 1 : 0;
                        }
                    }
                    if (errors <= budget && (bySmall > most || bySmall == most && errors < fewestErrors)) {
                        most = bySmall;
                        fewestErrors = errors;
                    }
                }
            }
            CascadeCalibration found = find(small, large, wished);
            Figures figures = found.figures();
            String where = "seed " + seed + ", error " + wished + ", " + found;
            assertTrue(figures.misses() + figures.falseAlarms() <= budget, where);
            // probabilities at 0 and 1 can be inside a band that ends there though they need not
            int atEnds = 0;
            for (double p : small) {
                atEnds += (p == 0 || p == 1) && found.band().contains(p) ? 1 : 0;
            }
            assertTrue(figures.bySmall() <= most && figures.bySmall() + atEnds >= most, where + ", best " + most);
            if (figures.bySmall() == most) {
                assertEquals(fewestErrors, figures.misses() + figures.falseAlarms(), where);
            }
        }
    }

    /** Rows whose error is known: the large guard calls harmful with the small one's probability. */
    @Test
    void drawsSayWhatOtherRowsWouldShow() {
        SplittableRandom random = new SplittableRandom(20261122);
        double[] small = new double[4_000];
        boolean[] large = new boolean[small.length];
        for (int i = 0; i < small.length; i++) {
            double u = random.nextDouble();
            small[i] = u < 0.5 ? Math.pow(2 * u, 6) / 2 : 1 - Math.pow(2 * (1 - u), 6) / 2;
            large[i] = random.nextDouble() < small[i];
        }
        Optional<Bootstrap> bootstrap = Optional.of(Bootstrap.of(200, 7));
        CascadeCalibration found = CascadeCalibration.of(small, large, 0.02, bootstrap);
        Spread spread = found.spread().orElseThrow();
        assertTrue(found.figures().error() <= 0.02, found::toString);
        assertTrue(spread.error().low() <= spread.meanError()
                && spread.meanError() <= spread.error().high());
        assertTrue(spread.error().high() > 0.02, "other rows may have more errors than were allowed: " + found);
        assertEquals(0.02, spread.meanError(), 0.006, "and have about as many: " + found);
        assertTrue(
                spread.low().low() <= found.band().low()
                        && found.band().low() <= spread.low().high(),
                found::toString);
        assertTrue(
                spread.high().low() <= found.band().high()
                        && found.band().high() <= spread.high().high(),
                found::toString);
        assertTrue(spread.share().low() <= found.figures().share(), found::toString);
        assertEquals(found, CascadeCalibration.of(small, large, 0.02, bootstrap), "the seed decides");
    }

    @Test
    void refusals() {
        assertThrows(IllegalArgumentException.class, () -> find(new double[0], new boolean[0], 0.01));
        assertThrows(IllegalArgumentException.class, () -> find(P, new boolean[3], 0.01));
        assertThrows(IllegalArgumentException.class, () -> find(P, Y, 1));
        assertThrows(IllegalArgumentException.class, () -> find(P, Y, -0.1));
        assertThrows(IllegalArgumentException.class, () -> find(P, Y, Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> find(new double[] {1.5}, new boolean[] {true}, 0.01));
        assertFalse(
                find(new double[] {0.5}, new boolean[] {true}, 0.01).spread().isPresent());
        CascadeCalibration one =
                CascadeCalibration.of(new double[] {0.5}, new boolean[] {true}, 0, Optional.of(Bootstrap.of(10, 1)));
        assertTrue(one.spread().isEmpty(), "every draw has the only row");
    }
}
