package dev.kanmon.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * Latency against length as SVG: a panel for each shape and number of threads, both axes logarithmic, since the lengths
 * double and the engines differ by factors. A colour is an engine; how a line is drawn and marked is the form it
 * computes in.
 */
final class LatencyChart {
    private static final int PANEL_WIDTH = 430;
    private static final int PANEL_HEIGHT = 300;
    private static final int LEFT = 62;
    private static final int RIGHT = 14;
    private static final int TOP = 34;
    private static final int BOTTOM = 46;
    private static final int LEGEND = 66;
    private static final double[] STEPS = {1, 2, 5};
    private static final String INK = "#1f2328";
    private static final String FAINT = "#d8dee4";

    /** Told apart with any colour vision: Okabe and Ito's palette. */
    private enum Series {
        MACHINE("kanmon-machine", "Kanmon, machine kernels", "#0072B2"),
        VECTOR("kanmon-vector", "Kanmon, vector kernels", "#56B4E9"),
        ORT("ort", "ONNX Runtime", "#D55E00"),
        OPENVINO("openvino", "OpenVINO", "#009E73"),
        ROOF("roof", "roof of the cores", "#8c959f");

        private final String engine;
        private final String title;
        private final String colour;

        Series(String engine, String title, String colour) {
            this.engine = engine;
            this.title = title;
            this.colour = colour;
        }

        boolean is(Measure measure) {
            return measure.engine().equals(engine) || measure.engine().startsWith(engine + "-");
        }
    }

    /** How a form is drawn. */
    private enum Form {
        FP32("fp32", ""),
        BF16("bf16", "7 4"),
        INT8("int8", "2 4");

        private final String title;
        private final String dashes;

        Form(String title, String dashes) {
            this.title = title;
            this.dashes = dashes;
        }

