package dev.kanmon.cli;

import dev.kanmon.eval.Bootstrap;
import dev.kanmon.eval.Bootstrap.Difference;
import dev.kanmon.eval.Figure;
import dev.kanmon.eval.McNemar;
import dev.kanmon.eval.Metrics;
import dev.kanmon.formats.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Two guards on the same rows, each with its own threshold.
 *
 * @param other the second guard's figures
 * @param flips rows on which the verdicts differ, for people
 * @param test whether one of them is right more often
 * @param differences the first guard's figures less the second's; none if no draws were asked for
 */
record Comparison(Metrics other, List<String> flips, McNemar test, Map<Figure, Difference> differences) {

    private static final Figure[] SHOWN = {Figure.AUPRC, Figure.F1};

    static Comparison of(LabelledRows rows, Judged mine, Judged others, Optional<Bootstrap> bootstrap) {
        boolean[] labels = rows.labels();
        double[] first = mine.probabilities();
        double[] second = others.probabilities();
        boolean[] firstFlags = mine.flags();
        boolean[] secondFlags = others.flags();
        List<String> flips = new ArrayList<>();
        for (int i = 0; i < labels.length; i++) {
            if (firstFlags[i] != secondFlags[i]) {
                flips.add(String.format(Locale.ROOT, "line %d %.3f, %.3f", rows.line(i), first[i], second[i]));
            }
        }
        return new Comparison(
                Metrics.of(second, labels, others.threshold()),
                flips,
                McNemar.of(firstFlags, secondFlags, labels),
                bootstrap.isPresent()
                        ? bootstrap.get().differences(first, mine.threshold(), second, others.threshold(), labels)
                        : Map.of());
    }

    /** A table of comparisons, to which {@link #cells} are the rows. */
    static Table table() {
        return new Table(
                "file",
                "differ",
                "right alone",
                "other right alone",
                "p (McNemar)",
                "AUPRC: less other",
                "95 %",
                "p",
                "F1: less other",
                "95 %",
                "p");
    }

    List<String> cells(String file) {
        List<String> cells = new ArrayList<>();
        cells.add(file);
        cells.add(Integer.toString(flips.size()));
        cells.add(Integer.toString(test.onlyFirst()));
        cells.add(Integer.toString(test.onlySecond()));
        cells.add(p(test.p()));
        for (Figure figure : SHOWN) {
            Difference difference = differences.get(figure);
            cells.add(difference == null ? "–" : String.format(Locale.ROOT, "%+.3f", difference.value()));
            cells.add(
                    difference == null
                            ? "–"
                            : String.format(
                                    Locale.ROOT,
                                    "%+.3f to %+.3f",
                                    difference.interval().low(),
                                    difference.interval().high()));
            cells.add(difference == null ? "–" : p(difference.p()));
        }
        return cells;
    }

    private static String p(double p) {
        return p < 0.001 ? String.format(Locale.ROOT, "%.1e", p) : String.format(Locale.ROOT, "%.3f", p);
    }

    /** Writes it as a value. */
    void write(JsonWriter row, String model) {
        row.beginObject();
        row.name("model").value(model);
        row.name("threshold").value(other.threshold());
        new Measured(other, Map.of()).write(row, Figure.values());
        row.name("flips").value(flips.size());
        row.name("mcnemar").beginObject();
        row.name("right_alone").value(test.onlyFirst());
        row.name("other_right_alone").value(test.onlySecond());
        row.name("p").value(test.p()).endObject();
        if (!differences.isEmpty()) {
            row.name("differences").beginObject();
            differences.forEach((figure, difference) -> {
                row.name(figure.key()).beginObject();
                row.name("value").value(difference.value());
                row.name("interval").beginArray();
                row.value(difference.interval().low())
                        .value(difference.interval().high());
                row.endArray();
                row.name("p").value(difference.p()).endObject();
            });
            row.endObject();
        }
        row.endObject();
    }
}
