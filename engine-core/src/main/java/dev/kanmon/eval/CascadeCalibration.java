package dev.kanmon.eval;

import dev.kanmon.Cascade.Band;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/**
 * Finds where the small guard of a {@link dev.kanmon.Cascade} may answer alone.
 *
 * <p>What counts as an error is a verdict that differs from the large guard's, so the rows need no labels, and rows that
 * the large guard is asked about are never wrong. Of all bands with few enough errors the one that sends the fewest rows to
 * the large guard is taken; of several the one with the fewest errors, then the one with the fewest misses. Beyond the
 * lowest and the highest probability that the rows have nothing is known, so the small guard does not answer there, unless
 * rows lie between there and the band.
 *
 * @param n number of rows
 * @param harmful how many of them the large guard calls harmful
 * @param wished the share of errors that was allowed
 * @param band what was found
 * @param figures what it does on these rows
 * @param spread how that would move on other rows; empty if it was not asked for
 */
public record CascadeCalibration(
        int n, int harmful, double wished, Band band, Figures figures, Optional<Spread> spread) {

    /**
     * How a cascade does next to its large guard.
     *
     * @param n number of rows
     * @param bySmall rows that the small guard answers
     * @param misses of these, those that it calls harmless and the large guard harmful
     * @param falseAlarms of these, those that it calls harmful and the large guard harmless
     */
    public record Figures(int n, int bySmall, int misses, int falseAlarms) {

        /**
         * Counts.
         *
         * @param small probabilities of the small guard
         * @param large whether the large one calls the row harmful, as many
         * @param band where the small one does not answer
         */
        public static Figures of(double[] small, boolean[] large, Band band) {
            int[] once = new int[requireAsMany(small, large)];
            Arrays.fill(once, 1);
            return of(small, large, once, band);
        }

        private static Figures of(double[] small, boolean[] large, int[] counts, Band band) {
            int n = 0;
            int bySmall = 0;
            int misses = 0;
            int falseAlarms = 0;
            for (int i = 0; i < small.length; i++) {
                n += counts[i];
                if (!band.contains(small[i])) {
                    bySmall += counts[i];
                    misses += small[i] < band.low() && large[i] ? counts[i] : 0;
                    falseAlarms += small[i] > band.high() && !large[i] ? counts[i] : 0;
                }
            }
            return new Figures(n, bySmall, misses, falseAlarms);
        }

        /** Share of the rows that the small guard answers; 0 without rows. */
        public double share() {
            return n == 0 ? 0 : (double) bySmall / n;
        }

        /** Share of the rows whose verdict is not the large guard's; 0 without rows. */
        public double error() {
            return n == 0 ? 0 : (double) (misses + falseAlarms) / n;
        }
    }

    /**
     * What draws of the rows say: on each a band is found anew, and measured on the rows that it does not have. So the
     * error here is that of rows which the band was not chosen by, as the error of {@link #figures} is not.
     *
     * @param low where the lower end of the band lies
     * @param high where its upper end lies
     * @param share of the rows that the small guard answers
     * @param error share of the rows whose verdict is not the large guard's
     * @param meanError its mean over the draws
     */
    public record Spread(Interval low, Interval high, Interval share, Interval error, double meanError) {}

    /**
     * Finds a band.
     *
     * @param small probabilities of the small guard
     * @param large whether the large one calls the row harmful, as many
     * @param wished the share of the rows whose verdict may differ from the large guard's, 0 to below 1
     * @param bootstrap draws for {@link #spread}; empty for none
     * @throws IllegalArgumentException if there are no rows, or a number is no probability
     */
    public static CascadeCalibration of(double[] small, boolean[] large, double wished, Optional<Bootstrap> bootstrap) {
        Objects.requireNonNull(bootstrap, "bootstrap");
        if (requireAsMany(small, large) == 0) {
            throw new IllegalArgumentException(
                    "calibration: found no row, expected some like those the cascade will see");
        }
        if (!(wished >= 0 && wished < 1)) {
            throw new IllegalArgumentException("error: found " + wished + ", expected a share from 0 to below 1");
        }
        SortedRows rows = new SortedRows(small, large);
        int[] counts = new int[small.length];
        Arrays.fill(counts, 1);
        Band band = band(rows, counts, wished);
        int harmful = 0;
        for (boolean flag : large) {
            harmful += flag ? 1 : 0;
        }
        return new CascadeCalibration(
                small.length,
                harmful,
                wished,
                band,
                Figures.of(small, large, band),
                bootstrap.flatMap(draws -> spread(rows, small, large, wished, draws)));
    }

    private static int requireAsMany(double[] small, boolean[] large) {
        if (small.length != large.length) {
            throw new IllegalArgumentException("found " + small.length + " probabilities and " + large.length
                    + " verdicts, expected as many of both");
        }
        return small.length;
    }

    private static Optional<Spread> spread(
            SortedRows rows, double[] small, boolean[] large, double wished, Bootstrap bootstrap) {
        int n = small.length;
        double[][] figures = new double[4][bootstrap.replicates()];
        int usable = 0;
        Bootstrap.Draws draws = bootstrap.new Draws(n);
        int[] others = new int[n];
        for (int r = 0; r < bootstrap.replicates(); r++) {
            int[] drawn = draws.next();
            int left = 0;
            for (int i = 0; i < n; i++) {
                others[i] = drawn[i] == 0 ? 1 : 0;
                left += others[i];
            }
            if (left == 0) {
                continue; // of a handful of rows a draw can have each
            }
            Band band = band(rows, drawn, wished);
            Figures found = Figures.of(small, large, others, band);
            figures[0][usable] = band.low();
            figures[1][usable] = band.high();
            figures[2][usable] = found.share();
            figures[3][usable++] = found.error();
        }
        if (usable == 0) {
            return Optional.empty();
        }
        Interval[] intervals = new Interval[figures.length];
        for (int f = 0; f < figures.length; f++) {
            figures[f] = Arrays.copyOf(figures[f], usable);
            intervals[f] = Interval.middle(figures[f], bootstrap.confidence());
        }
        double mean = Arrays.stream(figures[3]).average().orElseThrow();
        return Optional.of(new Spread(intervals[0], intervals[1], intervals[2], intervals[3], mean));
    }

    /**
     * The band for a multiset of the rows. {@link SortedRows} has the highest probability first: the first {@code above}
     * ranks are above the band, those from {@code below} on are below it. Raising {@code above} spends errors, so
     * {@code below} only ever grows, and one pass of both finds the best pair.
     */
    private static Band band(SortedRows sorted, int[] counts, double wished) {
        Groups rows = Groups.of(sorted, counts);
        int groups = rows.size();
        int n = rows.harmful[groups] + rows.harmless[groups];
        // A share such as 0.07 of 100 rows is a hair less than 7.
        int budget = (int) Math.floor(wished * n + 1e-9);
        int bestAbove = 0;
        int bestBelow = groups;
        Cost best = null;
        int below = 0;
        for (int above = 0; above <= groups && rows.harmless[above] <= budget; above++) {
            below = Math.max(below, above);
            int falseAlarms = rows.harmless[above];
            while (rows.harmful[groups] - rows.harmful[below] > budget - falseAlarms) {
                below++;
            }
            int misses = rows.harmful[groups] - rows.harmful[below];
            int asked = rows.harmful[below] + rows.harmless[below] - rows.harmful[above] - rows.harmless[above];
            Cost cost = new Cost(asked, misses + falseAlarms, misses);
            if (best == null || cost.isLessThan(best)) {
                best = cost;
                bestAbove = above;
                bestBelow = below;
            }
        }
        return rows.band(bestAbove, bestBelow);
    }

    private record Cost(int asked, int errors, int misses) {
        boolean isLessThan(Cost other) {
            if (asked != other.asked) {
                return asked < other.asked;
            }
            return errors != other.errors ? errors < other.errors : misses < other.misses;
        }
    }

    /**
     * Rows of equal probability together, the highest first.
     *
     * @param probabilities of each group
     * @param harmful rows of the groups before each one that the large guard calls harmful; one element more
     * @param harmless the same of the others
     */
    private record Groups(double[] probabilities, int[] harmful, int[] harmless) {

        static Groups of(SortedRows rows, int[] counts) {
            double[] probabilities = new double[rows.size()];
            int[] harmful = new int[rows.size() + 1];
            int[] harmless = new int[rows.size() + 1];
            int groups = 0;
            for (int rank = 0; rank < rows.size(); ) {
                int end = rows.endOfTies(rank);
                probabilities[groups] = rows.probability(rank);
                int yes = 0;
                int no = 0;
                for (; rank < end; rank++) {
                    yes += rows.harmful(rank) ? counts[rows.row(rank)] : 0;
                    no += rows.harmful(rank) ? 0 : counts[rows.row(rank)];
                }
                if (yes + no > 0) {
                    harmful[groups + 1] = harmful[groups] + yes;
                    harmless[groups + 1] = harmless[groups] + no;
                    groups++;
                }
            }
            return new Groups(
                    Arrays.copyOf(probabilities, groups),
                    Arrays.copyOf(harmful, groups + 1),
                    Arrays.copyOf(harmless, groups + 1));
        }

        int size() {
            return probabilities.length;
        }

        /** The band around the groups from {@code above} to before {@code below}; none if they are equal. */
        Band band(int above, int below) {
            double over = above == 0 ? 2 : probabilities[above - 1];
            double under = below == size() ? -1 : probabilities[below];
            if (above == below && above > 0 && below < size()) {
                // Nothing is undecided: a point between its neighbours. Next to each other they leave room for none.
                double point = ShortNumber.near((over + under) / 2, x -> x > under && x < over)
                        .orElse(over);
                return new Band(point, point);
            }
            double lowest = above == below ? Math.min(over, 1) : probabilities[below - 1];
            double highest = above == below ? Math.max(under, 0) : probabilities[above];
            double low = below == size()
                    ? 0
                    : ShortNumber.near((lowest + under) / 2, x -> x > under && x <= lowest)
                            .orElse(lowest);
            double high = above == 0
                    ? 1
                    : ShortNumber.near((highest + over) / 2, x -> x >= highest && x < over)
                            .orElse(highest);
            return new Band(low, high);
        }
    }
}
