package dev.kanmon.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.train.TrainOptions.Loss;
import dev.kanmon.train.TrainOptions.Loss.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LossesTest {

    private static final float[][] LOGITS = {{1, 3}, {0.5f, -1.5f}, {-2, 0.25f}};

    private static Example row(Integer harmful, Double teacher, double weight) {
        return new Example(
                "text",
                "",
                harmful == null ? OptionalInt.empty() : OptionalInt.of(harmful),
                teacher == null ? OptionalDouble.empty() : OptionalDouble.of(teacher),
                "",
                weight);
    }

    private static double sum(Loss options, List<Example> rows, float[][] logits) {
        Losses losses = new Losses(options, rows);
        double sum = 0;
        for (int i = 0; i < logits.length; i++) {
            sum += losses.of(rows.get(i), logits[i], new float[2]);
        }
        return sum;
    }

    /** A row by hand: of logits 0, 0 cross-entropy is ln 2, and the divergence ln 2 less the entropy of the target. */
    @Test
    void aRowByHand() {
        float[][] even = {{0, 0}};
        double entropy = -(0.8 * Math.log(0.8) + 0.2 * Math.log(0.2));
        assertEquals(Math.log(2), sum(new Loss(Kind.CE, 0, 1, 1, 2), List.of(row(1, null, 1)), even), 1e-12);
        assertEquals(Math.log(2) - entropy, sum(new Loss(Kind.KL, 0, 1, 1, 2), List.of(row(1, 0.8, 1)), even), 1e-12);
        assertEquals(
                Math.log(2) / 4,
                sum(new Loss(Kind.FOCAL, 0, 1, 1, 2), List.of(row(0, null, 1)), even),
                1e-12,
                "(1-½)²");
        float[] gradient = new float[2];
        new Losses(new Loss(Kind.KL, 0, 1, 1, 2), List.of(row(1, 0.8, 1))).of(row(1, 0.8, 1), even[0], gradient);
        assertEquals(-0.3f, gradient[1], "softmax less target");
        assertEquals(0.3f, gradient[0]);
    }

    /** A step of three rows by the formulas of torch's documentation, in Python's doubles. */
    @ParameterizedTest
    @CsvSource({
        "CE, 0, 1, 1, 0.44453923216779756",
        "CE, 0, 1.5, 0.75, 0.49747443568860167",
        "CE, 0.1, 1.5, 0.75, 0.5439158416010904",
        "KL, 0.1, 1.5, 0.75, 0.30524135271138936",
        "CE_KL, 0.1, 1.5, 0.75, 0.4245785971562399",
        "FOCAL, 0, 1, 1, 0.27631614447793024"
    })
    void aStepByTheFormulas(Kind kind, double smoothing, double safe, double harmful, double expected) {
        List<Example> rows = List.of(row(1, 0.25, 1), row(0, 0.1, 2), row(0, 0.9, 0.5));
        assertEquals(expected, sum(new Loss(kind, smoothing, safe, harmful, 2), rows, LOGITS), 1e-12);
    }

    @Test
    void aRowIsLearnedFromWithWhatItHas() {
        Loss both = new Loss(Kind.CE_KL, 0, 1, 1, 2);
        float[][] one = {LOGITS[0]};
        double label = sum(new Loss(Kind.CE, 0, 1, 1, 2), List.of(row(1, null, 1)), one);
        double teacher = sum(new Loss(Kind.KL, 0, 1, 1, 2), List.of(row(null, 0.25, 1)), one);
        assertEquals(label, sum(both, List.of(row(1, null, 1)), one), 1e-12, "a label alone counts in full");
        assertEquals(teacher, sum(both, List.of(row(null, 0.25, 1)), one), 1e-12, "so does a teacher");
        assertEquals((label + teacher) / 2, sum(both, List.of(row(1, 0.25, 1)), one), 1e-12);
        assertEquals(label, sum(new Loss(Kind.KL, 0, 1, 1, 2), List.of(row(1, null, 1)), one), 1e-12);
        assertEquals(teacher, sum(new Loss(Kind.FOCAL, 0, 1, 1, 2), List.of(row(null, 0.25, 1)), one), 1e-12);
    }

    /** Central differences of the double-precision loss, on rows that mix every kind of target. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void gradientsAreThoseOfCentralDifferences(Kind kind) {
        Random random = new Random(7);
        List<Example> rows = new ArrayList<>();
        float[][] logits = new float[40][2];
        for (float[] z : logits) {
            z[0] = (float) random.nextGaussian(0, 2);
            z[1] = (float) random.nextGaussian(0, 2);
            Integer label = random.nextInt(4) == 0 ? null : Integer.valueOf(random.nextInt(2));
            double[] certain = {0, 1, random.nextDouble(), random.nextDouble()};
            Double teacher =
                    label != null && random.nextInt(3) == 0 ? null : Double.valueOf(certain[random.nextInt(4)]);
            rows.add(row(label, teacher, 0.25 + random.nextDouble()));
        }
        Loss options = new Loss(kind, kind == Kind.FOCAL ? 0 : 0.2, 0.7, 1.6, 1.5);
        Losses losses = new Losses(options, rows);
        float step = 1f / 256; // exact, so the points are where they should be
        for (int i = 0; i < rows.size(); i++) {
            float[] gradient = new float[2];
            losses.of(rows.get(i), logits[i], gradient);
            for (int k = 0; k < 2; k++) {
                float[] up = logits[i].clone();
                float[] down = logits[i].clone();
                up[k] += step;
                down[k] -= step;
                double difference =
                        (losses.of(rows.get(i), up, new float[2]) - losses.of(rows.get(i), down, new float[2]))
                                / ((double) up[k] - down[k]);
                // the third derivative is below 1 a row, so the difference is off by less than step² / 6
                double bound = step * step * rows.get(i).weight() / 6 + 1e-7;
                assertEquals(difference, gradient[k], bound, kind + ", row " + i + " " + rows.get(i) + ", logit " + k);
            }
        }
    }

    @Test
    void staysFiniteWhereALogitIsFarAway() {
        float[] gradient = new float[2];
        for (Kind kind : Kind.values()) {
            Example wrong = row(0, 0.0, 1);
            double loss =
                    new Losses(new Loss(kind, 0, 1, 1, 2), List.of(wrong)).of(wrong, new float[] {-500, 500}, gradient);
            assertEquals(1000, loss, 1e-9, kind::toString);
            assertTrue(Math.abs(gradient[0]) <= 1 && gradient[0] == -gradient[1], kind::toString);
        }
        assertEquals(0.8807970779778823, Losses.probability(new float[] {1, 3}), 1e-15);
    }

    @Test
    void refusesOptionsThatMeanNothing() {
        assertThrows(IllegalArgumentException.class, () -> new Loss(Kind.FOCAL, 0.1, 1, 1, 2));
        assertThrows(IllegalArgumentException.class, () -> new Loss(Kind.CE, 1, 1, 1, 2));
        assertThrows(IllegalArgumentException.class, () -> new Loss(Kind.CE, 0, 0, 1, 2));
    }
}
