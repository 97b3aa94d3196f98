package dev.kanmon.train;

/** How the learning rate changes behind the warm-up, in which it grows evenly from 0. */
public enum Schedule {
    /** It falls evenly to 0. */
    LINEAR,
    /** It falls to 0 as half a cosine wave. */
    COSINE,
    /** It stays. */
    CONSTANT;

    /**
     * The share of the learning rate that a step has, as transformers' {@code get_linear_schedule_with_warmup} and its
     * siblings have it.
     *
     * @param step from 0 on
     * @param warmup steps until the learning rate is at its height
     * @param steps of the run
     */
    double factor(long step, long warmup, long steps) {
        if (step < warmup) {
            return (double) step / warmup;
        }
        double done = (double) (step - warmup) / Math.max(1, steps - warmup);
        return switch (this) {
            case LINEAR -> Math.max(0, 1 - done);
            case COSINE -> Math.max(0, (1 + Math.cos(Math.PI * Math.min(1, done))) / 2);
            case CONSTANT -> 1;
        };
    }
}
