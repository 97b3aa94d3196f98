package dev.kanmon.formats.codec;

/**
 * Finds the scale, and the minimum if there is one, with which a group of values is best stored as small integers:
 * {@code x ≈ scale · q - minimum}, the squared error of each value weighted by its importance, which is its
 * magnitude plus the root mean square of the group.
 *
 * <p>For fixed levels {@code q} the best scale and minimum follow from a linear least-squares fit, and for fixed scale
 * and minimum the best levels from rounding. The search does both in turn, a few times, from each of several starting
 * scales around the one at which the largest value just fits, and keeps the best. llama.cpp tries starting scales
 * without the turns (<a href="https://github.com/ggml-org/ggml/blob/d99724f2b141fed9e1a9f402213506c081433465/src/ggml-quants.c#L628">{@code make_qx_quants}, {@code make_qkx2_quants}</a>).
 *
 * <p>Holds scratch; used by one thread, group after group. Values must be finite.
 */
final class ScaleSearch {
    /** How far the levels of a starting scale reach beyond or below the largest level, in each direction. */
    private static final double REACH = 1;

    private static final int STARTS = 10;
    private static final int TURNS = 4;

    private final int n;
    private final int least;
    private final int most;
    private final double[] x;
    private final double[] weights;
    private final int[] levels;
    private double scale;
    private double minimum;
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
        for (int i = 0; i < n; i++) {
            weights[i] = rms + Math.abs(x[i]);
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
        double best = error(0, 0);
        if (extreme == 0) {
            return;
        }
        // The extreme value gets the smallest level, of which there is one more than of the others.
        for (int start = -STARTS; start <= STARTS; start++) {
            best = descend(extreme / (least + REACH * start / STARTS), 0, false, best);
        }
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
        double best = error(0, minimum);
        if (high <= low) {
            return;
        }
        for (int start = -STARTS; start <= STARTS; start++) {
            best = descend((high - low) / (most + REACH * start / STARTS), -low, true, best);
        }
    }

    /** Levels and fit in turn; keeps what is better than {@code best}, and returns the best. */
    private double descend(double startScale, double startMinimum, boolean withMinimum, double best) {
        double s = startScale;
        double m = startMinimum;
        double before = Double.POSITIVE_INFINITY;
        for (int turn = 0; turn < TURNS; turn++) {
            round(s, m);
            double w = 0;
            double wx = 0;
            double wq = 0;
            double wqq = 0;
            double wxq = 0;
            for (int i = 0; i < n; i++) {
                int q = levels[i];
                w += weights[i];
                wx += weights[i] * x[i];
                wq += weights[i] * q;
                wqq += weights[i] * q * q;
                wxq += weights[i] * x[i] * q;
            }
            if (!(wqq > 0)) {
                break;
            }
            double determinant = w * wqq - wq * wq;
            boolean both = withMinimum && determinant > 0;
            m = both ? (wq * wxq - wqq * wx) / determinant : 0;
            s = both && m > 0 ? (w * wxq - wq * wx) / determinant : wxq / wqq;
            m = Math.max(0, m);
            if (!Double.isFinite(s) || s == 0 || withMinimum && s < 0) {
                break;
            }
            double error = error(s, m);
            if (error < best) {
                best = error;
                scale = s;
                minimum = m;
            }
            if (error >= before) {
                break;
            }
            before = error;
        }
        return best;
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
        for (int ds = -1; ds <= 1; ds++) {
            for (int dm = -1; dm <= 1; dm++) {
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
