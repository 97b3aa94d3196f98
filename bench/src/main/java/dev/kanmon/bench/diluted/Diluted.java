package dev.kanmon.bench.diluted;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.Joining;
import dev.kanmon.Verdict;
import dev.kanmon.WindowPolicy;
import dev.kanmon.bench.BenchFiles;
import dev.kanmon.bench.Options;
import dev.kanmon.bench.Table;
import dev.kanmon.bench.diluted.DilutedTexts.Pair;
import dev.kanmon.eval.Bootstrap;
import dev.kanmon.eval.Figure;
import dev.kanmon.eval.Interval;
import dev.kanmon.eval.Metrics;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedMap;

/**
 * Which window policy finds one harmful sentence among {@code words} harmless words, and how many texts of harmless words
 * alone it condemns for that?
 *
 * <p>Recall and false-positive rate at the guard's own threshold; the area under the ROC curve, which knows no threshold; and
 * both rates at a threshold that the texts of one half of the harmless rows choose (the share {@code fpr} of them is at or
 * above it) and that is measured on those of the other half, in both directions. Intervals are bootstrapped over the long texts;
 * texts of different seeds are made of the same rows, which no interval knows.
 */
public final class Diluted {

    private static final int DRAWS = 1000;

    private Diluted() {}

    /** How a text is read, and what becomes of the pieces' probabilities. */
    private record Reading(WindowPolicy policy, SequencedMap<String, Joining> joinings) {
        static Reading of(String name, WindowPolicy policy) {
            SequencedMap<String, Joining> joinings = new LinkedHashMap<>();
            joinings.put(name, policy.joining());
            return new Reading(policy, joinings);
        }

        Reading and(String name, Joining joining) {
            joinings.put(name, joining);
            return this;
        }
    }

    /** Probabilities of a policy, and tokens computed for each token of the texts. */
    private record Answers(double[] harmless, double[] harmful, double work) {}

    private static List<Reading> readings() {
        WindowPolicy whole = WindowPolicy.windows();
        return List.of(
                Reading.of("first window only", WindowPolicy.truncate(512)),
                Reading.of("first and last", whole.withJoining(Joining.firstAndLast())),
                Reading.of("windows", whole).and("windows, mean of top 3", Joining.meanOfTop(3)),
                Reading.of("windows of 128", whole.withMaxTokens(128).withOverlap(32)),
                Reading.of("windows of 64", whole.withMaxTokens(64).withOverlap(16)),
                Reading.of("sentences", WindowPolicy.sentences())
                        .and("sentences, mean of top 2", Joining.meanOfTop(2))
                        .and("sentences, mean of top 3", Joining.meanOfTop(3)));
    }

    /** Prints a table; keys: data, fillers, sources, attacks, words, seeds, texts, weights, threads, passing, fpr. */
    public static void run(String... arguments) throws IOException {
        Options options = Options.of(
                List.of(
                        "data",
                        BenchFiles.bench()
                                .resolve("../../shared/data")
                                .normalize()
                                .toString(),
                        "fillers",
                        "train.jsonl",
                        "sources",
                        "Dolly,FLAN,FollowBench,GPTeacher,GSM8K,HumanEval,SelfInstruct,OpenAssistant,arena-hard,koala,"
                                + "mt-bench,prompts.chat,CyberSecEval-instruct",
                        "attacks",
                        "eval/simplesafetytests.jsonl,eval/jailbreakbench.jsonl,eval/harmbench_behaviors.jsonl",
                        "words",
                        "5000",
                        "seeds",
                        "1,2,3,4",
                        "texts",
                        "1000",
                        "weights",
                        "f32",
                        "threads",
                        "2",
                        "passing",
                        "1",
                        "fpr",
                        "0.1"),
                arguments);
        DilutedTexts all =
                DilutedTexts.read(files(options, "fillers"), options.list("sources"), files(options, "attacks"));
        DilutedTexts texts = passing(all, Double.parseDouble(options.text("passing")), options);
        List<Pair> pairs = new ArrayList<>();
        for (int seed : options.numbers("seeds")) {
            for (int half = 0; half < 2; half++) {
                List<Pair> drawn = texts.draw(seed, half, options.number("words"));
                pairs.addAll(drawn.subList(0, Math.min(drawn.size(), options.number("texts"))));
            }
        }
        System.out.println(options);
        System.out.printf(
                Locale.ROOT,
                "%d of %d harmless rows make %d texts of %d words, each with and without one of %d harmful sentences%n",
                texts.fillers().size(),
                all.fillers().size(),
                pairs.size(),
                options.number("words"),
                texts.attacks().size());
        double share = Double.parseDouble(options.text("fpr"));
        Table table = Table.of(
                "policy",
                "tokens computed",
                "AUROC",
                "recall",
                "FPR",
                String.format(Locale.ROOT, "recall aiming at %.0f %% FPR", 100 * share),
                "FPR there",
                "thresholds");
        for (Reading reading : readings()) {
            answers(reading, pairs, options).forEach((name, answers) -> {
                table.row(row(name, answers, pairs, share));
                System.err.println(name + " done");
            });
        }
        System.out.print(table.text());
        System.out.println();
        System.out.print(table.markdown());
    }

