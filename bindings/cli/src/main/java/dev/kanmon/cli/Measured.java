package dev.kanmon.cli;

import dev.kanmon.eval.Bootstrap;
import dev.kanmon.eval.Figure;
import dev.kanmon.eval.Interval;
import dev.kanmon.eval.Metrics;
import dev.kanmon.formats.json.JsonWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Figures of some rows, as they are shown.
 *
 * @param metrics the figures
 * @param intervals of those that have one; none if none were asked for
 */
record Measured(Metrics metrics, Map<Figure, Interval> intervals) {

    static Measured of(double[] probabilities, boolean[] labels, double threshold, Optional<Bootstrap> bootstrap) {
        return new Measured(
                Metrics.of(probabilities, labels, threshold),
                bootstrap.isPresent() ? bootstrap.get().intervals(probabilities, labels, threshold) : Map.of());
    }

    /** The figures as cells of a table. */
    List<String> cells(Figure... figures) {
        return Arrays.stream(figures).map(figure -> number(figure.of(metrics))).toList();
    }

    /** Their intervals as cells of the row below. */
    List<String> intervalCells(Figure... figures) {
        List<String> cells = new ArrayList<>();
        for (Figure figure : figures) {
            Interval interval = intervals.get(figure);
            cells.add(interval == null ? "" : range(interval));
        }
        return cells;
    }

    /** Writes figures into an object that is open, a figure that is undefined as null. */
    void write(JsonWriter row, Figure... figures) {
        for (Figure figure : figures) {
            row.name(figure.key());
            number(row, figure.of(metrics));
        }
    }

    /** Writes {@code "intervals": {FIGURE: [LOW, HIGH]}} if there are any. */
    void writeIntervals(JsonWriter row, Figure... figures) {
        if (intervals.isEmpty()) {
            return;
        }
        row.name("intervals").beginObject();
        for (Figure figure : figures) {
            Interval interval = intervals.get(figure);
            if (interval != null) {
                row.name(figure.key()).beginArray();
                row.value(interval.low()).value(interval.high()).endArray();
            }
        }
        row.endObject();
    }

    static void number(JsonWriter row, OptionalDouble number) {
        if (number.isPresent()) {
            row.value(number.getAsDouble());
        } else {
            row.nullValue();
        }
    }

    static String number(OptionalDouble number) {
        return number.isPresent() ? String.format(Locale.ROOT, "%.3f", number.getAsDouble()) : "–";
    }

    static String range(Interval interval) {
        return String.format(Locale.ROOT, "%.3f–%.3f", interval.low(), interval.high());
    }
}
