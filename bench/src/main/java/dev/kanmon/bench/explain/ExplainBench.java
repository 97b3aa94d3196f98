package dev.kanmon.bench.explain;

import dev.kanmon.Exchange;
import dev.kanmon.Explanation;
import dev.kanmon.Explanation.Method;
import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.Verdict;
import dev.kanmon.bench.Options;
import dev.kanmon.bench.Table;
import dev.kanmon.formats.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Do explanations tell the truth about the guard, and what do they cost? How much the weights leave unexplained, how
 * integrated gradients rank words next to occlusion, and what becomes of harmful verdicts when the words that weigh most
 * are taken out of the text itself, next to words drawn by chance. Texts are read, never printed.
 */
public final class ExplainBench {
    private static final List<String> DEFAULTS = List.of(
            "data", "",
            "parts", "truth,cost",
            "rows", "100",
            "tokens", "160",
            "threads", "1",
            "seed", "7");

    /** Shares of a text's words that are taken out. */
    private static final double[] SHARES = {0.05, 0.1, 0.2, 0.3, 0.5};

    /** Orders by chance that are tried for each text. */
    private static final int DRAWS = 3;

    private static final int WARM_UP = 5;

    private ExplainBench() {}

    /** Measures what the {@code key=value} arguments say and prints tables. */
    public static void run(String... arguments) throws IOException, InterruptedException {
        var options = Options.of(DEFAULTS, arguments);
        if (options.list("data").isEmpty()) {
            System.out.println("MISSING: explain: data=FILE.jsonl,… with rows {\"instruction\",\"response\"?}");
            return;
        }
        try (var guard = Guard.bundled(GuardOptions.defaults().withThreads(options.number("threads")))) {
            var verdicts = sample(guard, options);
            for (String part : options.list("parts")) {
                switch (part) {
                    case "truth" -> truth(guard, verdicts, options.number("seed"));
                    case "cost" -> cost(guard, verdicts);
                    default -> throw new IllegalArgumentException(part + ": expected truth or cost");
                }
            }
        }
    }

    private record Judged(Exchange exchange, Verdict verdict) {}

