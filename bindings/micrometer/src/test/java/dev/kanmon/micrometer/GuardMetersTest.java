package dev.kanmon.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.GuardListener.Batch;
import dev.kanmon.GuardListener.Failure;
import dev.kanmon.GuardListener.Fallback;
import dev.kanmon.GuardListener.Judgement;
import dev.kanmon.GuardOptions;
import dev.kanmon.Outcome;
import dev.kanmon.Verdict;
import dev.kanmon.WindowPolicy;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import io.micrometer.core.instrument.distribution.HistogramSnapshot;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuardMetersTest {

    private static final String MODEL = "guard-small-en";

    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final GuardMeters meters = new GuardMeters(registry);

    /** Counters as {@code name{tags}} with their counts. */
    private Map<String, Double> counters() {
        Map<String, Double> counts = new TreeMap<>();
        registry.forEachMeter(meter -> meter.use(
                _ -> {},
                counter ->
                        counts.put(counter.getId().getName() + counter.getId().getTags(), counter.count()),
                _ -> {},
                _ -> {},
                _ -> {},
                _ -> {},
                _ -> {},
                _ -> {},
                _ -> {}));
        return counts;
    }

    @Test
    void aRealGuardIsCountedAndTimed() throws IOException {
        GuardOptions options = GuardOptions.defaults()
                .withWindows(WindowPolicy.truncate(128))
                .withThreshold(0)
                .withListener(meters);
        List<Verdict> verdicts;
        try (Guard guard = Guard.bundled(options)) {
            verdicts = guard.checkAll(
                    List.of(Exchange.of("How do I bake bread?"), Exchange.of("zanzibar word ".repeat(900))));
            assertThrows(NullPointerException.class, () -> guard.checkAll(Arrays.asList((Exchange) null)));
        }
        long tokens = verdicts.stream()
                .flatMap(verdict -> verdict.windows().stream())
                .mapToLong(Verdict.Window::tokens)
                .sum();
        Map<String, Double> counters = counters();
        counters.keySet().removeIf(name -> name.startsWith("kanmon.fallbacks")); // how this JVM was started decides
        assertEquals(
                Map.of(
                        "kanmon.tokens[tag(model=" + MODEL + ")]", (double) tokens,
                        "kanmon.verdicts[tag(model=" + MODEL + "), tag(outcome=harmful)]", 2.0,
                        "kanmon.verdicts.truncated[tag(model=" + MODEL + ")]", 1.0,
                        "kanmon.failures[tag(exception=NullPointerException), tag(kind=check), tag(model=" + MODEL
                                        + ")]",
                                1.0),
                counters);
        Timer check = registry.get("kanmon.check").tag("model", MODEL).timer();
        assertEquals(1, check.count());
        assertEquals(verdicts.getFirst().elapsed().toNanos(), check.totalTime(TimeUnit.NANOSECONDS), 1e3);
        assertEquals(1, registry.get("kanmon.load").tag("model", MODEL).timer().count());
        assertEquals(2, summary("kanmon.check.exchanges").totalAmount());
        assertEquals(2, summary("kanmon.verdict.windows").totalAmount());
        assertEquals(
                verdicts.stream().mapToLong(Verdict::tokens).sum(),
                summary("kanmon.verdict.tokens").totalAmount());
        for (Meter meter : registry.getMeters()) {
            assertFalse(meter.getId().toString().contains("zanzibar"), "a text is in " + meter.getId());
        }
    }

    private DistributionSummary summary(String name) {
        return registry.get(name).tag("model", MODEL).summary();
    }

    @Test
    void aGuardThatDoesNotLoadIsCounted(@TempDir Path empty) {
        assertThrows(
                IOException.class,
                () -> Guard.load(empty, GuardOptions.defaults().withListener(meters)));
        assertEquals(
                Map.of(
                        "kanmon.failures[tag(exception=ModelFormatException), tag(kind=load), tag(model="
                                + empty.getFileName() + ")]",
                        1.0),
                counters());
    }

    /** Only a path's last name is a tag, as it was written on any system. */
    @ParameterizedTest
    @CsvSource({
        "guard-small-en, guard-small-en",
        "/srv/models/guard, guard",
        "/srv/models/guard/, guard",
        "C:\\models\\guard.gguf, guard",
        "random weights, random weights"
    })
    void modelsAreNamedByTheirLastName(String source, String tag) {
        meters.fallback(new Fallback(source, Fallback.Kind.LARGE_GUARD));
        assertEquals(Map.of("kanmon.fallbacks[tag(kind=large_guard), tag(model=" + tag + ")]", 1.0), counters());
    }

    @Test
    void outcomesAreCountedApartAndProbabilitiesFallIntoBuckets() {
        for (Outcome outcome : Outcome.values()) {
            double probability = outcome == Outcome.HARMFUL ? 0.97 : 0.015;
            meters.verdict(new Judgement(MODEL, outcome, probability, 0.5, 7, 1, false, Duration.ofMillis(3)));
        }
        assertEquals(
                List.of(
                        "kanmon.verdicts[tag(model=guard-small-en), tag(outcome=harmful)]",
                        "kanmon.verdicts[tag(model=guard-small-en), tag(outcome=harmless)]",
                        "kanmon.verdicts[tag(model=guard-small-en), tag(outcome=incomplete)]"),
                List.copyOf(counters().keySet()));
        HistogramSnapshot snapshot = summary("kanmon.verdict.probability").takeSnapshot();
        assertEquals(3, snapshot.count());
        for (CountAtBucket bucket : snapshot.histogramCounts()) {
            double expected = bucket.bucket() < 1.5 ? 0 : bucket.bucket() < 97 ? 2 : 3;
            assertEquals(expected, bucket.count(), "at or below " + bucket.bucket());
        }
        assertEquals(16, snapshot.histogramCounts().length);
    }

    @Test
    void tagsOfTheUserAreOnEveryMeter() throws IOException {
        GuardMeters tagged = new GuardMeters(registry, Tags.of("side", "input"));
        try (Guard guard = Guard.bundled(GuardOptions.defaults().withListener(tagged))) {
            guard.check(Exchange.of("How do I bake bread?"));
        }
        tagged.failed(new Failure(MODEL, Failure.During.CHECK, new IllegalStateException("closed")));
        tagged.fallback(new Fallback(MODEL, Fallback.Kind.OPEN));
        tagged.batch(new Batch(MODEL, 1, 1, 7, Duration.ofMillis(3)));
        assertTrue(registry.getMeters().size() >= 9, () -> "only " + registry.getMeters());
        for (Meter meter : registry.getMeters()) {
            assertEquals("input", meter.getId().getTag("side"), () -> "tags of " + meter.getId());
            assertEquals(MODEL, meter.getId().getTag("model"), () -> "tags of " + meter.getId());
        }
    }

    @Test
    void theExampleRuns() throws IOException {
        assertEquals(1, GuardMetersExample.verdicts());
    }
}
