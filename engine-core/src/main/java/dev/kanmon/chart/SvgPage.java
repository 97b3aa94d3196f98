package dev.kanmon.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Draws charts. Colours stand in the elements for a light page; a style sheet has those for a dark one, so that a
 * program that knows no style sheets still draws the light picture.
 */
final class SvgPage {
    private static final int PANEL_WIDTH = 560;
    private static final int PANEL_HEIGHT = 360;
    private static final int LEFT = 64;
    private static final int RIGHT = 18;
    private static final int TOP = 58;
    private static final int BOTTOM = 48;
    private static final double MARKER = 3.2;
    private static final double CHARACTER = 6.6; // width of one of the legend's, about

    private static final String PAPER = "#ffffff";
    private static final String INK = "#1f2328";
    private static final String FAINT = "#d8dee4";
    /** Okabe and Ito's palette, and the same lighter for dark pages. */
    private static final String[] COLOURS = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#7a5c00", "#56B4E9"};

    private static final String[] DARK = {"#58a6ff", "#ff9355", "#3fd0a4", "#e8a3c9", "#e3b341", "#9bd7ff"};

    private final StringBuilder svg = new StringBuilder();

    SvgPage(List<LineChart> charts, int columns) {
        int width = Math.min(columns, charts.size()) * PANEL_WIDTH;
        int height = (charts.size() + columns - 1) / columns * PANEL_HEIGHT;
        line(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
                        + " font-family=\"system-ui, sans-serif\" font-size=\"12\">",
                width, height, width, height);
        line(
                "<title>%s</title>",
                escape(charts.stream().map(LineChart::title).distinct().collect(Collectors.joining("; "))));
        line("<style>@media (prefers-color-scheme: dark) { .paper { fill: #0d1117 } .ink { fill: #e6edf3 }"
                + " .axis { stroke: #e6edf3 } .faint { stroke: #30363d }");
        for (int i = 0; i < DARK.length; i++) {
            line(".l%d { stroke: %s } .f%d { fill: %s }", i, DARK[i], i, DARK[i]);
        }
        line("}</style>");
        line("<rect class=\"paper\" width=\"%d\" height=\"%d\" fill=\"%s\"/>", width, height, PAPER);
        for (int i = 0; i < charts.size(); i++) {
            new Panel(charts.get(i), i, i % columns * PANEL_WIDTH, i / columns * PANEL_HEIGHT).draw();
        }
        svg.append("</svg>\n");
    }

    /** One chart at its place. */
    private final class Panel {
        private final LineChart chart;
        private final int number;
        private final Scale x;
        private final Scale y;

        Panel(LineChart chart, int number, double left, double top) {
            this.chart = chart;
            this.number = number;
            x = scale(chart.x(), Series::x, left + LEFT, left + PANEL_WIDTH - RIGHT);
            y = scale(chart.y(), Series::y, top + PANEL_HEIGHT - BOTTOM, top + TOP);
        }

        private Scale scale(Axis axis, Function<Series, double[]> coordinates, double start, double end) {
            double least = Double.POSITIVE_INFINITY;
            double most = Double.NEGATIVE_INFINITY;
            for (var series : chart.series()) {
                double[] values = coordinates.apply(series);
                boolean across = coordinates.apply(series) == series.x();
                double around = across ? series.width() / 2 : 0;
                for (double value : values) {
                    if (Double.isFinite(value)) {
                        least = Math.min(least, value - around);
                        most = Math.max(most, value + around);
                    }
                }
                if (series.shape() == Series.Shape.BARS && !across) {
                    least = Math.min(least, 0);
                    most = Math.max(most, 0);
                }
            }
            return Scale.of(axis.from(), axis.to(), least, most, start, end);
        }

