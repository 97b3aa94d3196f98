package dev.kanmon.formats.codec;

/**
 * Finds the scale, and the minimum if there is one, with which a group of values is best stored as small integers:
 * {@code x ≈ scale · q - minimum}, the squared error of each value weighted by its importance, which is its
 * magnitude plus the root mean square of the group.
 *
 * <p>For fixed levels {@code q} the best scale and minimum follow from a linear least-squares fit, and for fixed scale
 * and minimum the best levels from rounding. The search does both once from each of several starting scales around
 * the one at which the largest value just fits, and then in turn from the best, until that gains nothing. llama.cpp
 * has the starting scales without the turns: {@code make_qx_quants} and {@code make_qkx2_quants}, <a
 * href="https://github.com/ggml-org/ggml/blob/d99724f2b141fed9e1a9f402213506c081433465/src/ggml-quants.c#L628">ggml-quants.c</a>.
 *
 * <p>Holds scratch; used by one thread, group after group. Values must be finite.
 */
final class ScaleSearch {
    /** How far the levels of a starting scale reach beyond or below the largest level, in each direction. */
    private static final double REACH = 1;

    private static final int STARTS = 10;
    private static final int MOST_TURNS = 8;

    private final int n;
    private final int least;
    private final int most;
    private final double[] x;
    private final double[] weights;
    private final int[] levels;
    /** Sums over the group: of the weights, the weighted values, and their weighted squares. */
    private double sumW;

    private double sumWx;
    private double sumWxx;

    private double scale;
    private double minimum;
    private double error;
    private int scaleLevel;
    private int minimumLevel;

    /**
     * A search for groups of a type.
     *
     * @param n values in a group
     * @param least smallest level
     * @param most largest level
     */
    ScaleSearch(int n, int least, int most) {
        this.n = n;
        this.least = least;
        this.most = most;
        this.x = new double[n];
        this.weights = new double[n];
        this.levels = new int[n];
    }

    /** Takes a group of values for {@link #roundScales}. */
    void use(float[] src, int from) {
        double squares = 0;
        for (int i = 0; i < n; i++) {
            x[i] = src[from + i];
            squares += x[i] * x[i];
        }
        double rms = Math.sqrt(squares / n);
        sumW = 0;
        sumWx = 0;
        sumWxx = 0;
        for (int i = 0; i < n; i++) {
            weights[i] = rms + Math.abs(x[i]);
            sumW += weights[i];
            sumWx += weights[i] * x[i];
            sumWxx += weights[i] * x[i] * x[i];
        }
    }

    /** Takes a group and finds its scale, of either sign; its minimum is 0. */
    void fit(float[] src, int from) {
        use(src, from);
        double extreme = 0;
        for (double value : x) {
            if (Math.abs(value) > Math.abs(extreme)) {
                extreme = value;
            }
        }
        scale = 0;
        minimum = 0;
        error = sumWxx;
        if (extreme == 0) {
            return;
        }
        // The extreme value gets the smallest level, of which there is one more than of the others.
        for (int start = -STARTS; start <= STARTS; start++) {
            improve(extreme / (least + REACH * start / STARTS), 0, false);
        }
        descend(false);
    }

    /** Takes a group and finds its scale and minimum, neither negative. */
    void fitWithMinimum(float[] src, int from) {
        use(src, from);
        double low = 0;
        double high = x[0];
        for (double value : x) {
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        scale = 0;
        minimum = -low;
        error = error(0, minimum);
        if (high <= low) {
            return;
        }
        for (int start = -STARTS; start <= STARTS; start++) {
            improve((high - low) / (most + REACH * start / STARTS), -low, true);
        }
        descend(true);
    }

    private void descend(boolean withMinimum) {
        for (int turn = 0; turn < MOST_TURNS && scale != 0 && improve(scale, minimum, withMinimum); turn++) {
            // Each turn starts from what the one before found.
        }
    }

    /** Rounds the values with a scale and a minimum, and fits both to the levels; whether that is the best so far. */
    private boolean improve(double startScale, double startMinimum, boolean withMinimum) {
        double inverse = 1 / startScale;
        double sumWq = 0;
        double sumWqq = 0;
        double sumWxq = 0;
        for (int i = 0; i < n; i++) {
            double q = Math.rint((x[i] + startMinimum) * inverse);
            q = q < least ? least : q > most ? most : q;
            double wq = weights[i] * q;
            sumWq += wq;
            sumWqq += wq * q;
            sumWxq += wq * x[i];
        }
        if (!(sumWqq > 0)) {
            return false;
        }
        double determinant = sumW * sumWqq - sumWq * sumWq;
        boolean both = withMinimum && determinant > 0;
        double m = both ? Math.max(0, (sumWq * sumWxq - sumWqq * sumWx) / determinant) : 0;
        double s = m > 0 ? (sumW * sumWxq - sumWq * sumWx) / determinant : sumWxq / sumWqq;
        if (s == 0 || withMinimum && s < 0) {
            return false;
        }
        // The square multiplied out: with the sums at hand no second pass is needed.
        double fitted = sumWxx + s * s * sumWqq + m * m * sumW + 2 * (m * sumWx - s * m * sumWq - s * sumWxq);
        if (!(fitted < error)) {
            return false;
        }
        error = fitted;
        scale = s;
        minimum = m;
        return true;
    }

    /**
     * Rounds the scale and the minimum of the group to levels of a coarser scale, trying the neighbours too, and then
     * the values to what a reader makes of those.
     *
     * @param d what a level of the scale is worth; 0 if all scales are 0
     * @param dmin what a level of the minimum is worth; 0 if all minima are
     */
    void roundScales(float scale, float d, int leastScale, int mostScale, float minimum, float dmin, int mostMinimum) {
        int nearScale = d == 0 ? 0 : (int) Math.rint((double) scale / d);
        int nearMinimum = dmin == 0 ? 0 : (int) Math.rint((double) minimum / dmin);
        double best = Double.POSITIVE_INFINITY;
        int reach = dmin == 0 ? 0 : 1;
        for (int ds = -1; ds <= 1; ds++) {
            for (int dm = -reach; dm <= reach; dm++) {
                int s = Math.clamp(nearScale + ds, leastScale, mostScale);
                int m = Math.clamp(nearMinimum + dm, 0, mostMinimum);
                // As a reader computes it: in float.
                double error = error(d * s, dmin * m);
                if (error < best) {
                    best = error;
                    scaleLevel = s;
                    minimumLevel = m;
                }
            }
        }
        round(d * scaleLevel, dmin * minimumLevel);
    }

    /** The weighted squared error with the best levels for a scale and minimum, which {@link #round} computes. */
    private double error(double s, double m) {
        round(s, m);
        double error = 0;
        for (int i = 0; i < n; i++) {
            double difference = s * levels[i] - m - x[i];
            error += weights[i] * difference * difference;
        }
        return error;
    }

    private void round(double s, double m) {
        double inverse = s == 0 ? 0 : 1 / s;
        for (int i = 0; i < n; i++) {
            levels[i] = Math.clamp((int) Math.rint((x[i] + m) * inverse), least, most);
        }
    }

    float scale() {
        return (float) scale;
    }

    float minimum() {
        return (float) minimum;
    }

    int scaleLevel() {
        return scaleLevel;
    }

    int minimumLevel() {
        return minimumLevel;
    }

    /** The level of a value, after {@link #roundScales}. */
    int level(int i) {
        return levels[i];
    }
}
