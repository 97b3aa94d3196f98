package dev.kanmon.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Curves over two linear axes.
 *
 * {@snippet lang="java" :
 * String svg = LineChart.of("Loss", Axis.of("step"), Axis.of("nats"))
 *         .with(Series.line("training", steps, losses))
 *         .with(Series.line("validation", validationSteps, validationLosses).marked())
 *         .svg();
 * }
 *
 * The picture follows the reader's light or dark theme, and its colours can be told apart with any colour vision.
 *
 * @param title over the picture
 * @param x the horizontal axis
 * @param y the vertical axis
 * @param series what is drawn, the first at the bottom; a name that is empty is left out of the legend
 * @param diagonal name of a dashed line where y = x; empty for no such line
 */
public record LineChart(String title, Axis x, Axis y, List<Series> series, String diagonal) {

    public LineChart {
        Objects.requireNonNull(title, "title");
        Objects.requireNonNull(x, "x");
        Objects.requireNonNull(y, "y");
        Objects.requireNonNull(diagonal, "diagonal");
        series = List.copyOf(series);
    }

    /** An empty chart. */
    public static LineChart of(String title, Axis x, Axis y) {
        return new LineChart(title, x, y, List.of(), "");
    }

    /** With one more series, over the others. */
    public LineChart with(Series more) {
        var all = new ArrayList<>(series);
        all.add(more);
        return new LineChart(title, x, y, all, diagonal);
    }

    /** With a dashed line where y = x. */
    public LineChart withDiagonal(String name) {
        return new LineChart(title, x, y, series, name);
    }

    /** The picture as an SVG document. */
    public String svg() {
        return svg(List.of(this), 1);
    }

    /**
     * Several charts in one SVG document, row by row.
     *
     * @param charts at least one
     * @param columns charts in a row, at least one
     */
    public static String svg(List<LineChart> charts, int columns) {
        if (charts.isEmpty() || columns < 1) {
            throw new IllegalArgumentException("charts: found " + charts.size() + " in " + columns
                    + " columns, expected at least one chart and one column");
        }
        return new SvgPage(charts, columns).toString();
    }
}
