package dev.kanmon.eval;

import java.util.Arrays;

/**
 * Where a figure lies, as far as the rows can tell.
 *
 * @param low its lower end
 * @param high its upper end
 */
public record Interval(double low, double high) {

    /**
     * The middle part of values, by percentiles between which is interpolated linearly, as {@code numpy.percentile} does.
     *
     * @param values at least one; they are not changed
     * @param confidence share of the values between the ends, such as 0.95
     */
    static Interval middle(double[] values, double confidence) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return new Interval(quantile(sorted, (1 - confidence) / 2), quantile(sorted, (1 + confidence) / 2));
    }

    private static double quantile(double[] sorted, double share) {
        double at = share * (sorted.length - 1);
        int below = Math.clamp((int) Math.floor(at), 0, sorted.length - 1);
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
