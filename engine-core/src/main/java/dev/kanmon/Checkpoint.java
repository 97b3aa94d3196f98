package dev.kanmon;

import dev.kanmon.GuardListener.Fallback;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A place where exchanges pass if they are judged harmless: a {@link Checker}, the threshold of this place, and what
 * happens when the checker fails. Adapters for frameworks are built on it.
 *
 * {@snippet class="dev.kanmon.CheckpointExample" region="checkpoint"}
 *
 * <p>Immutable and safe to share between threads. Several checkpoints may use one checker, which stays its owner's
 * to close.
 */
public final class Checkpoint {

    private static final System.Logger LOG = System.getLogger("dev.kanmon");

    private final Checker checker;
    private final OptionalDouble threshold;
    private final FailureMode mode;

    private Checkpoint(Checker checker, OptionalDouble threshold, FailureMode mode) {
        this.checker = Objects.requireNonNull(checker, "checker");
        this.threshold = threshold;
        this.mode = Objects.requireNonNull(mode, "mode");
    }

    /** With the checker's own threshold, and {@link FailureMode#CLOSED}. */
    public static Checkpoint of(Checker checker) {
        return new Checkpoint(checker, OptionalDouble.empty(), FailureMode.CLOSED);
    }

    /**
     * With another threshold.
     *
     * @param probability from which on an exchange is refused, 0 to 1. The band of a {@link Cascade} was found for the
     *     thresholds of its guards, and promises nothing about another one
     */
    public Checkpoint withThreshold(double probability) {
        Policy.requireThreshold(probability);
        return new Checkpoint(checker, OptionalDouble.of(probability), mode);
    }

    /**
     * With the threshold that the guard's model has this name for.
     *
     * @throws IllegalArgumentException if it has none, or the checker is not a {@link Guard}
     */
    public Checkpoint withPolicy(String name) {
        if (!(checker instanceof Guard guard)) {
            throw new IllegalArgumentException("policy \"" + name + "\": found a "
                    + checker.getClass().getSimpleName()
                    + ", expected a Guard, whose model has names for thresholds; withThreshold takes a number");
        }
        var policies = guard.info().policies();
        Double probability = policies.get(name);
        if (probability == null) {
            throw new IllegalArgumentException("policy \"" + name + "\": the model has " + policies.keySet());
        }
        return withThreshold(probability);
    }

    /** With another answer to the checker's failure. */
    public Checkpoint withFailureMode(FailureMode newMode) {
        return new Checkpoint(checker, threshold, newMode);
    }

    /** Who judges here. */
    public Checker checker() {
        return checker;
    }

    /** What happens when the checker fails. */
    public FailureMode failureMode() {
        return mode;
    }

    /**
     * Decides about one exchange. Errors of the JVM, such as {@link OutOfMemoryError}, are thrown on in either mode.
     */
    public Ruling judge(Exchange exchange) {
        return judgeAll(List.of(exchange)).getFirst();
    }

    /**
     * Decides about exchanges together; when the checker fails, it fails for all of them.
     *
     * @return a ruling for each, in the same order
     */
    public List<Ruling> judgeAll(List<? extends Exchange> exchanges) {
        List<Verdict> verdicts;
        try {
            verdicts = checker.checkAll(exchanges);
        } catch (RuntimeException e) {
            Ruling unjudged = unjudged(e);
            return exchanges.stream().map(exchange -> unjudged).toList();
        }
        return verdicts.stream().map(this::judged).toList();
    }

    /**
     * Decides about a text while it is being written.
     *
     * @param instruction what the text is the reply to
     * @param options when to judge, where the checker is a {@link Guard}; others judge the text at its end.
     *     {@link StreamOptions#stop} is this checkpoint's threshold where they leave it empty
     * @return a passage for one thread at a time, for the caller to close
     */
    public Passage passage(String instruction, StreamOptions options) {
        // A stream stops above 0; no probability is between that and the smallest number.
        StreamOptions stopping = threshold.isPresent() && options.stop().isEmpty()
                ? options.withStop(Math.max(threshold.getAsDouble(), Double.MIN_VALUE))
                : options;
        return new Passage(
                this,
                instruction,
                options,
                checker instanceof Guard guard ? Optional.of(guard.stream(instruction, stopping)) : Optional.empty());
    }

    /**
     * Decides about a text that is being written when it is complete.
     *
     * @param instruction what the text is the reply to
     * @return a passage for one thread at a time
     */
    public Passage passage(String instruction) {
        return new Passage(this, instruction, StreamOptions.defaults(), Optional.empty());
    }

    /** The ruling of this checkpoint about what was judged. */
    Ruling judged(Verdict verdict) {
        return new Ruling.Judged(threshold.isPresent() ? verdict.withThreshold(threshold.getAsDouble()) : verdict);
    }

    /**
     * The ruling of this checkpoint where the checker failed. The guard's listener is told, and of what is admitted a
     * log line says so.
     */
    Ruling unjudged(RuntimeException failure) {
        Ruling ruling = new Ruling.Unjudged(failure, mode);
        Guard told =
                switch (checker) {
                    case Guard guard -> guard;
                    case Cascade cascade -> cascade.large();
                    default -> null;
                };
        if (told != null) {
            told.watch().fallback(mode == FailureMode.OPEN ? Fallback.Kind.OPEN : Fallback.Kind.CLOSED);
        }
        if (ruling.admitted()) {
            LOG.log(System.Logger.Level.WARNING, "admitted, as FailureMode.OPEN says: " + ruling.reason());
        }
        return ruling;
    }
}
