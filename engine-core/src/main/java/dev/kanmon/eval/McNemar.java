package dev.kanmon.eval;

/**
 * Whether two models are right equally often on the same rows: McNemar's test (1947) in its exact form. Rows on which both
 * are right, or both wrong, say nothing; of the others each model would have half by chance.
 *
 * @param onlyFirst rows that the first model alone judges as labelled
 * @param onlySecond rows that the second alone judges as labelled
 * @param p probability of a split at least as uneven by chance, both sides together; 1 without such rows
 */
public record McNemar(int onlyFirst, int onlySecond, double p) {

    /**
     * Tests.
     *
     * @param first whether the first model flags each row
     * @param second whether the second does
     * @param labels true for harmful
     */
    public static McNemar of(boolean[] first, boolean[] second, boolean[] labels) {
        if (first.length != labels.length || second.length != labels.length) {
            throw new IllegalArgumentException("found " + first.length + " and " + second.length + " verdicts on "
                    + labels.length + " labels, expected as many");
        }
        int onlyFirst = 0;
        int onlySecond = 0;
        for (int i = 0; i < labels.length; i++) {
            if (first[i] != second[i]) {
                onlyFirst += first[i] == labels[i] ? 1 : 0;
                onlySecond += second[i] == labels[i] ? 1 : 0;
            }
        }
        return new McNemar(onlyFirst, onlySecond, twoSided(onlyFirst, onlySecond));
    }

    /** min(1, 2 P(X ≤ min(b, c))), X the heads among b + c tosses of a fair coin. */
    static double twoSided(int b, int c) {
        int n = b + c;
        double logBinomial = 0; // ln (n over k), from k = 0 on
        double tail = 0;
        for (int k = 0; k <= Math.min(b, c); k++) {
            tail += Math.exp(logBinomial - n * Math.log(2));
            logBinomial += Math.log((double) (n - k) / (k + 1));
        }
        return Math.min(1, 2 * tail);
    }
}
