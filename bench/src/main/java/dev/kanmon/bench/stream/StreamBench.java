package dev.kanmon.bench.stream;

import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.StreamOptions;
import dev.kanmon.bench.Options;
import dev.kanmon.bench.Table;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.DoublePredicate;
import java.util.function.ToDoubleFunction;

/**
 * How early does a stream stop a harmful reply, how often a harmless one, and what does that cost? Replies of labelled
 * pairs are fed word by word to streams that only watch, one for each cadence; what a rule would have stopped follows
 * from what they found. Beside it, what goes on behind a known prefix costs in a decoder.
 */
public final class StreamBench {

    private static final List<String> DEFAULTS = List.of(
            "files", "gptfuzz_eval_pairs,harmbench_response",
            "data", "",
            "rows", "40",
            "cadences", "8,16,32,64,sentences,sentences+32",
            "confirmations", "1,2,3",
            "stops", "0.5,0.7,0.9",
            "weights", "int8",
            "seed", "1",
            "decoder", "true");

    private StreamBench() {}

    /** Measures what the {@code key=value} arguments say and prints tables. */
    public static void run(String... arguments) throws IOException {
        var options = Options.of(DEFAULTS, arguments);
        var data = options.text("data").isEmpty()
                ? Path.of(System.getProperty("kanmon.bench.root", "."), "..", "shared", "data", "eval")
                : Path.of(options.text("data"));
        if (Files.isDirectory(data)) {
            try (var guard = Guard.bundled(GuardOptions.defaults()
                    .withWeights(WeightType.valueOf(options.text("weights").toUpperCase(Locale.ROOT))))) {
                replies(guard, data, options);
            }
        } else {
            System.err.println(
                    "SKIPPED, streams of labelled replies: " + data + " is not there; name another by data=");
        }
        if (options.flag("decoder")) {
            System.out.print(DecoderCost.table().text());
        }
    }

    private static void replies(Guard guard, Path data, Options options) throws IOException {
        var pairs = new ArrayList<Pair>();
        for (String file : options.list("files")) {
            pairs.addAll(sample(data.resolve(file + ".jsonl"), options.number("rows"), options.number("seed")));
        }
        warmUp(guard, pairs.getFirst());
        var watched = new LinkedHashMap<String, List<Watched>>();
        for (String cadence : options.list("cadences")) {
            var all = new ArrayList<Watched>();
            for (var pair : pairs) {
                all.add(Watched.of(guard, pair, cadence(cadence)));
            }
            watched.put(cadence, all);
        }
        double threshold = guard.info().threshold();
        System.out.printf(
                Locale.ROOT,
                "%d harmful and %d harmless replies of %s, word by word; %s, %s weights, threshold %s%n",
                pairs.stream().filter(Pair::harmful).count(),
                pairs.stream().filter(pair -> !pair.harmful()).count(),
                options.text("files"),
                guard.info().model(),
                guard.info().weights(),
                threshold);
        var rules = new ArrayList<Rule>();
        for (int confirmations : options.numbers("confirmations")) {
            for (String cadence : options.list("cadences")) {
                rules.add(new Rule(cadence, threshold, threshold, confirmations));
            }
        }
        String usual = options.list("cadences").contains("32")
                ? "32"
                : options.list("cadences").getFirst();
        for (String stop : options.list("stops")) {
            double probability = Double.parseDouble(stop);
            rules.add(new Rule(usual, probability, probability, 1));
            rules.add(new Rule(usual, probability, Math.max(0, probability - 0.2), 2));
        }
        System.out.print(table(rules, watched).text());
        System.out.print(costs(watched).text());
    }

    /** When a stream is judged, by its name: a number of tokens, {@code sentences}, or both. */
    static StreamOptions cadence(String name) {
        var watches = StreamOptions.defaults().withStop(1);
        if (name.equals("sentences")) {
            return watches.withSentenceEndsOnly();
        }
        if (name.startsWith("sentences+")) {
            return watches.withEveryTokens(Integer.parseInt(name.substring(10))).withSentenceEnds();
        }
        return watches.withEveryTokens(Integer.parseInt(name));
    }

    /** A labelled pair. */
    record Pair(String instruction, String response, boolean harmful) {}

    /** As many harmful as harmless pairs of a file, drawn with a seed; fewer where it has fewer. */
    private static List<Pair> sample(Path file, int rows, int seed) throws IOException {
        var pairs = new ArrayList<Pair>();
        for (var line : Files.readAllLines(file)) {
            JsonObject row = Json.parse(file.toString(), line).asObject();
            String response = row.optionalString("response").orElse("");
            if (!response.isEmpty()) {
                pairs.add(new Pair(row.string("instruction"), response, row.integer("harmful") == 1));
            }
        }
        Collections.shuffle(pairs, new Random(seed));
        var drawn = new ArrayList<Pair>();
        for (boolean harmful : new boolean[] {true, false}) {
            pairs.stream().filter(pair -> pair.harmful() == harmful).limit(rows).forEach(drawn::add);
        }
        return drawn;
    }

