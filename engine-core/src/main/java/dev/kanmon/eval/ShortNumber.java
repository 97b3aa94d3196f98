package dev.kanmon.eval;

import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.DoublePredicate;

/** Numbers that people read: thresholds with as few digits as may be. */
final class ShortNumber {

    private ShortNumber() {}

    /**
     * The one with the fewest digits behind the point, at least two of them, that is this number rounded and fits.
     *
     * @return empty if none of 17 digits does
     */
    static OptionalDouble near(double number, DoublePredicate fits) {
        for (int digits = 2; digits <= 17; digits++) {
            double rounded = Double.parseDouble(String.format(Locale.ROOT, "%." + digits + "f", number));
            if (fits.test(rounded)) {
                return OptionalDouble.of(rounded);
            }
        }
        return OptionalDouble.empty();
    }
}
