package dev.kanmon;

import java.io.IOException;
import java.nio.file.Path;

/** The example of {@link Cascade}; CascadeTest runs it. */
final class CascadeExample {

    private CascadeExample() {}

    static Verdict check(Path small, Path large) throws IOException {
        // @start region="cascade"
        try (Cascade cascade = Cascade.of(Guard.load(small), Guard.load(large), new Cascade.Band(0.1, 0.9))) {
            Verdict verdict = cascade.check(Exchange.of("How do I bake bread?"));
            if (cascade.answeredBy(verdict) == cascade.large()) {
                System.out.println("the small guard was not sure");
            }
            // @end
            return verdict;
        }
    }
}
