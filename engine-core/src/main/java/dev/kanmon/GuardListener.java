package dev.kanmon;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Is told what guards do: for metrics, logs and alarms. Give one to {@link GuardOptions#withListener}; it may listen to
 * several guards. The default methods do nothing, so that a listener overrides what it wants to know.
 *
 * {@snippet class="dev.kanmon.GuardListenerExample" region="listener"}
 *
 * <p>No event holds a text that was judged, nor anything made of one.
 *
 * <p>Methods are called by the threads that ask the guard, several at a time, after the answer is known and before it is
 * returned: a slow listener slows answers down. What a listener throws harms no answer; the first time it is logged by
 * the logger {@code dev.kanmon}, and the listener is still told of what comes. The same events are written by the JDK's
 * Flight Recorder as {@code kanmon.Load}, {@code kanmon.Batch}, {@code kanmon.Verdict}, {@code kanmon.Failure} and
 * {@code kanmon.Fallback} while a recording runs, with a listener or without.
 */
public interface GuardListener {

    /** A guard was loaded. */
    default void loaded(Load load) {}

    /** One call of {@code check} or {@code checkAll} was answered; told before its verdicts. */
    default void batch(Batch batch) {}

    /** An exchange was judged. */
    default void verdict(Judgement judgement) {}

    /** A guard could not be loaded, or threw in place of a verdict. */
    default void failed(Failure failure) {}

    /** Something was done in another way than the best one. */
    default void fallback(Fallback fallback) {}

    /** A listener that does nothing. */
    static GuardListener none() {
        return Listeners.NONE;
    }

    /**
     * A listener that tells all of these, in this order, and never throws: what one of them throws keeps neither the
     * others nor the caller from going on.
     */
    static GuardListener of(GuardListener... listeners) {
        return Listeners.of(List.of(listeners));
    }

    /**
     * A guard was loaded.
     *
     * @param guard what it runs on
     * @param elapsed wall-clock time of loading it
     */
    record Load(GuardInfo guard, Duration elapsed) {
        public Load {
            Objects.requireNonNull(guard, "guard");
            Objects.requireNonNull(elapsed, "elapsed");
        }
    }

    /**
     * One call was answered.
     *
     * @param model of the guard, as {@link GuardInfo#model}
     * @param exchanges that were judged together
     * @param windows that the model read of them
     * @param tokens in these windows, special tokens and overlaps included: what was computed, but for a
     *     {@link GuardStream}, which computes only what its text has changed of them
     * @param elapsed wall-clock time of the call, tokenising included
     */
    record Batch(String model, int exchanges, int windows, long tokens, Duration elapsed) {
        public Batch {
            Objects.requireNonNull(model, "model");
            Objects.requireNonNull(elapsed, "elapsed");
        }
    }

    /**
     * An exchange was judged: a {@link Verdict} without what it knows of the text.
     *
     * @param model of the guard, as {@link GuardInfo#model}
     * @param outcome what was found
     * @param probability of the exchange being harmful, 0 to 1
     * @param threshold the probability from which on it counts as harmful
     * @param tokens tokens of the whole exchange, before it was cut into windows
     * @param windows that the model read
     * @param truncated whether tokens were left out
     * @param elapsed as {@link Verdict#elapsed}
     */
    record Judgement(
            String model,
            Outcome outcome,
            double probability,
            double threshold,
            int tokens,
            int windows,
            boolean truncated,
            Duration elapsed) {
        public Judgement {
            Objects.requireNonNull(model, "model");
            Objects.requireNonNull(outcome, "outcome");
            Objects.requireNonNull(elapsed, "elapsed");
        }

        /** What there is to tell of {@code verdict}, which the guard of {@code model} made. */
        public static Judgement of(String model, Verdict verdict) {
            return new Judgement(
                    model,
                    verdict.outcome(),
                    verdict.probability(),
                    verdict.threshold(),
                    verdict.tokens(),
                    verdict.windows().size(),
                    verdict.truncated(),
                    verdict.elapsed());
        }
    }

    /**
     * Something went wrong, and whoever asked got an exception.
     *
     * @param model of the guard, as {@link GuardInfo#model}, or what was to be loaded
     * @param during what was going on
     * @param cause what was thrown
     */
    record Failure(String model, During during, Throwable cause) {

        /** What was going on. */
        public enum During {
            /** A guard was being loaded. */
            LOAD,
            /** A call of {@code check} or {@code checkAll}; a closed guard and arguments that are wrong count, too. */
            CHECK
        }

        public Failure {
            Objects.requireNonNull(model, "model");
            Objects.requireNonNull(during, "during");
            Objects.requireNonNull(cause, "cause");
        }
    }

    /**
     * Something was done in another way than the best one.
     *
     * @param model of the guard that fell back, as {@link GuardInfo#model}
     * @param kind to what
     */
    record Fallback(String model, Kind kind) {

        /** To what a guard, or what stands around it, fell back. */
        public enum Kind {
            /** Slower kernels compute than this machine could run with another flag; {@link GuardInfo#notChosen}. */
            KERNELS,
            /** The small guard of a cascade was not sure enough, the large one answered. */
            LARGE_GUARD,
            /** A verdict was explained by occlusion, since there is no way back through its model. */
            OCCLUSION,
            /** The guard threw, and what stands around it let the exchange pass. */
            OPEN,
            /** The guard threw, and what stands around it refused the exchange. */
            CLOSED
        }

        public Fallback {
            Objects.requireNonNull(model, "model");
            Objects.requireNonNull(kind, "kind");
        }
    }
}
