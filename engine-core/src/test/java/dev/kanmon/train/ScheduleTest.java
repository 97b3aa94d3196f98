package dev.kanmon.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleTest {

    /** transformers' get_linear_schedule_with_warmup(10, 110) and its siblings, by their formulas. */
    @ParameterizedTest
    @CsvSource({
        "LINEAR, 0, 0",
        "LINEAR, 5, 0.5",
        "LINEAR, 10, 1",
        "LINEAR, 60, 0.5",
        "LINEAR, 109, 0.01",
        "LINEAR, 110, 0",
        "COSINE, 5, 0.5",
        "COSINE, 10, 1",
        "COSINE, 35, 0.8535533905932737",
        "COSINE, 60, 0.5",
        "COSINE, 110, 0",
        "CONSTANT, 5, 0.5",
        "CONSTANT, 10, 1",
        "CONSTANT, 109, 1"
    })
    void growsThenFalls(Schedule schedule, long step, double expected) {
        assertEquals(expected, schedule.factor(step, 10, 110), 1e-15);
    }

    @ParameterizedTest
    @CsvSource({"LINEAR", "COSINE", "CONSTANT"})
    void needsNoWarmUpAndMayBeAllWarmUp(Schedule schedule) {
        assertEquals(1, schedule.factor(0, 0, 10));
        assertEquals(0.09, schedule.factor(9, 100, 10), 1e-15, "a run shorter than its warm-up");
    }
}
