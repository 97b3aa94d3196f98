package dev.kanmon.chart;

import java.util.Objects;

/**
 * Points in the order in which they are joined. A point with a coordinate that is not finite is a gap.
 *
 * @param name for the legend; empty to be left out of it
 * @param shape how the points are drawn
 * @param x horizontal coordinates, not copied: they must not change any more
 * @param y vertical coordinates, as many, not copied
 * @param width of a bar, in units of the horizontal axis; of other shapes 0
 * @param likeThePrevious whether it has the colour of the series before it
 */
public record Series(String name, Shape shape, double[] x, double[] y, double width, boolean likeThePrevious) {

    /** How a series is drawn. */
    public enum Shape {
        /** Joined by straight lines. */
        LINE,
        /** Joined by straight lines, a dot at each point. */
        MARKED_LINE,
        /** A pale bar from the axis to each point, its middle at x. */
        BARS
    }

    public Series {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(shape, "shape");
        if (x.length != y.length) {
            throw new IllegalArgumentException("series \"" + name + "\": found " + x.length + " x and " + y.length
                    + " y, expected as many of both");
        }
        if (!(width >= 0)) {
            throw new IllegalArgumentException(
                    "series \"" + name + "\": found bars " + width + " wide, expected a positive number");
        }
    }

    /** Points joined by lines. */
    public static Series line(String name, double[] x, double[] y) {
        return new Series(name, Shape.LINE, x, y, 0, false);
    }

    /** Bars of this width, in units of the horizontal axis. */
    public static Series bars(String name, double[] x, double[] y, double width) {
        return new Series(name, Shape.BARS, x, y, width, false);
    }

    /** The same with a dot at each point. */
    public Series marked() {
        return new Series(name, Shape.MARKED_LINE, x, y, 0, likeThePrevious);
    }

    /** The same in the colour of the series before it. */
    public Series inThePreviousColour() {
        return new Series(name, shape, x, y, width, true);
    }
}