        void draw() {
            line(
                    "<text class=\"ink\" x=\"%.1f\" y=\"%.1f\" font-size=\"14\" font-weight=\"600\""
                            + " fill=\"%s\">%s</text>",
                    x.start, y.end - 36, INK, escape(chart.title()));
            for (double tick : y.ticks()) {
                line("<path class=\"faint\" d=\"M%.1f %.1fH%.1f\" stroke=\"%s\"/>", x.start, y.at(tick), x.end, FAINT);
                text(x.start - 6, y.at(tick) + 4, "end", y.number(tick));
            }
            for (double tick : x.ticks()) {
                line("<path class=\"faint\" d=\"M%.1f %.1fV%.1f\" stroke=\"%s\"/>", x.at(tick), y.start, y.end, FAINT);
                text(x.at(tick), y.start + 16, "middle", x.number(tick));
            }
            line(
                    "<clipPath id=\"panel%d\"><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/></clipPath>",
                    number,
                    x.start - MARKER,
                    y.end - MARKER,
                    x.end - x.start + 2 * MARKER,
                    y.start - y.end + 2 * MARKER);
            line("<g clip-path=\"url(#panel%d)\">", number);
            if (!chart.diagonal().isEmpty()) {
                double from = Math.max(x.from, y.from);
                double to = Math.min(x.to, y.to);
                line(
                        "<path class=\"axis\" d=\"M%.1f %.1fL%.1f %.1f\" stroke=\"%s\" stroke-dasharray=\"5 4\"/>",
                        x.at(from), y.at(from), x.at(to), y.at(to), INK);
            }
            for (int i = 0; i < chart.series().size(); i++) {
                series(chart.series().get(i), colour(i));
            }
            line("</g>");
            line(
                    "<path class=\"axis\" d=\"M%.1f %.1fV%.1fH%.1f\" stroke=\"%s\" fill=\"none\"/>",
                    x.start, y.end, y.start, x.end, INK);
            text((x.start + x.end) / 2, y.start + 36, "middle", chart.x().label());
            double middle = (y.start + y.end) / 2;
            line(
                    "<text class=\"ink\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" fill=\"%s\""
                            + " transform=\"rotate(-90 %.1f %.1f)\">%s</text>",
                    x.start - 46,
                    middle,
                    INK,
                    x.start - 46,
                    middle,
                    escape(chart.y().label()));
            legend();
        }

        private int colour(int series) {
            long others = chart.series().subList(1, series + 1).stream()
                    .filter(s -> !s.likeThePrevious())
                    .count();
            return (int) (others % COLOURS.length);
        }

        private void series(Series series, int colour) {
            switch (series.shape()) {
                case BARS -> {
                    for (int i = 0; i < series.x().length; i++) {
                        if (Double.isFinite(series.x()[i]) && Double.isFinite(series.y()[i])) {
                            double left = x.at(series.x()[i] - series.width() / 2);
                            double right = x.at(series.x()[i] + series.width() / 2);
                            double zero = y.at(Math.clamp(0, y.from, y.to));
                            double end = y.at(series.y()[i]);
                            line(
                                    "<rect class=\"f%d\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\""
                                            + " fill=\"%s\" fill-opacity=\"0.3\"/>",
                                    colour,
                                    left + 0.5,
                                    Math.min(zero, end),
                                    Math.max(0.5, right - left - 1),
                                    Math.abs(end - zero),
                                    COLOURS[colour]);
                        }
                    }
                }
                case LINE -> curve(series, colour);
                case MARKED_LINE -> {
                    curve(series, colour);
                    for (int i = 0; i < series.x().length; i++) {
                        if (Double.isFinite(series.x()[i]) && Double.isFinite(series.y()[i])) {
                            dot(x.at(series.x()[i]), y.at(series.y()[i]), colour);
                        }
                    }
                }
            }
        }

        /** Of consecutive points in one column of pixels only the first, the extremes and the last are drawn. */
        private void curve(Series series, int colour) {
            double[] xs = series.x();
            double[] ys = series.y();
            var path = new StringBuilder();
            boolean joined = false;
            for (int i = 0; i < xs.length; ) {
                if (!Double.isFinite(xs[i]) || !Double.isFinite(ys[i])) {
                    joined = false;
                    i++;
                    continue;
                }
                int first = i;
                int least = i;
                int most = i;
                long column = Math.round(x.at(xs[i]));
                for (; i < xs.length && Double.isFinite(ys[i]) && Math.round(x.at(xs[i])) == column; i++) {
                    least = ys[i] < ys[least] ? i : least;
                    most = ys[i] > ys[most] ? i : most;
                }
                int[] kept = IntStream.of(first, least, most, i - 1)
                        .sorted()
                        .distinct()
                        .toArray();
                for (int point : kept) {
                    path.append(format("%s%.1f %.1f", joined ? "L" : "M", x.at(xs[point]), y.at(ys[point])));
                    joined = true;
                }
            }
            if (path.indexOf("L") >= 0) { // one point alone is no line
                line(
                        "<path class=\"l%d\" d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.8\""
                                + " stroke-linejoin=\"round\"/>",
                        colour, path, COLOURS[colour]);
            }
        }

