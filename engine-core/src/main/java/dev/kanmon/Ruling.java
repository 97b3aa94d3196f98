package dev.kanmon;

import java.util.Locale;
import java.util.Objects;

/** What a {@link Checkpoint} decided about an exchange. */
public sealed interface Ruling {

    /** Whether the exchange may pass. */
    boolean admitted();

    /** Why, in a clause for people and logs; it holds nothing of the exchange's texts. */
    String reason();

    /** The exchange was judged, and passes where it is harmless. */
    record Judged(Verdict verdict) implements Ruling {
        public Judged {
            Objects.requireNonNull(verdict, "verdict");
        }

        @Override
        public boolean admitted() {
            return !verdict.harmful();
        }

        @Override
        public String reason() {
            String found =
                    switch (verdict.outcome()) {
                        case HARMLESS -> "harmless";
                        case HARMFUL -> "harmful";
                        case INCOMPLETE -> "too long to be read to its end";
                    };
            return String.format(
                    Locale.ROOT,
                    "%s (probability of harm %.3f, threshold %.3f)",
                    found,
                    verdict.probability(),
                    verdict.threshold());
        }
    }

    /**
     * The guard failed, and the mode says what that means.
     *
     * @param failure what the guard threw
     */
    record Unjudged(RuntimeException failure, FailureMode mode) implements Ruling {
        public Unjudged {
            Objects.requireNonNull(failure, "failure");
            Objects.requireNonNull(mode, "mode");
        }

        @Override
        public boolean admitted() {
            return mode == FailureMode.OPEN;
        }

        @Override
        public String reason() {
            return "not judged, because the guard failed: " + failure;
        }
    }
}