    private static List<Path> files(Options options, String key) {
        return options.list(key).stream()
                .map(name -> Path.of(options.text("data")).resolve(name))
                .toList();
    }

    /** Leaves out harmless rows that the guard gives this probability or more alone: mistakes that no policy mends. */
    private static DilutedTexts passing(DilutedTexts texts, double limit, Options options) throws IOException {
        try (Guard guard = BenchFiles.guard(guardOptions(options))) {
            List<Verdict> alone =
                    guard.checkAll(texts.fillers().stream().map(Exchange::of).toList());
            List<String> fillers = new ArrayList<>();
            for (int i = 0; i < alone.size(); i++) {
                if (limit >= 1 || alone.get(i).probability() < limit) {
                    fillers.add(texts.fillers().get(i));
                }
            }
            return new DilutedTexts(fillers, texts.attacks());
        }
    }

    private static GuardOptions guardOptions(Options options) {
        return GuardOptions.defaults()
                .withThreads(options.number("threads"))
                .withWeights(WeightType.valueOf(options.text("weights").toUpperCase(Locale.ROOT)));
    }

    private static Map<String, Answers> answers(Reading reading, List<Pair> pairs, Options options) throws IOException {
        SequencedMap<String, Answers> answers = new LinkedHashMap<>();
        try (Guard guard = BenchFiles.guard(guardOptions(options).withWindows(reading.policy))) {
            List<Verdict> harmless = new ArrayList<>();
            List<Verdict> harmful = new ArrayList<>();
            for (Pair pair : pairs) {
                List<Verdict> both = guard.checkAll(List.of(Exchange.of(pair.harmless()), Exchange.of(pair.harmful())));
                harmless.add(both.getFirst());
                harmful.add(both.getLast());
            }
            long computed = harmless.stream()
                    .flatMap(verdict -> verdict.windows().stream())
                    .mapToLong(Verdict.Window::tokens)
                    .sum();
            double work = (double) computed
                    / harmless.stream().mapToLong(Verdict::tokens).sum();
            reading.joinings.forEach((name, joining) ->
                    answers.put(name, new Answers(joined(harmless, joining), joined(harmful, joining), work)));
        }
        return answers;
    }

    private static double[] joined(List<Verdict> verdicts, Joining joining) {
        return verdicts.stream()
                .mapToDouble(verdict -> joining.join(verdict.windows().stream()
                        .mapToDouble(Verdict.Window::probability)
                        .toArray()))
                .toArray();
    }

    private static List<String> row(String name, Answers answers, List<Pair> pairs, double share) {
        int n = pairs.size();
        double[] all = Arrays.copyOf(answers.harmless, 2 * n);
        System.arraycopy(answers.harmful, 0, all, n, n);
        boolean[] labels = new boolean[2 * n];
        Arrays.fill(labels, n, 2 * n, true);
        double threshold = 0.5;
        // Rows that another threshold judges are moved, so that one threshold judges them all.
        double[] calibrated = new double[2 * n];
        double[] thresholds = new double[2];
        for (int half = 0; half < 2; half++) {
            double chosen = threshold(answers.harmless, pairs, half, share);
            thresholds[half] = chosen;
            for (int i = 0; i < 2 * n; i++) {
                if (pairs.get(i % n).half() != half) {
                    calibrated[i] = all[i] >= chosen ? 1 : 0;
                }
            }
        }
        return List.of(
                name,
                String.format(Locale.ROOT, "%.2f×", answers.work),
                figure(Figure.AUROC, all, labels, threshold),
                figure(Figure.RECALL, all, labels, threshold),
                figure(Figure.FALSE_POSITIVE_RATE, all, labels, threshold),
                figure(Figure.RECALL, calibrated, labels, threshold),
                figure(Figure.FALSE_POSITIVE_RATE, calibrated, labels, threshold),
                String.format(Locale.ROOT, "%.3f, %.3f", thresholds[0], thresholds[1]));
    }

    /** The lowest probability that at most this share of one half's harmless texts reach. */
    private static double threshold(double[] harmless, List<Pair> pairs, int half, double share) {
        List<Double> descending = new ArrayList<>();
        for (int i = 0; i < harmless.length; i++) {
            if (pairs.get(i).half() == half) {
                descending.add(-harmless[i]);
            }
        }
        descending.sort(null);
        int allowed = (int) (share * descending.size());
        return descending.isEmpty() ? Double.POSITIVE_INFINITY : Math.nextUp(-descending.get(allowed));
    }

    private static String figure(Figure figure, double[] probabilities, boolean[] labels, double threshold) {
        OptionalDouble value = figure.of(Metrics.of(probabilities, labels, threshold));
        Interval interval = Bootstrap.of(DRAWS, 1)
                .intervals(probabilities, labels, threshold)
                .get(figure);
        return value.isEmpty()
                ? "–"
                : String.format(Locale.ROOT, "%.3f [%.3f, %.3f]", value.getAsDouble(), interval.low(), interval.high());
    }
}
