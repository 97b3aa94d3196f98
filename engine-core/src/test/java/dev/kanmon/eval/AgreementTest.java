package dev.kanmon.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class AgreementTest {

    @Test
    void countsFlipsBySideOfTheUndecidedBand() {
        double[] reference = {0.1, 0.9, 0.5, 0.52, 0.46875, 0.53125, 0.4};
        double[] actual = {0.2, 0.9, 0.49, 0.51, 0.5, 0.25, 0.55};
        Agreement agreement = Agreement.of(reference, actual, 0.5, 0.03125);
        assertEquals(7, agreement.n());
        assertEquals((0.1 + 0 + 0.01 + 0.01 + 0.03125 + 0.28125 + 0.15) / 7, agreement.meanDifference(), 1e-12);
        assertEquals(0.28125, agreement.largestDifference());
        assertEquals(3, agreement.flips(), "the edge of the band is decided");
        assertEquals(1, agreement.undecidedFlips());
        assertEquals(0.1, agreement.farthestFlip(), 1e-12);
    }

    @Test
    void nothingDiffersFromItself() {
        double[] probabilities = {0, 0.5, 1};
        assertEquals(new Agreement(3, 0, 0, 0, 0, 0), Agreement.of(probabilities, probabilities, 0.5, 0.03));
        assertEquals(new Agreement(0, 0, 0, 0, 0, 0), Agreement.of(new double[0], new double[0], 0.5, 0.03));
    }

    @Test
    void refusesListsOfDifferentLengths() {
        var refusal = assertThrows(
                IllegalArgumentException.class, () -> Agreement.of(new double[2], new double[3], 0.5, 0.03));
        assertEquals("found 2 and 3 probabilities, expected as many of both", refusal.getMessage());
    }
}
