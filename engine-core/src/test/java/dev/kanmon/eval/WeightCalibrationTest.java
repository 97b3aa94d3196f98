package dev.kanmon.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.engine.Goldens;
import dev.kanmon.engine.WeightMatrix;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WeightCalibrationTest {

    private static final Path BERT = Goldens.own("models/bert_a");

    private final List<Exchange> texts = IntStream.range(0, 80)
            .mapToObj(i -> Exchange.of("text number " + i * i + " of " + (char) ('a' + i % 26)))
            .toList();

    /** A threshold on which a text stands in f32 and in bf16, and below which it falls in int8. */
    @Test
    void addsExceptionsUntilNoVerdictFlips() throws IOException {
        double[] f32 = probabilities(WeightPlan.everywhere(WeightType.F32));
        double[] bf16 = probabilities(WeightPlan.everywhere(WeightType.BF16));
        double[] int8 = probabilities(WeightPlan.everywhere(WeightType.INT8));
        int text = IntStream.range(0, f32.length)
                .filter(i ->
                        int8[i] < f32[i] && Agreement.of(f32, bf16, f32[i], 0).flips() == 0)
                .findFirst()
                .orElseThrow();
        Set<String> heard = new HashSet<>();
        var result = WeightCalibration.run(
                plan -> guard(plan, f32[text]), texts, WeightType.INT8, 0, (what, done, total) -> {
                    assertTrue(done > 0 && done <= total, what + ": " + done + " of " + total);
                    heard.add(what);
                });
        assertTrue(result.without().flips() > 0, result.without()::toString);
        assertEquals(0, result.with().flips(), result.with()::toString);
        assertEquals(texts.size(), result.with().n());
        assertTrue(result.near() >= 64 && result.near() <= texts.size(), "near: " + result.near());
        assertFalse(result.exceptions().isEmpty());
        assertEquals(3 * 4 + 2, result.costs().size(), "three layers of four matrices, pooler and classifier");
        WeightPlan plan = WeightPlan.everywhere(WeightType.INT8);
        for (WeightMatrix matrix : result.exceptions()) {
            assertEquals(WeightType.BF16, matrix.type());
            plan = plan.with(matrix.pattern(), matrix.type());
        }
        assertEquals(result.with(), Agreement.of(f32, probabilities(plan), f32[text], 0), "the plan that was found");
        for (var cost : result.costs()) {
            boolean exception = result.exceptions().contains(cost.matrix());
            assertEquals(
                    exception ? WeightType.BF16 : WeightType.INT8, cost.matrix().type());
            assertTrue(heard.contains(cost.matrix().pattern() + " in int8"), heard::toString);
            double mean = cost.alone().meanDifference();
            assertTrue(mean > 0 && cost.meanSquare() >= mean * mean, cost::toString);
        }
    }

    @Test
    void needsNoExceptionsWhereNothingFlips() throws IOException {
        var result = WeightCalibration.run(
                plan -> guard(plan, 1), texts, WeightType.BF16, Agreement.UNDECIDED, (what, done, total) -> {});
        assertEquals(List.of(), result.exceptions());
        assertEquals(List.of(), result.costs());
        assertEquals(result.without(), result.with());
    }

    @Test
    void refusesWhatCannotBeCalibrated() {
        assertThrows(
                IllegalArgumentException.class,
                () -> WeightCalibration.run(plan -> guard(plan, 1), List.of(), WeightType.INT8, 0.03, (w, d, t) -> {}));
        assertThrows(
                IllegalArgumentException.class,
                () -> WeightCalibration.run(plan -> guard(plan, 1), texts, WeightType.F32, 0.03, (w, d, t) -> {}));
    }

    private static Guard guard(WeightPlan plan, double threshold) throws IOException {
        return Guard.load(BERT, GuardOptions.defaults().withWeights(plan).withThreshold(threshold));
    }

    private double[] probabilities(WeightPlan plan) throws IOException {
        List<Double> probabilities = new ArrayList<>();
        try (Guard guard = guard(plan, 0.5)) {
            guard.checkAll(texts).forEach(verdict -> probabilities.add(verdict.probability()));
        }
        return probabilities.stream().mapToDouble(p -> p).toArray();
    }
}
