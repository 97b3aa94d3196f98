package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assertions.fail;

/** Collects values outside their bounds, so that a failure names the worst and counts the rest. */
final class Differences {
    static final double EPS = Math.ulp(1f);

    private final String what;
    private int outside;
    private int compared;
    private double worst = -1;
    private String worstText;

    Differences(String what) {
        this.what = what;
    }

    void add(String place, double expected, float actual, double bound) {
        compared++;
        double error = Math.abs(expected - actual);
        boolean same = Double.isNaN(expected) ? Float.isNaN(actual) : expected == actual || error <= bound;
        if (!same) {
            outside++;
            double times = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error / bound;
            if (times > worst) {
                worst = times;
                worstText = place + ": expected " + expected + ", actual " + actual + ", error " + error + ", bound "
                        + bound;
            }
        }
    }

    void bits(String place, float expected, float actual) {
        compared++;
        if (Float.floatToIntBits(expected) != Float.floatToIntBits(actual)) {
            outside++;
            worstText = worstText == null
                    ? place + ": expected " + expected + ", actual " + actual + ", to the bit"
                    : worstText;
        }
    }

    void guards(String name, long damagedAt) {
        compared++;
        if (damagedAt >= 0) {
            outside++;
            worstText = name + ": guard overwritten at float " + damagedAt;
            worst = Double.POSITIVE_INFINITY;
        }
    }

    void check() {
        if (outside > 0) {
            fail(what + ": " + outside + " of " + compared + " outside; " + worstText);
        }
    }
}
