package dev.kanmon;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.LongAdder;

/**
 * Two guards that answer as one: a small one says what it is sure of, and a large one gets the rest.
 *
 * <p>The small guard reads every exchange. Below the {@link Band} its probability means harmless, above it harmful; inside
 * the band, ends included, it is undecided, and the large guard's verdict counts, as if there were no small one. So the
 * large guard is what a cascade stands for, with its policy; the small one's threshold takes no part. An exchange that the
 * small guard has not read whole ({@link Outcome#INCOMPLETE}) is undecided, too, unless what it read is above the band.
 * {@code kanmon calibrate --cascade} finds the band for the share of verdicts that may differ from the large guard's.
 *
 * {@snippet class="dev.kanmon.CascadeExample" region="cascade"}
 *
 * <p>A verdict is the one of the guard that decided: its probability, logits, tokens and windows, on that guard's scale.
 * A verdict of the small guard carries the large one's threshold, brought into the band where it lies outside, so that
 * {@link Verdict#outcome()} says what the cascade says; so does {@link Verdict#withThreshold} for any threshold inside the band.
 *
 * <p>A {@link GuardListener} of the small guard hears of each exchange that the large one answered in its place; besides, both
 * guards tell theirs what they judged, as if they were alone.
 *
 * <p>Safe to share between threads, as guards are. A verdict does not depend on what else is checked at the time.
 */
public final class Cascade implements Checker {

    /**
     * The probabilities of the small guard at which it is undecided, both ends included.
     *
     * @param low what is below is harmless; 0 if the small guard may never say so
     * @param high what is above is harmful; 1 if the small guard may never say so
     */
    public record Band(double low, double high) {
        public Band {
            if (!(low >= 0 && low <= high && high <= 1)) {
                throw new IllegalArgumentException("band: found " + low + " to " + high
                        + ", expected probabilities from 0 to 1, the lower one first");
            }
        }

        /** Whether the small guard is undecided at this probability. */
        public boolean contains(double probability) {
            return probability >= low && probability <= high;
        }
    }

    /**
     * How many exchanges each guard answered.
     *
     * @param bySmall those that the large guard was not asked about
     * @param byLarge those that it was asked about
     */
    public record Counts(long bySmall, long byLarge) {}

    private final Guard small;
    private final Guard large;
    private final Band band;
    private final double threshold;
    private final LongAdder bySmall = new LongAdder();
    private final LongAdder byLarge = new LongAdder();

    private Cascade(Guard small, Guard large, Band band) {
        this.small = Objects.requireNonNull(small, "small");
        this.large = Objects.requireNonNull(large, "large");
        this.band = Objects.requireNonNull(band, "band");
        if (small == large) {
            throw new IllegalArgumentException("cascade: found the same guard twice, expected a small and a large one");
        }
        threshold = Math.clamp(large.info().threshold(), band.low(), band.high());
    }

    /**
     * Puts two guards together.
     *
     * <p>Both belong to the cascade from now on: {@link #close()} closes them. Whoever goes on using one of them
     * elsewhere closes the guards in place of the cascade; it has nothing else to give back.
     *
     * @param small reads everything
     * @param large is asked where the small one is undecided
     * @param band where that is
     * @throws IllegalArgumentException if both are the same guard
     */
    public static Cascade of(Guard small, Guard large, Band band) {
        return new Cascade(small, large, band);
    }

    /**
     * Puts two guards together, with the band that {@code kanmon calibrate --cascade} has written into the small one's
     * sidecar. Nothing in it says for which large guard that was done.
     *
     * @see #of(Guard, Guard, Band)
     * @throws IllegalArgumentException if there is no band there, or it was found for another threshold of the large
     *     guard than it has now; both guards then stay open and the caller's
     */
    public static Cascade of(Guard small, Guard large) {
        Calibrated calibrated = small.cascade()
                .orElseThrow(() -> new IllegalArgumentException(small.info().model()
                        + ": its sidecar has no \"cascade\", which `kanmon calibrate --cascade` finds"));
        double present = large.info().threshold();
        if (calibrated.threshold().isPresent() && calibrated.threshold().getAsDouble() != present) {
            throw new IllegalArgumentException(small.info().model() + ": its band was found for the threshold "
                    + calibrated.threshold().getAsDouble() + " of the large guard, which has " + present
                    + "; expected the same");
        }
        return new Cascade(small, large, calibrated.band());
    }

    /**
     * {@inheritDoc}
     *
     * <p>The large guard gets all undecided exchanges of the call together. If one of the guards throws, so does this, and
     * nothing is counted.
     */
    @Override
    public List<Verdict> checkAll(List<? extends Exchange> exchanges) {
        long start = System.nanoTime();
        List<Verdict> verdicts = new ArrayList<>(small.checkAll(exchanges));
        List<Integer> places = new ArrayList<>();
        List<Exchange> undecided = new ArrayList<>();
        for (int i = 0; i < verdicts.size(); i++) {
            if (isUndecided(band, verdicts.get(i))) {
                places.add(i);
                undecided.add(exchanges.get(i));
            }
        }
        if (!undecided.isEmpty()) {
            List<Verdict> others = large.checkAll(undecided);
            for (int i = 0; i < others.size(); i++) {
                verdicts.set(places.get(i), others.get(i));
                small.watch().fallback(GuardListener.Fallback.Kind.LARGE_GUARD);
            }
        }
        Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
        verdicts.replaceAll(verdict -> finished(verdict, elapsed));
        bySmall.add(verdicts.size() - undecided.size());
        byLarge.add(undecided.size());
        return verdicts;
    }

    /** Whether the large guard has to be asked after this verdict of the small one. */
    static boolean isUndecided(Band band, Verdict verdict) {
        return band.contains(verdict.probability()) || verdict.incomplete() && verdict.probability() < band.low();
    }

    private Verdict finished(Verdict verdict, Duration elapsed) {
        boolean own = verdict.origin().guard() == small;
        return (own ? verdict.withThreshold(threshold) : verdict).withElapsed(elapsed);
    }

    /** How many exchanges each guard has answered so far. */
    public Counts counts() {
        return new Counts(bySmall.sum(), byLarge.sum());
    }

    /**
     * Which of the two gave a verdict.
     *
     * @param verdict of this cascade
     * @return {@link #small()} or {@link #large()}
     * @throws IllegalArgumentException if it is of neither
     */
    public Guard answeredBy(Verdict verdict) {
        Guard guard = verdict.origin() == null ? null : verdict.origin().guard();
        if (guard != small && guard != large) {
            throw new IllegalArgumentException("verdict: found one of another guard, expected one of this cascade");
        }
        return guard;
    }

    /** The guard that reads everything. */
    public Guard small() {
        return small;
    }

    /** The guard that is asked where the small one is undecided. */
    public Guard large() {
        return large;
    }

    /** Where the small guard is undecided. */
    public Band band() {
        return band;
    }

    /** Closes both guards. */
    @Override
    public void close() {
        try {
            small.close();
        } finally {
            large.close();
        }
    }

    /**
     * What a sidecar says.
     *
     * @param band found by calibration
     * @param threshold of the large guard, for which it was found; empty if the file does not say
     */
    record Calibrated(Band band, OptionalDouble threshold) {}
}
