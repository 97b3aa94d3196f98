package dev.kanmon.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.train.TrainOptions.Sampling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanTest {

    private final List<Lesson> rows = new ArrayList<>();

    private void add(int count, String source, int label) {
        Random random = new Random(count);
        for (int i = 0; i < count; i++) {
            rows.add(new Lesson(
                    new Example("row " + rows.size(), "", OptionalInt.of(label), OptionalDouble.empty(), source, 1),
                    TokenSequence.of(new int[1 + random.nextInt(100)])));
        }
    }

    private static List<Lesson> epoch(Plan plan, long epoch) {
        List<Lesson> all = new ArrayList<>();
        for (long step = 0; step < plan.stepsPerEpoch(); step++) {
            all.addAll(plan.step(epoch * plan.stepsPerEpoch() + step));
        }
        return all;
    }

    @ParameterizedTest
    @CsvSource({"4, 1, 1", "4, 3, 1", "7, 2, 5", "100, 1, 1", "1, 1, 4"})
    void eachRowOnceAnEpochInANewOrder(int batch, int accumulation, int pool) {
        add(41, "a", 0);
        Plan plan = new Plan(new Sampling(batch, accumulation, false, false, 1, Map.of(), pool), rows, 5);
        List<Lesson> first = epoch(plan, 0);
        List<Lesson> second = epoch(plan, 1);
        assertEquals(41, first.size());
        assertEquals(new HashSet<>(rows), new HashSet<>(first));
        assertEquals(new HashSet<>(rows), new HashSet<>(second));
        assertNotEquals(first, second);
    }

    @Test
    void isAFunctionOfTheStepAlone() {
        add(50, "a", 0);
        add(20, "b", 1);
        Sampling sampling = new Sampling(4, 2, true, true, 0.5, Map.of("a", 2.0), 3);
        Plan through = new Plan(sampling, rows, 5);
        List<List<Lesson>> steps = new ArrayList<>();
        for (long step = 0; step < 3 * through.stepsPerEpoch(); step++) {
            steps.add(through.step(step));
        }
        for (int step : new int[] {0, 7, 8, 9, 20, 26}) {
            assertEquals(steps.get(step), new Plan(sampling, rows, 5).step(step), "step " + step);
        }
        assertNotEquals(steps.getFirst(), new Plan(sampling, rows, 6).step(0), "another seed");
    }

    /** 400 safe rows of a, and 100 of a, 64 of b and 36 of c that are harmful. */
    @ParameterizedTest
    @CsvSource({
        "false, false, 1, a0+a1+b1+c1=600",
        "true, false, 1, a0=300 a1+b1+c1=300",
        "false, true, 0, a0+a1=200 b1=200 c1=200",
        "false, true, 1, a0+a1=500 b1=64 c1=36",
        "true, true, 0, a0=300 a1=100 b1=100 c1=100",
        "true, true, 0.5, a0=300 a1=125 b1=100 c1=75",
        "true, true, 1, a0=300 a1=150 b1=96 c1=54"
    })
    void drawsByShares(boolean byClass, boolean bySource, double power, String expected) {
        add(400, "a", 0);
        add(100, "a", 1);
        add(64, "b", 1);
        add(36, "c", 1);
        Plan plan = new Plan(new Sampling(10, 1, byClass, bySource, power, Map.of(), 1), rows, 5);
        Map<String, Integer> counts = new HashMap<>();
        for (Lesson row : epoch(plan, 3)) {
            counts.merge(row.example().source() + row.example().label(), 1, Integer::sum);
        }
        for (String sum : expected.split(" ")) {
            String[] sides = sum.split("=");
            int found = Stream.of(sides[0].split("\\+")).mapToInt(counts::get).sum();
            assertEquals(Integer.parseInt(sides[1]), found, sides[0] + " of " + counts);
        }
    }

    @Test
    void aGroupGoesThroughAllItsRowsBeforeOneComesAgain() {
        add(30, "large", 0);
        add(10, "small", 1);
        Plan plan = new Plan(new Sampling(8, 1, true, false, 1, Map.of(), 1), rows, 1);
        Map<Lesson, Integer> seen = new HashMap<>();
        for (int epoch = 0; epoch < 3; epoch++) {
            epoch(plan, epoch).forEach(row -> seen.merge(row, 1, Integer::sum));
        }
        for (Map.Entry<Lesson, Integer> entry : seen.entrySet()) {
            boolean small = entry.getKey().example().source().equals("small");
            assertTrue(small ? entry.getValue() == 6 : entry.getValue() == 2, entry.toString());
        }
        assertEquals(40, seen.size());
    }

    @Test
    void aSourceCanBeDrawnMoreOftenOrNotAtAll() {
        add(60, "a", 0);
        add(30, "b", 0);
        add(10, "c", 1);
        Plan plan = new Plan(new Sampling(10, 1, false, false, 1, Map.of("b", 2.0, "c", 0.0), 1), rows, 5);
        assertEquals(
                50,
                epoch(plan, 0).stream()
                        .filter(row -> row.example().source().equals("b"))
                        .count());
        assertTrue(
                epoch(plan, 0).stream().noneMatch(row -> row.example().source().equals("c")));
        Sampling unknown = new Sampling(10, 1, false, false, 1, Map.of("d", 2.0), 1);
        String message = assertThrows(IllegalArgumentException.class, () -> new Plan(unknown, rows, 5))
                .getMessage();
        assertEquals("source d was given a weight, but has no row", message);
    }

    @Test
    void aPoolHasBatchesOfLikeLength() {
        add(400, "a", 0);
        Plan plain = new Plan(new Sampling(8, 1, false, false, 1, Map.of(), 1), rows, 5);
        Plan pooled = new Plan(new Sampling(8, 1, false, false, 1, Map.of(), 50), rows, 5);
        int plainSpread = 0;
        int pooledSpread = 0;
        for (int step = 0; step < 50; step++) {
            plainSpread += spread(plain.step(step));
            pooledSpread += spread(pooled.step(step));
        }
        assertTrue(pooledSpread <= 100, "lengths of 1 to 100 in 50 batches, one after the other: " + pooledSpread);
        assertTrue(plainSpread > 50 * 50, "of rows as they come: " + plainSpread);
    }

    private static int spread(List<Lesson> batch) {
        var lengths = batch.stream().mapToInt(Lesson::length).summaryStatistics();
        return lengths.getMax() - lengths.getMin();
    }

    @ParameterizedTest
    @CsvSource({"0.5 0.25 0.25, 10", "0.333 0.333 0.334, 100", "1 0, 7", "0.1 0.9, 1"})
    void apportionsAll(String shares, int total) {
        double[] parts = List.of(shares.split(" ")).stream()
                .mapToDouble(Double::parseDouble)
                .toArray();
        int[] counts = Plan.apportioned(parts, total);
        int sum = 0;
        for (int i = 0; i < counts.length; i++) {
            sum += counts[i];
            assertTrue(Math.abs(counts[i] - parts[i] * total) < 1, i + ": " + counts[i]);
        }
        assertEquals(total, sum);
    }
}
