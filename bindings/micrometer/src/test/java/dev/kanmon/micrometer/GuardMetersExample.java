package dev.kanmon.micrometer;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;

/** The example of the package documentation; GuardMetersTest runs it. */
final class GuardMetersExample {

    private GuardMetersExample() {}

    static double verdicts() throws IOException {
        // @start region="meters"
        MeterRegistry registry = new SimpleMeterRegistry(); // or the one that your application has
        GuardOptions options = GuardOptions.defaults().withListener(new GuardMeters(registry));
        try (Guard guard = Guard.bundled(options)) {
            guard.check(Exchange.of("How do I bake bread?"));
        }
        double verdicts = registry.get("kanmon.verdicts").counter().count(); // 1
        // @end
        return verdicts;
    }
}
