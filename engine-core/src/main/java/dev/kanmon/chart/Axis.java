package dev.kanmon.chart;

import java.util.OptionalDouble;

/**
 * A linear axis.
 *
 * @param label what it counts, with the unit
 * @param from its first value; empty for the least of the data
 * @param to its last value; empty for the greatest of the data
 */
public record Axis(String label, OptionalDouble from, OptionalDouble to) {

    public Axis {
        from.ifPresent(f -> to.ifPresent(t -> {
            if (!(f < t)) {
                throw new IllegalArgumentException(
                        "axis \"" + label + "\": found " + f + " to " + t + ", expected the second to be greater");
            }
        }));
    }

    /** An axis as long as the data. */
    public static Axis of(String label) {
        return new Axis(label, OptionalDouble.empty(), OptionalDouble.empty());
    }

    /** The same from one value to another; what lies outside is cut off. */
    public Axis between(double first, double last) {
        return new Axis(label, OptionalDouble.of(first), OptionalDouble.of(last));
    }

    /** The same from one value on. */
    public Axis startingAt(double first) {
        return new Axis(label, OptionalDouble.of(first), to);
    }
}
