package dev.kanmon.micrometer;

import dev.kanmon.GuardListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Counts and times what guards do, in a registry of Micrometer's. One instance may listen to several guards; they are told
 * apart by the tag {@code model}. The meters are listed in the documentation of this package.
 *
 * <p>Meters come into being when there is something to count. They stay in the registry when a guard is closed.
 */
public final class GuardMeters implements GuardListener {

    private static final Duration SHORTEST = Duration.ofNanos(100_000);
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final double MOST_TOKENS = 1 << 17;
    private static final double MOST_WINDOWS = 1 << 10;

    /**
     * In percent, and whole numbers: before it looks for the bucket, Micrometer rounds a value up to the next whole number.
     * Close to each other where thresholds lie that let little pass.
     */
    private static final double[] PROBABILITIES = {1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99, 100};

    private final MeterRegistry registry;
    private final Tags tags;

    /** Meters in {@code registry}, which stays the caller's. */
    public GuardMeters(MeterRegistry registry) {
        this(registry, List.of());
    }

    /**
     * Meters in {@code registry}, which stays the caller's.
     *
     * @param tags that all meters get besides their own, for instance to tell guards apart whose models have one name
     */
    public GuardMeters(MeterRegistry registry, Iterable<Tag> tags) {
        this.registry = Objects.requireNonNull(registry, "registry");
        this.tags = Tags.of(tags);
    }

    @Override
    public void loaded(Load load) {
        Timer.builder("kanmon.load")
                .description("Time to load a guard")
                .tags(of(load.guard().model()))
                .register(registry)
                .record(load.elapsed());
    }

    @Override
    public void batch(Batch batch) {
        Tags model = of(batch.model());
        Timer.builder("kanmon.check")
                .description("Time of a call of check or checkAll that was answered")
                .tags(model)
                .publishPercentileHistogram()
                .minimumExpectedValue(SHORTEST)
                .maximumExpectedValue(LONGEST)
                .register(registry)
                .record(batch.elapsed());
        summary("kanmon.check.exchanges", "Exchanges judged in one call", "exchanges", MOST_WINDOWS, model)
                .record(batch.exchanges());
        Counter.builder("kanmon.tokens")
                .description("Tokens computed, overlaps of windows included")
                .baseUnit("tokens")
                .tags(model)
                .register(registry)
                .increment(batch.tokens());
    }

    @Override
    public void verdict(Judgement judgement) {
        Tags model = of(judgement.model());
        Counter.builder("kanmon.verdicts")
                .description("Exchanges judged")
                .tags(model.and("outcome", name(judgement.outcome())))
                .register(registry)
                .increment();
        DistributionSummary.builder("kanmon.verdict.probability")
                .description("Probability of harm in percent")
                .baseUnit("percent")
                .tags(model)
                .serviceLevelObjectives(PROBABILITIES)
                .register(registry)
                .record(100 * judgement.probability());
        summary("kanmon.verdict.tokens", "Tokens of an exchange", "tokens", MOST_TOKENS, model)
                .record(judgement.tokens());
        summary("kanmon.verdict.windows", "Windows read of an exchange", "windows", MOST_WINDOWS, model)
                .record(judgement.windows());
        if (judgement.truncated()) {
            Counter.builder("kanmon.verdicts.truncated")
                    .description("Exchanges of which tokens were left out")
                    .tags(model)
                    .register(registry)
                    .increment();
        }
    }

    @Override
    public void failed(Failure failure) {
        Counter.builder("kanmon.failures")
                .description("Exceptions in place of a guard or a verdict")
                .tags(of(failure.model())
                        .and(
                                "kind",
                                name(failure.during()),
                                "exception",
                                failure.cause().getClass().getSimpleName()))
                .register(registry)
                .increment();
    }

    @Override
    public void fallback(Fallback fallback) {
        Counter.builder("kanmon.fallbacks")
                .description("Things done in another way than the best one")
                .tags(of(fallback.model()).and("kind", name(fallback.kind())))
                .register(registry)
                .increment();
    }

    private DistributionSummary summary(String name, String description, String unit, double most, Tags model) {
        return DistributionSummary.builder(name)
                .description(description)
                .baseUnit(unit)
                .tags(model)
                .publishPercentileHistogram()
                .minimumExpectedValue(1.0)
                .maximumExpectedValue(most)
                .register(registry);
    }

    /**
     * The directory's name, or the file's without its ending: a path says where a machine keeps things, not what answers,
     * and the bundled guard may be a file or in a jar.
     */
    private Tags of(String model) {
        String path = model.replace('\\', '/').replaceAll("(\\.gguf|/+)$", "");
        return tags.and("model", path.substring(path.lastIndexOf('/') + 1));
    }

    private static String name(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