        private void legend() {
            double at = x.start;
            double middle = y.end - 16;
            for (int i = 0; i < chart.series().size(); i++) {
                var series = chart.series().get(i);
                if (!series.name().isEmpty()) {
                    int colour = colour(i);
                    if (series.shape() == Series.Shape.BARS) {
                        line(
                                "<rect class=\"f%d\" x=\"%.1f\" y=\"%.1f\" width=\"20\" height=\"10\" fill=\"%s\""
                                        + " fill-opacity=\"0.3\"/>",
                                colour, at, middle - 5, COLOURS[colour]);
                    } else {
                        line(
                                "<path class=\"l%d\" d=\"M%.1f %.1fh20\" stroke=\"%s\" stroke-width=\"1.8\"/>",
                                colour, at, middle, COLOURS[colour]);
                        if (series.shape() == Series.Shape.MARKED_LINE) {
                            dot(at + 10, middle, colour);
                        }
                    }
                    at = name(at, middle, series.name());
                }
            }
            if (!chart.diagonal().isEmpty()) {
                line(
                        "<path class=\"axis\" d=\"M%.1f %.1fh20\" stroke=\"%s\" stroke-dasharray=\"5 4\"/>",
                        at, middle, INK);
                name(at, middle, chart.diagonal());
            }
        }

        private double name(double at, double middle, String name) {
            text(at + 26, middle + 4, "start", name);
            return at + 42 + CHARACTER * name.length();
        }
    }

    /** From values to pixels. */
    private record Scale(double from, double to, double start, double end) {
        private static final int TICKS = 6;

        /** The axis' own ends, where it has them, else the data's. */
        static Scale of(
                OptionalDouble first, OptionalDouble last, double least, double most, double start, double end) {
            boolean empty = !(least <= most);
            double from = first.orElse(empty ? last.orElse(1) - 1 : least);
            double to = last.orElse(empty ? from + 1 : most);
            if (!(from < to)) { // all values are the same, or the data lies outside of what the axis shows
                double around = Math.max(1e-9, Math.abs(from) / 2);
                to = last.isPresent() ? to : from + around;
                from = first.isPresent() ? from : to - 2 * around;
            }
            return new Scale(from, to, start, end);
        }

        double at(double value) {
            return start + (value - from) / (to - from) * (end - start);
        }

        private double step() {
            double rough = (to - from) / TICKS;
            double power = Math.pow(10, Math.floor(Math.log10(rough)));
            double digit = rough / power;
            return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
        }

        /** Round numbers from end to end. */
        List<Double> ticks() {
            double step = step();
            double slack = step * 1e-6; // the last tick may miss its end by a rounding
            List<Double> ticks = new ArrayList<>();
            for (long i = (long) Math.ceil((from - slack) / step); i * step <= to + slack; i++) {
                ticks.add(i * step);
            }
            return ticks;
        }

        String number(double tick) {
            int decimals = (int) Math.max(0, Math.ceil(-Math.log10(step()) - 1e-9));
            return decimals > 6 ? format("%.3g", tick) : format("%." + decimals + "f", tick);
        }
    }

    private void dot(double x, double y, int colour) {
        line(
                "<circle class=\"f%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"/>",
                colour, x, y, MARKER, COLOURS[colour]);
    }

    private void text(double x, double y, String anchor, String text) {
        line(
                "<text class=\"ink\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>",
                x, y, anchor, INK, escape(text));
    }

    private void line(String pattern, Object... values) {
        svg.append(format(pattern, values)).append('\n');
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    @Override
    public String toString() {
        return svg.toString();
    }
}