    /** Rows of all files by chance, half of them harmful for the guard, none longer than asked for. */
    private static List<Judged> sample(Guard guard, Options options) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String file : options.list("data")) {
            lines.addAll(Files.readAllLines(Path.of(file)));
        }
        Collections.shuffle(lines, new Random(options.number("seed")));
        int half = options.number("rows") / 2;
        List<Judged> harmful = new ArrayList<>();
        List<Judged> harmless = new ArrayList<>();
        for (int i = 0; i < lines.size() && (harmful.size() < half || harmless.size() < half); i++) {
            var row = Json.parse("row " + i, lines.get(i)).asObject();
            var exchange = Exchange.of(
                    row.string("instruction"), row.optionalString("response").orElse(""));
            var verdict = guard.check(exchange);
            var kind = verdict.harmful() ? harmful : harmless;
            if (verdict.tokens() <= options.number("tokens") && kind.size() < half) {
                kind.add(new Judged(exchange, verdict));
            }
        }
        List<Judged> all = new ArrayList<>(harmful);
        all.addAll(harmless);
        Collections.shuffle(all, new Random(options.number("seed"))); // or the first ones would all be harmful
        return all;
    }

    private static void truth(Guard guard, List<Judged> sample, int seed) {
        List<Double> missing = new ArrayList<>();
        List<Double> ranks = new ArrayList<>();
        var deletion = new Deletion(SHARES.length);
        for (var judged : sample) {
            var gradients = judged.verdict.explain(Method.INTEGRATED_GRADIENTS);
            var occlusion = judged.verdict.explain(Method.OCCLUSION);
            double difference = Math.abs(gradients.logOdds() - gradients.baseline());
            missing.add(Math.abs(gradients.residual()) / Math.max(1, difference));
            var words = Word.of(occlusion, gradients);
            if (words.size() >= 5) {
                ranks.add(spearman(
                        words.stream().mapToDouble(Word::gradients).toArray(),
                        words.stream().mapToDouble(Word::occlusion).toArray()));
            }
            if (judged.verdict.harmful() && words.size() >= 5) {
                deletion.add(guard, judged.exchange, words, seed);
            }
        }
        Collections.sort(missing);
        Collections.sort(ranks);
        var table = Table.of("what", "texts", "median", "p90", "worst");
        table.row(
                "left unexplained, of max(1, difference)",
                Integer.toString(missing.size()),
                number("%.4f", missing, 0.5),
                number("%.4f", missing, 0.9),
                number("%.4f", missing, 1));
        table.row(
                "Spearman's rank correlation of gradients and occlusion",
                Integer.toString(ranks.size()),
                number("%.2f", ranks, 0.5),
                number("%.2f", ranks, 0.1),
                number("%.2f", ranks, 0));
        System.out.print(table.text());
        System.out.print(deletion.table().text());
    }

    /** The same word in two explanations. */
    private record Word(Explanation.Text text, Verdict.Span span, double gradients, double occlusion) {
        /** Tokens of a word have the same weight in occlusion, and nothing between them. */
        static List<Word> of(Explanation occlusion, Explanation gradients) {
            List<Word> words = new ArrayList<>();
            for (int i = 0; i < occlusion.tokens().size(); ) {
                var first = occlusion.tokens().get(i);
                double sum = 0;
                double sumOfGradients = 0;
                int end = first.span().start();
                int from = i;
                while (i < occlusion.tokens().size()
                        && occlusion.tokens().get(i).text() == first.text()
                        && occlusion.tokens().get(i).weight() == first.weight()
                        && (i == from || occlusion.tokens().get(i).span().start() <= end)) {
                    sum += occlusion.tokens().get(i).weight();
                    sumOfGradients += gradients.tokens().get(i).weight();
                    end = occlusion.tokens().get(i++).span().end();
                }
                words.add(new Word(first.text(), new Verdict.Span(first.span().start(), end), sumOfGradients, sum));
            }
            return words;
        }
    }

    /** Takes words out of texts, the heaviest first. */
    private static final class Deletion {
        private static final List<String> ORDERS = List.of("integrated gradients", "occlusion", "by chance");

        private final double[][] logOdds;
        private final double[][] harmful;
        private int texts;

        Deletion(int shares) {
            logOdds = new double[ORDERS.size()][shares];
            harmful = new double[ORDERS.size()][shares];
        }

        void add(Guard guard, Exchange exchange, List<Word> words, int seed) {
            texts++;
            var byGradients = new ArrayList<>(words);
            byGradients.sort((a, b) -> Double.compare(b.gradients, a.gradients));
            var byOcclusion = new ArrayList<>(words);
            byOcclusion.sort((a, b) -> Double.compare(b.occlusion, a.occlusion));
            add(guard, exchange, byGradients, 0, 1);
            add(guard, exchange, byOcclusion, 1, 1);
            for (int draw = 0; draw < DRAWS; draw++) {
                var byChance = new ArrayList<>(words);
                Collections.shuffle(byChance, new Random(seed + 31L * texts + 7919L * draw));
                add(guard, exchange, byChance, 2, 1.0 / DRAWS);
            }
        }

        private void add(Guard guard, Exchange exchange, List<Word> order, int kind, double share) {
            List<Exchange> left = new ArrayList<>();
            for (double taken : SHARES) {
                left.add(without(exchange, order.subList(0, (int) Math.max(1, Math.round(taken * order.size())))));
            }
            var verdicts = guard.checkAll(left);
            for (int s = 0; s < SHARES.length; s++) {
                var verdict = verdicts.get(s);
                logOdds[kind][s] +=
                        share * guard.logOdds(verdict.logits(), guard.info().temperature());
                harmful[kind][s] += share * (verdict.harmful() ? 1 : 0);
            }
        }

        private static Exchange without(Exchange exchange, List<Word> words) {
            return Exchange.of(
                    without(exchange, words, Explanation.Text.INSTRUCTION),
                    without(exchange, words, Explanation.Text.RESPONSE));
        }

        private static String without(Exchange exchange, List<Word> words, Explanation.Text text) {
            int[] characters = text.of(exchange).codePoints().toArray();
            for (var word : words) {
                if (word.text == text) {
                    Arrays.fill(characters, word.span.start(), word.span.end(), ' ');
                }
            }
            return new String(characters, 0, characters.length);
        }

        Table table() {
            List<String> head = new ArrayList<>(List.of("of " + texts + " harmful texts, without", "figure"));
            for (double share : SHARES) {
                head.add(Math.round(100 * share) + " %");
            }
            var table = Table.of(head);
            for (int kind = 0; kind < ORDERS.size(); kind++) {
                table.row(row(ORDERS.get(kind), "mean log-odds left", "%+.2f", logOdds[kind], 1.0 / texts));
                table.row(row(ORDERS.get(kind), "still harmful, %", "%.0f", harmful[kind], 100.0 / texts));
            }
            return table;
        }

        private static List<String> row(String name, String figure, String format, double[] values, double by) {
            List<String> cells = new ArrayList<>(List.of(name, figure));
            for (double value : values) {
                cells.add(String.format(Locale.ROOT, format, value * by));
            }
            return cells;
        }
    }

    private static void cost(Guard guard, List<Judged> sample) throws IOException, InterruptedException {
        collect();
        long before = residentBytes();
        long start = System.nanoTime();
        sample.getFirst().verdict.explain();
        double first = (System.nanoTime() - start) / 1e6;
        for (int i = 0; i < Math.min(WARM_UP, sample.size()); i++) {
            sample.get(i).verdict.explain();
            sample.get(i).verdict.explain(Method.OCCLUSION);
        }
        collect();
        long after = residentBytes();
        List<Double> tokens = new ArrayList<>();
        List<Double> check = new ArrayList<>();
        List<Double> gradients = new ArrayList<>();
        List<Double> occlusion = new ArrayList<>();
        for (var judged : sample) {
            tokens.add((double) judged.verdict.tokens());
            double once = Math.min(time(() -> guard.check(judged.exchange)), time(() -> guard.check(judged.exchange)));
            check.add(once);
            gradients.add(time(() -> judged.verdict.explain()) / once);
            occlusion.add(time(() -> judged.verdict.explain(Method.OCCLUSION)) / once);
        }
        List.of(tokens, check, gradients, occlusion).forEach(Collections::sort);
        var table = Table.of("what", "median", "p90", "most");
        table.row(
                "tokens of a text",
                number("%.0f", tokens, 0.5),
                number("%.0f", tokens, 0.9),
                number("%.0f", tokens, 1));
        table.row("a check, ms", number("%.2f", check, 0.5), number("%.2f", check, 0.9), number("%.2f", check, 1));
        table.row(
                "integrated gradients, checks",
                number("%.0f", gradients, 0.5),
                number("%.0f", gradients, 0.9),
                number("%.0f", gradients, 1));
        table.row(
                "occlusion, checks",
                number("%.0f", occlusion, 0.5),
                number("%.0f", occlusion, 0.9),
                number("%.0f", occlusion, 1));
        System.out.print(table.text());
        System.out.printf(
                Locale.ROOT,
                "the first explanation: %.0f ms; memory that a guard keeps for it: %.0f MB (VmRSS)%n",
                first,
                (after - before) / 1e6);
    }

    /** What was read to be packed goes a moment after a collection has found that nobody refers to it. */
    private static void collect() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(300);
        }
    }

    private static double time(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e6;
    }

    private static long residentBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return 1024 * Long.parseLong(line.replaceAll("\\D+", ""));
            }
        }
        throw new IOException("/proc/self/status: found no VmRSS");
    }

    private static String number(String format, List<Double> sorted, double share) {
        return sorted.isEmpty()
                ? "–"
                : String.format(Locale.ROOT, format, sorted.get((int) Math.round(share * (sorted.size() - 1))));
    }

    /** The correlation of ranks; equal values share theirs. */
    private static double spearman(double[] a, double[] b) {
        double[] x = ranks(a);
        double[] y = ranks(b);
        double mean = (a.length + 1) / 2.0;
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            xy += (x[i] - mean) * (y[i] - mean);
            xx += (x[i] - mean) * (x[i] - mean);
            yy += (y[i] - mean) * (y[i] - mean);
        }
        return xx == 0 || yy == 0 ? 0 : xy / Math.sqrt(xx * yy);
    }

    private static double[] ranks(double[] values) {
        double[] ranks = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            int below = 0;
            int equal = 0;
            for (double other : values) {
                below += other < values[i] ? 1 : 0;
                equal += other == values[i] ? 1 : 0;
            }
            ranks[i] = below + (equal + 1) / 2.0;
        }
        return ranks;
    }
}