        String marker(double x, double y, String colour) {
            return switch (this) {
                case FP32 -> format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.6\" fill=\"%s\"/>", x, y, colour);
                case BF16 ->
                    format(
                            "<rect x=\"%.1f\" y=\"%.1f\" width=\"7\" height=\"7\" fill=\"%s\"/>",
                            x - 3.5, y - 3.5, colour);
                case INT8 -> format("<path d=\"M%.1f %.1fl4.4 7.6h-8.8z\" fill=\"%s\"/>", x, y - 4.8, colour);
            };
        }
    }

    private final StringBuilder svg = new StringBuilder();

    private LatencyChart() {}

    /**
     * The picture.
     *
     * @param figures those of the bench {@code encoder} are drawn, by their minima
     */
    static String of(Figures figures) {
        return new LatencyChart().draw(figures.of("encoder"));
    }

    private String draw(Figures encoder) {
        var shapes = encoder.distinct(Measure::subject);
        var threads = encoder.numbers(Measure::threads);
        int width = Math.max(1, threads.size()) * PANEL_WIDTH;
        int height = LEGEND + shapes.size() * PANEL_HEIGHT;
        line(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
                        + " font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"%s\">",
                width, height, width, height, INK);
        line("<title>Latency of an encoder against the length of the text</title>");
        line("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", width, height);
        legend(encoder);
        for (int row = 0; row < shapes.size(); row++) {
            for (int column = 0; column < threads.size(); column++) {
                var cell = encoder.on(shapes.get(row)).threads(threads.get(column));
                if (!cell.all().isEmpty()) {
                    String title = shapes.get(row) + ", batch 1, " + threads.get(column)
                            + (threads.get(column) == 1 ? " thread" : " threads");
                    panel(column * PANEL_WIDTH, LEGEND + row * PANEL_HEIGHT, title, cell);
                }
            }
        }
        return svg.append("</svg>\n").toString();
    }

    private void legend(Figures encoder) {
        double x = 20;
        for (var series : Series.values()) {
            if (encoder.all().stream().anyMatch(series::is)) {
                line("<rect x=\"%.1f\" y=\"14\" width=\"14\" height=\"14\" fill=\"%s\"/>", x, series.colour);
                line("<text x=\"%.1f\" y=\"26\">%s</text>", x + 20, series.title);
                x += 40 + 7.2 * series.title.length();
            }
        }
        x = 20;
        for (var form : Form.values()) {
            line("<path d=\"M%.1f 48h44\" stroke=\"%s\" stroke-width=\"2\"%s/>", x, INK, dashes(form));
            line("%s", form.marker(x + 22, 48, INK));
            line("<text x=\"%.1f\" y=\"52\">%s</text>", x + 52, form.title);
            x += 110;
        }
    }

    private void panel(double left, double top, String title, Figures cell) {
        double[] lengths = cell.numbers(Measure::size).stream()
                .mapToDouble(Integer::doubleValue)
                .toArray();
        double least = cell.all().stream().mapToDouble(Measure::min).min().orElseThrow();
        double most = cell.all().stream().mapToDouble(Measure::min).max().orElseThrow();
        var x = new Axis(lengths[0], lengths[lengths.length - 1], left + LEFT + 8, left + PANEL_WIDTH - RIGHT - 8);
        var y = new Axis(least / 1.15, most * 1.15, top + PANEL_HEIGHT - BOTTOM, top + TOP);
        line("<text x=\"%.1f\" y=\"%.1f\" font-weight=\"600\">%s</text>", left + LEFT, top + TOP - 12, title);
        for (double tick : ticks(y.from, y.to)) {
            line(
                    "<path d=\"M%.1f %.1fH%.1f\" stroke=\"%s\"/>",
                    left + LEFT, y.at(tick), left + PANEL_WIDTH - RIGHT, FAINT);
            line(
                    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                    left + LEFT - 6, y.at(tick) + 4, number(tick));
        }
        for (double length : lengths) {
            line(
                    "<path d=\"M%.1f %.1fV%.1f\" stroke=\"%s\"/>",
                    x.at(length), top + TOP, top + PANEL_HEIGHT - BOTTOM, FAINT);
            line(
                    "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.0f</text>",
                    x.at(length), top + PANEL_HEIGHT - BOTTOM + 16, length);
        }
        line(
                "<path d=\"M%.1f %.1fV%.1fH%.1f\" stroke=\"%s\" fill=\"none\"/>",
                left + LEFT, top + TOP, top + PANEL_HEIGHT - BOTTOM, left + PANEL_WIDTH - RIGHT, INK);
        line(
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">tokens</text>",
                left + LEFT + (PANEL_WIDTH - LEFT - RIGHT) / 2.0, top + PANEL_HEIGHT - BOTTOM + 34);
        double middle = top + TOP + (PANEL_HEIGHT - TOP - BOTTOM) / 2.0;
        line(
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" transform=\"rotate(-90 %.1f %.1f)\">ms a"
                        + " call</text>",
                left + 16, middle, left + 16, middle);
        for (var series : List.of(Series.values()).reversed()) { // ours lie on top
            for (var form : Form.values()) {
                curve(x, y, series, form, cell);
            }
        }
    }

    private void curve(Axis x, Axis y, Series series, Form form, Figures cell) {
        var path = new StringBuilder();
        var markers = new ArrayList<String>();
        for (int length : cell.numbers(Measure::size)) {
            cell.size(length).all().stream()
                    .filter(m -> series.is(m) && m.form().equals(form.title))
                    .mapToDouble(Measure::min)
                    .min()
                    .ifPresent(millis -> {
                        path.append(format("%s%.1f %.1f", path.isEmpty() ? "M" : "L", x.at(length), y.at(millis)));
                        if (series != Series.ROOF) {
                            markers.add(form.marker(x.at(length), y.at(millis), series.colour));
                        }
                    });
        }
        if (!path.isEmpty()) {
            line(
                    "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"%s/>",
                    path, series.colour, series == Series.ROOF ? "1" : "2", dashes(form));
            markers.forEach(marker -> line("%s", marker));
        }
    }

    private static String dashes(Form form) {
        return form.dashes.isEmpty() ? "" : " stroke-dasharray=\"" + form.dashes + "\"";
    }

    /** A logarithmic scale. */
    private record Axis(double from, double to, double start, double end) {
        double at(double value) {
            double share = from == to ? 0.5 : Math.log(value / from) / Math.log(to / from);
            return start + share * (end - start);
        }
    }

    /** 1, 2 and 5 times the powers of ten between two numbers. */
    static double[] ticks(double from, double to) {
        var ticks = DoubleStream.builder();
        for (int power = (int) Math.floor(Math.log10(from)); power <= Math.log10(to); power++) {
            for (double step : STEPS) {
                double tick = step * Math.pow(10, power);
                if (tick >= from && tick <= to) {
                    ticks.add(tick);
                }
            }
        }
        return ticks.build().toArray();
    }

    private static String number(double value) {
        return value < 1 ? format("%.1f", value) : format("%.0f", value);
    }

    private void line(String pattern, Object... values) {
        svg.append(format(pattern, values)).append('\n');
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
