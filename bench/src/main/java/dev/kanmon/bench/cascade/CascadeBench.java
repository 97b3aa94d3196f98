package dev.kanmon.bench.cascade;

import dev.kanmon.Cascade;
import dev.kanmon.Checker;
import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.Verdict;
import dev.kanmon.bench.Options;
import dev.kanmon.bench.Table;
import dev.kanmon.eval.Bootstrap;
import dev.kanmon.eval.CascadeCalibration;
import dev.kanmon.eval.CascadeCalibration.Figures;
import dev.kanmon.eval.Figure;
import dev.kanmon.eval.Metrics;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;

/**
 * What does a small guard in front of a larger one save, and what does it cost in quality? Bands are found on rows of the
 * one kind, {@code calibration}, and everything is reported on others, {@code data}.
 */
public final class CascadeBench {
    private static final List<String> DEFAULTS = List.of(
            "small",
            "",
            "large",
            "bundled",
            "calibration",
            "",
            "data",
            "",
            "errors",
            "0.005,0.01,0.02,0.05",
            "weights",
            "f32",
            "threads",
            "2",
            "batch",
            "16",
            "sample",
            "400",
            "rounds",
            "3",
            "quality",
            "true");

    private static final Bootstrap BOOTSTRAP = Bootstrap.of(1000, 1);

    private CascadeBench() {}

    /**
     * Prints the tables.
     *
     * @param arguments {@code key=value}: {@code small} and {@code large}, guards; {@code calibration}, a JSONL file;
     *     {@code data}, labelled rows in a file or a folder of them; {@code errors} that are allowed; {@code sample}, rows
     *     that times are taken on, {@code rounds} times; {@code quality=false} leaves out what is not about time
     */
    public static void run(String... arguments) throws IOException {
        var options = Options.of(DEFAULTS, arguments);
        for (String key : List.of("small", "calibration", "data")) {
            if (options.text(key).isEmpty()) {
                throw new IllegalArgumentException(key + "=: expected a path; bench/run cascade small=DIR"
                        + " calibration=FILE.jsonl data=DIR|FILE.jsonl");
            }
        }
        var guardOptions = GuardOptions.defaults()
                .withThreads(options.number("threads"))
                .withWeights(WeightType.valueOf(options.text("weights").toUpperCase(Locale.ROOT)));
        try (var small = open(options.text("small"), guardOptions);
                var large = open(options.text("large"), guardOptions)) {
            var calibration = Rows.of(Path.of(options.text("calibration"))).getFirst();
            var rows = Rows.of(Path.of(options.text("data")));
            int batch = options.number("batch");
            double[] chosenOn = probabilities(small, calibration.exchanges(), batch);
            boolean[] chosenFor = harmful(large, calibration.exchanges(), batch);
            Map<Double, Cascade.Band> bands = new LinkedHashMap<>();
            for (String error : options.list("errors")) {
                double allowed = Double.parseDouble(error);
                bands.put(
                        allowed,
                        CascadeCalibration.of(chosenOn, chosenFor, allowed, Optional.empty())
                                .band());
            }
            System.out.printf(
                    Locale.ROOT,
                    "small: %s, %,d parameters; large: %s, %,d; %s, %d threads; bands from %,d rows%n",
                    small.info().model(),
                    small.info().parameters(),
                    large.info().model(),
                    large.info().parameters(),
                    options.text("weights"),
                    options.number("threads"),
                    chosenOn.length);
            if (options.flag("quality")) {
                quality(small, large, bands, rows, batch);
            }
            times(small, large, bands, Rows.together(rows), options);
        }
    }

    private static Guard open(String place, GuardOptions options) throws IOException {
        return place.equals("bundled") ? Guard.bundled(options) : Guard.load(Path.of(place), options);
    }

    private static double[] probabilities(Checker guard, List<Exchange> exchanges, int batch) {
        return verdicts(guard, exchanges, batch).stream()
                .mapToDouble(Verdict::probability)
                .toArray();
    }

    private static boolean[] harmful(Checker guard, List<Exchange> exchanges, int batch) {
        return flags(verdicts(guard, exchanges, batch));
    }

    private static boolean[] flags(List<Verdict> verdicts) {
        boolean[] flags = new boolean[verdicts.size()];
        for (int i = 0; i < flags.length; i++) {
            flags[i] = verdicts.get(i).harmful();
        }
        return flags;
    }

    private static List<Verdict> verdicts(Checker guard, List<Exchange> exchanges, int batch) {
        var verdicts = new ArrayList<Verdict>(exchanges.size());
        for (int from = 0; from < exchanges.size(); from += batch) {
            verdicts.addAll(guard.checkAll(exchanges.subList(from, Math.min(exchanges.size(), from + batch))));
        }
        return verdicts;
    }

    /** The probabilities that a cascade of these two gives. */
    private static double[] joined(double[] small, double[] large, Cascade.Band band) {
        double[] joined = small.clone();
        for (int i = 0; i < joined.length; i++) {
            joined[i] = band.contains(small[i]) ? large[i] : small[i];
        }
        return joined;
    }

