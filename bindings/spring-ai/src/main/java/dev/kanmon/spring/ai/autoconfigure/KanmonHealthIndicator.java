package dev.kanmon.spring.ai.autoconfigure;

import dev.kanmon.Checker;
import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.GuardInfo;
import dev.kanmon.Verdict;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/** Up as long as the checker judges: each call asks it about one short text, which its metrics count as any other. */
final class KanmonHealthIndicator extends AbstractHealthIndicator {

    private static final Exchange TEXT = Exchange.of("Hello.");

    private final Checker checker;

    KanmonHealthIndicator(Checker checker) {
        super("the guard failed to judge");
        this.checker = checker;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        Verdict verdict = checker.check(TEXT);
        builder.up().withDetail("elapsedMillis", verdict.elapsed().toNanos() / 1e6);
        if (checker instanceof Guard guard) {
            GuardInfo info = guard.info();
            builder.withDetail("model", info.model())
                    .withDetail("kernels", info.kernels())
                    .withDetail("weights", info.weights().toString())
                    .withDetail("threads", info.threads());
        }
    }
}