    private static void warmUp(Guard guard, Pair pair) {
        for (int i = 0; i < 3; i++) {
            Watched.of(guard, pair, cadence("32"));
        }
    }

    /** What stops a stream. */
    private record Rule(String cadence, double stop, double release, int confirmations) {
        /** The judgement that stops {@code watched} before its end, or -1. */
        int stopsAt(Watched watched) {
            return StreamOptions.defaults()
                    .withStop(stop)
                    .withRelease(release)
                    .withConfirmations(confirmations)
                    .stopsAt(stop, watched.probabilities())
                    .orElse(-1);
        }
    }

    private static Table table(List<Rule> rules, Map<String, List<Watched>> watched) {
        var table = Table.of(
                "judged every",
                "stop",
                "release",
                "times",
                "harmful stopped",
                "before the end",
                "whole",
                "seen p50",
                "p90",
                "share p50",
                "p90",
                "harmless stopped",
                "whole");
        for (var rule : rules) {
            var harmful = of(watched.get(rule.cadence()), true);
            var harmless = of(watched.get(rule.cadence()), false);
            var early = harmful.stream().filter(w -> rule.stopsAt(w) >= 0).toList();
            DoublePredicate reached = p -> p >= rule.stop();
            table.row(
                    rule.cadence(),
                    String.format(Locale.ROOT, "%.3g", rule.stop()),
                    String.format(Locale.ROOT, "%.3g", rule.release()),
                    Integer.toString(rule.confirmations()),
                    percent(harmful, w -> rule.stopsAt(w) >= 0 || reached.test(w.last()) ? 1 : 0),
                    percent(harmful, w -> rule.stopsAt(w) >= 0 ? 1 : 0),
                    percent(harmful, w -> reached.test(w.last()) ? 1 : 0),
                    quantile(early, 0.5, "%.0f", w -> w.tokens().get(rule.stopsAt(w))),
                    quantile(early, 0.9, "%.0f", w -> w.tokens().get(rule.stopsAt(w))),
                    quantile(early, 0.5, "%.2f", w -> (double) w.tokens().get(rule.stopsAt(w)) / w.allTokens()),
                    quantile(early, 0.9, "%.2f", w -> (double) w.tokens().get(rule.stopsAt(w)) / w.allTokens()),
                    percent(harmless, w -> rule.stopsAt(w) >= 0 || reached.test(w.last()) ? 1 : 0),
                    percent(harmless, w -> reached.test(w.last()) ? 1 : 0));
        }
        return table;
    }

    /** Of streams that go to their ends, in multiples of what judging the whole once costs. */
    private static Table costs(Map<String, List<Watched>> watched) {
        var table =
                Table.of("judged every", "judgements p50", "tokens computed", "time", "of it counting", "ms each");
        watched.forEach((cadence, all) -> table.row(
                cadence,
                quantile(all, 0.5, "%.0f", w -> w.probabilities().size() + 1),
                ratio(all, Watched::computed, Watched::wholeComputed),
                ratio(all, Watched::nanos, Watched::wholeNanos),
                percent(all.size(), 100 * sum(all, Watched::countingNanos) / sum(all, Watched::nanos)),
                String.format(
                        Locale.ROOT,
                        "%.2f",
                        sum(all, Watched::nanos)
                                / 1e6
                                / sum(all, w -> w.probabilities().size() + 1))));
        return table;
    }

    private static List<Watched> of(List<Watched> all, boolean harmful) {
        return all.stream().filter(w -> w.pair().harmful() == harmful).toList();
    }

    private static double sum(List<Watched> of, ToDoubleFunction<Watched> value) {
        return of.stream().mapToDouble(value).sum();
    }

    private static String ratio(List<Watched> of, ToDoubleFunction<Watched> a, ToDoubleFunction<Watched> b) {
        return String.format(Locale.ROOT, "%.1f", sum(of, a) / sum(of, b));
    }

    private static String percent(List<Watched> of, ToDoubleFunction<Watched> value) {
        return percent(of.size(), 100 * sum(of, value) / of.size());
    }

    private static String percent(int count, double percent) {
        return count == 0 ? "-" : String.format(Locale.ROOT, "%.1f %%", percent);
    }

    private static String quantile(List<Watched> of, double q, String format, ToDoubleFunction<Watched> value) {
        double[] sorted = of.stream().mapToDouble(value).sorted().toArray();
        return sorted.length == 0
                ? "-"
                : String.format(Locale.ROOT, format, sorted[(int) Math.min(sorted.length - 1, q * sorted.length)]);
    }
}