    private static void quality(
            Guard small, Guard large, Map<Double, Cascade.Band> bands, List<Rows> files, int batch) {
        double threshold = large.info().threshold();
        bands.values().forEach(band -> {
            if (!band.contains(threshold)) {
                throw new IllegalArgumentException(band + ": found a band without the threshold " + threshold
                        + ", expected one around it: no one number is the threshold of both guards");
            }
        });
        List<double[]> ofSmall = new ArrayList<>();
        List<double[]> ofLarge = new ArrayList<>();
        for (var rows : files) {
            ofSmall.add(probabilities(small, rows.exchanges(), batch));
            ofLarge.add(probabilities(large, rows.exchanges(), batch));
        }
        var all = Rows.together(files);
        double[] allSmall = ofSmall.stream().flatMapToDouble(Arrays::stream).toArray();
        double[] allLarge = ofLarge.stream().flatMapToDouble(Arrays::stream).toArray();
        var table = Table.of(
                "all " + allSmall.length + " rows",
                "band",
                "answered by small",
                "differ from large",
                "F1",
                "AUPRC",
                "FPR",
                "F1 less large's (95 %)",
                "AUPRC less large's (95 %)");
        table.row(row("small", "", "100 %", differ(allSmall, allLarge, threshold), allSmall, allLarge, all, threshold));
        bands.forEach((allowed, band) -> {
            var figures = Figures.of(allSmall, over(allLarge, threshold), band);
            table.row(row(
                    "cascade, " + percent(allowed) + " allowed",
                    band.low() + "–" + band.high(),
                    percent(figures.share()),
                    percent(figures.error()),
                    joined(allSmall, allLarge, band),
                    allLarge,
                    all,
                    threshold));
        });
        table.row(row("large", "", "0 %", "0 %", allLarge, allLarge, all, threshold));
        System.out.print("\n" + table.text());
        for (var entry : bands.entrySet()) {
            var each = Table.of(
                    percent(entry.getKey()) + " allowed",
                    "rows",
                    "answered by small",
                    "differ from large",
                    "F1 small",
                    "cascade",
                    "large",
                    "AUPRC small",
                    "cascade",
                    "large");
            for (int f = 0; f < files.size(); f++) {
                var rows = files.get(f);
                var figures = Figures.of(ofSmall.get(f), over(ofLarge.get(f), threshold), entry.getValue());
                List<String> cells = new ArrayList<>(List.of(
                        rows.name(),
                        Integer.toString(figures.n()),
                        percent(figures.share()),
                        percent(figures.error())));
                double[] joined = joined(ofSmall.get(f), ofLarge.get(f), entry.getValue());
                for (var figure : List.of(Figure.F1, Figure.AUPRC)) {
                    for (double[] p : List.of(ofSmall.get(f), joined, ofLarge.get(f))) {
                        cells.add(number(figure.of(Metrics.of(p, rows.labels(), threshold))));
                    }
                }
                each.row(cells);
            }
            System.out.print("\n" + each.text());
        }
    }

    private static boolean[] over(double[] probabilities, double threshold) {
        boolean[] over = new boolean[probabilities.length];
        for (int i = 0; i < over.length; i++) {
            over[i] = probabilities[i] >= threshold;
        }
        return over;
    }

    private static String differ(double[] one, double[] other, double threshold) {
        boolean[] first = over(one, threshold);
        boolean[] second = over(other, threshold);
        int differ = 0;
        for (int i = 0; i < first.length; i++) {
            differ += first[i] == second[i] ? 0 : 1;
        }
        return percent((double) differ / first.length);
    }

    private static List<String> row(
            String name, String band, String answered, String differ, double[] p, double[] large, Rows rows, double t) {
        var metrics = Metrics.of(p, rows.labels(), t);
        var differences = BOOTSTRAP.differences(p, t, large, t, rows.labels());
        return List.of(
                name,
                band,
                answered,
                differ,
                number(metrics.f1()),
                number(metrics.auprc()),
                number(metrics.falsePositiveRate()),
                difference(differences.get(Figure.F1)),
                difference(differences.get(Figure.AUPRC)));
    }

    private static String difference(Bootstrap.Difference difference) {
        return String.format(
                Locale.ROOT,
                "%+.3f (%+.3f to %+.3f)",
                difference.value(),
                difference.interval().low(),
                difference.interval().high());
    }

    /** The same rows through each, in turns; the best round of each counts, since other work only ever adds time. */
    private static void times(Guard small, Guard large, Map<Double, Cascade.Band> bands, Rows rows, Options options) {
        var sample = new ArrayList<>(rows.exchanges());
        Collections.shuffle(sample, new Random(1));
        List<Exchange> texts = sample.subList(0, Math.min(options.number("sample"), sample.size()));
        Map<String, Checker> sides = new LinkedHashMap<>();
        sides.put("small", small);
        bands.forEach((allowed, band) ->
                sides.put("cascade, " + percent(allowed) + " allowed", Cascade.of(small, large, band)));
        sides.put("large", large);
        int batch = options.number("batch");
        Map<String, Double> best = new LinkedHashMap<>();
        for (int round = 0; round < options.number("rounds"); round++) {
            sides.forEach((name, side) -> {
                long start = System.nanoTime();
                verdicts(side, texts, batch);
                best.merge(name, (System.nanoTime() - start) / 1e6 / texts.size(), Math::min);
            });
        }
        var table = Table.of(
                texts.size() + " texts drawn from all, " + batch + " a call",
                "answered by small",
                "ms a text",
                "texts/s",
                "time against large's");
        sides.forEach((name, side) -> table.row(
                name,
                side instanceof Cascade cascade
                        ? percent((double) cascade.counts().bySmall()
                                / (cascade.counts().bySmall() + cascade.counts().byLarge()))
                        : "",
                String.format(Locale.ROOT, "%.2f", best.get(name)),
                String.format(Locale.ROOT, "%.0f", 1e3 / best.get(name)),
                String.format(Locale.ROOT, "%.2f", best.get(name) / best.get("large"))));
        System.out.print("\n" + table.text());
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    private static String number(OptionalDouble figure) {
        return figure.isPresent() ? String.format(Locale.ROOT, "%.3f", figure.getAsDouble()) : "–";
    }
}
