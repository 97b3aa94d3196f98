package dev.kanmon;

/**
 * When judgements of a stream add up to a stop: enough of them have reached {@code stop} without one below
 * {@code release} among them.
 */
final class Hysteresis {

    private final double stop;
    private final double release;
    private final int confirmations;
    private int counted;

    /** @param release at most {@code stop} */
    Hysteresis(double stop, double release, int confirmations) {
        this.stop = stop;
        this.release = release;
        this.confirmations = confirmations;
    }

    /** Whether a judgement speaks for a stop. */
    boolean counts(double probability) {
        return probability >= stop;
    }

    /** Takes the next judgement; true if it is the one that stops, or a stop was reached before. */
    boolean stopsAt(double probability) {
        if (counted < confirmations) {
            counted = counts(probability) ? counted + 1 : probability < release ? 0 : counted;
        }
        return counted >= confirmations;
    }
}
