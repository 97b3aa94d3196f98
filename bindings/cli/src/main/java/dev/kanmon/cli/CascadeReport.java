package dev.kanmon.cli;

import dev.kanmon.Cascade.Band;
import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.cli.Main.Streams;
import dev.kanmon.eval.Bootstrap;
import dev.kanmon.eval.CascadeCalibration;
import dev.kanmon.eval.CascadeCalibration.Figures;
import dev.kanmon.eval.CascadeCalibration.Spread;
import dev.kanmon.eval.Interval;
import dev.kanmon.formats.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;

/**
 * What {@code calibrate --cascade} found.
 *
 * @param chosen for the error that was asked for
 * @param others for other errors, from none to many, the one that was asked for among them
 * @param threshold the large guard's
 * @param smallSpeed texts a second that the small guard read
 * @param largeSpeed the same of the large one
 */
record CascadeReport(
        CascadeCalibration chosen,
        List<CascadeCalibration> others,
        double threshold,
        double smallSpeed,
        double largeSpeed) {

    private static final List<Double> ERRORS = List.of(0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05);

    /**
     * @throws BadInput if the rows cannot say where the small guard is undecided, since the large one finds all alike
     */
    static CascadeReport of(Judged small, Judged large, double error, Optional<Bootstrap> bootstrap) throws BadInput {
        double[] probabilities = small.probabilities();
        boolean[] flags = large.flags();
        CascadeCalibration chosen = CascadeCalibration.of(probabilities, flags, error, bootstrap);
        if (chosen.harmful() == 0 || chosen.harmful() == chosen.n()) {
            throw new BadInput("the larger guard calls " + (chosen.harmful() == 0 ? "none" : "all") + " of the "
                    + chosen.n() + " rows harmful; expected rows of both kinds");
        }
        TreeSet<Double> errors = new TreeSet<>(ERRORS);
        errors.add(error);
        List<CascadeCalibration> others = new ArrayList<>();
        for (double other : errors) {
            others.add(other == error ? chosen : CascadeCalibration.of(probabilities, flags, other, Optional.empty()));
        }
        return new CascadeReport(
                chosen, List.copyOf(others), large.threshold(), small.textsPerSecond(), large.textsPerSecond());
    }

    /** Texts a second of both together: each row costs the small guard's time, some the large one's, too. */
    private double speed() {
        return 1 / (1 / smallSpeed + (1 - chosen.figures().share()) / largeSpeed);
    }

    /** A table on standard output; on standard error what to think of it. */
    void print(Streams streams, String small, String large) {
        streams.note(String.format(
                Locale.ROOT,
                "%s before %s, which calls %,d of %,d rows harmful",
                small,
                large,
                chosen.harmful(),
                chosen.n()));
        Table table = new Table("allowed", "low", "high", "answered", "differ", "misses", "false alarms");
        for (CascadeCalibration found : others) {
            Figures figures = found.figures();
            table.row(List.of(
                    percent(found.wished()),
                    Double.toString(found.band().low()),
                    Double.toString(found.band().high()),
                    percent(figures.share()),
                    percent(figures.error()),
                    Integer.toString(figures.misses()),
                    Integer.toString(figures.falseAlarms())));
            if (found == chosen) {
                chosen.spread()
                        .ifPresent(spread -> table.row(List.of(
                                "  95 %",
                                Measured.range(spread.low()),
                                Measured.range(spread.high()),
                                percent(spread.share()),
                                percent(spread.error()),
                                "",
                                "")));
            }
        }
        table.lines().forEach(streams::line);
        Band band = chosen.band();
        streams.note(String.format(
                Locale.ROOT,
                "chosen: below %s harmless, above %s harmful, between them the larger guard is asked",
                band.low(),
                band.high()));
        chosen.spread()
                .ifPresent(spread -> streams.note(
                        "of rows that a band was not chosen by " + percent(spread.meanError()) + " differ"));
        streams.note(String.format(
                Locale.ROOT,
                "texts a second here: %.0f and %.0f, so both together about %.0f",
                smallSpeed,
                largeSpeed,
                speed()));
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * share);
    }

    private static String percent(Interval shares) {
        return String.format(Locale.ROOT, "%.2f–%.2f %%", 100 * shares.low(), 100 * shares.high());
    }

    /** The same as a JSON object. */
    String row() {
        Figures figures = chosen.figures();
        JsonWriter row = JsonWriter.compact().beginObject();
        row.name("n").value(chosen.n());
        row.name("harmful").value(chosen.harmful());
        row.name("allowed").value(chosen.wished());
        row.name("low").value(chosen.band().low());
        row.name("high").value(chosen.band().high());
        row.name("threshold").value(threshold);
        row.name("answered").value(figures.share());
        row.name("differ").value(figures.error());
        row.name("misses").value(figures.misses());
        row.name("false_alarms").value(figures.falseAlarms());
        row.name("texts_per_s").beginObject();
        row.name("small").value(smallSpeed);
        row.name("large").value(largeSpeed);
        row.name("cascade").value(speed());
        row.endObject();
        if (chosen.spread().isPresent()) {
            Spread spread = chosen.spread().get();
            row.name("others").beginObject();
            row.name("differ").value(spread.meanError());
            row.name("intervals").beginObject();
            interval(row, "low", spread.low());
            interval(row, "high", spread.high());
            interval(row, "answered", spread.share());
            interval(row, "differ", spread.error());
            row.endObject().endObject();
        }
        return row.endObject().toString();
    }

    private static void interval(JsonWriter row, String name, Interval interval) {
        row.name(name).beginArray();
        row.value(interval.low()).value(interval.high()).endArray();
    }
}
