package dev.kanmon.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TemperatureScalingTest {

    /** Labels drawn from the probabilities of a known temperature: it is found again, and no other is better. */
    @ParameterizedTest
    @ValueSource(doubles = {0.4, 1, 2.5, 6})
    void theTemperatureThatTheLabelsWereDrawnWith(double drawnWith) {
        SplittableRandom random = new SplittableRandom(11);
        int n = 20_000;
        double[] gaps = new double[n];
        boolean[] labels = new boolean[n];
        for (int i = 0; i < n; i++) {
            gaps[i] = random.nextDouble(-6, 6) * drawnWith;
            labels[i] = random.nextDouble() < 1 / (1 + Math.exp(-gaps[i] / drawnWith));
        }
        TemperatureScaling fit = TemperatureScaling.fit((row, t) -> gaps[row] / t, labels, 1);
        double found = fit.temperature().getAsDouble();
        assertEquals(drawnWith, found, 0.04 * drawnWith, "seed 11");
        assertFalse(fit.atLimit());
        assertTrue(fit.after() <= fit.before(), fit.toString());
        assertEquals(loss(gaps, labels, found), fit.after(), 1e-12);
        assertEquals(loss(gaps, labels, 1), fit.before(), 1e-12);
        for (double factor : new double[] {0.5, 0.98, 0.999, 1.001, 1.02, 2}) {
            assertTrue(
                    loss(gaps, labels, found * factor) >= fit.after() - 1e-9,
                    found * factor + " is better than " + found);
        }
    }

    /** Two rows right and one wrong, all equally far: P = 2/3 at gap 1, so the temperature is 1 / ln 2. */
    @Test
    void byHand() {
        double[] gaps = {1, -1, 1};
        TemperatureScaling fit =
                TemperatureScaling.fit((row, t) -> gaps[row] / t, new boolean[] {true, false, false}, 1);
        assertEquals(1 / Math.log(2), fit.temperature().getAsDouble(), 1e-3);
    }

    @Test
    void whatHasNoValleySaysSo() {
        double[] gaps = {3, 2, -1, -2};
        TemperatureScaling perfect =
                TemperatureScaling.fit((row, t) -> gaps[row] / t, new boolean[] {true, true, false, false}, 1);
        assertTrue(perfect.atLimit(), perfect.toString());
        assertEquals(TemperatureScaling.LOWEST, perfect.temperature().getAsDouble(), 1e-4);
        TemperatureScaling reversed =
                TemperatureScaling.fit((row, t) -> gaps[row] / t, new boolean[] {false, false, true, true}, 1);
        assertTrue(reversed.atLimit(), reversed.toString());
        TemperatureScaling regression =
                TemperatureScaling.fit((row, _) -> gaps[row], new boolean[] {true, false, false, true}, 1);
        assertEquals(OptionalDouble.empty(), regression.temperature());
        assertThrows(
                IllegalArgumentException.class,
                () -> TemperatureScaling.fit((row, t) -> gaps[row] / t, new boolean[0], 1));
    }

    /** A few confident mistakes must not be worth a temperature at the limit: their loss has no ceiling. */
    @Test
    void confidentMistakesCount() {
        int n = 1000;
        boolean[] labels = new boolean[n];
        double[] gaps = new double[n];
        for (int i = 0; i < n; i++) {
            labels[i] = i % 2 == 0;
            gaps[i] = (labels[i] ? 1 : -1) * (i % 250 == 0 ? -12 : 12);
        }
        TemperatureScaling fit = TemperatureScaling.fit((row, t) -> gaps[row] / t, labels, 1);
        assertEquals(12 / Math.log(996 / 4.0), fit.temperature().getAsDouble(), 1e-3);
    }

    private static double loss(double[] gaps, boolean[] labels, double temperature) {
        double sum = 0;
        for (int i = 0; i < gaps.length; i++) {
            sum += Math.log1p(Math.exp((labels[i] ? -gaps[i] : gaps[i]) / temperature));
        }
        return sum / gaps.length;
    }
}
