package dev.kanmon;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;

/** The example of the listener's documentation; GuardListenerTest runs it. */
final class GuardListenerExample {

    private GuardListenerExample() {}

    static long refused(Path directory) throws IOException {
        // @start region="listener"
        LongAdder refused = new LongAdder();
        GuardListener counter = new GuardListener() {
            @Override
            public void verdict(Judgement judgement) {
                if (judgement.outcome() != Outcome.HARMLESS) {
                    refused.increment();
                }
            }
        };
        try (Guard guard = Guard.load(directory, GuardOptions.defaults().withListener(counter))) {
            guard.check(Exchange.of("How do I bake bread?"));
        }
        // @end
        return refused.sum();
    }
}
