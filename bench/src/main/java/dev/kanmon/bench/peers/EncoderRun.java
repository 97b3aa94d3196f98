package dev.kanmon.bench.peers;

import dev.kanmon.bench.Measure;
import dev.kanmon.bench.Options;
import dev.kanmon.bench.kernels.Roof;
import dev.kanmon.engine.Shapes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * One JVM's part of {@link Peers}: loads all engines with one model, compares their hidden states, times them in turns,
 * and prints a line for each.
 */
final class EncoderRun {
    /** Behind this word stands a measure. */
    static final String MEASURE = "measure\t";

    /** Behind this word stands what could not be measured. */
    static final String MISSING = "missing\t";

    /**
     * The largest difference between hidden states in fp32, whose rows have a variance of about 1: the reference itself is
     * within 1e-5 of fp64 in 6 layers, and rounding adds up over 24.
     */
    static final double TOLERANCE = 5e-4;

    private EncoderRun() {}

    /** {@code key=value} arguments as {@link Peers} passes them on. */
    public static void main(String[] args) throws IOException, InterruptedException {
        var options = Options.of(Peers.DEFAULTS, args);
        String shape = options.text("models");
        int threads = options.number("threads");
        try (var sides =
                Sides.load(shape, threads, options.list("kernels"), options.list("forms"), options.list("peers"))) {
            sides.missing().forEach(sentence -> System.out.println(MISSING + sentence));
            for (int tokens : options.numbers("lengths")) {
                measure(shape, threads, tokens, options.number("rounds"), sides.engines());
            }
        }
    }

    private static void measure(String shape, int threads, int tokens, int rounds, List<Engine> engines)
            throws IOException, InterruptedException {
        var ids = ids(tokens);
        var roofs = Roof.measure(threads);
        for (var engine : engines) {
            engine.take(ids);
        }
        faithfulness(shape, threads, tokens, engines).forEach(EncoderRun::print);
        var times = Turns.of(engines, rounds, Turns.Length.DEFAULT);
        for (int e = 0; e < engines.size(); e++) {
            var engine = engines.get(e);
            print(Measure.of("encoder", shape, threads, tokens, engine.name(), engine.form(), "ms", times.get(e)));
        }
        // once more at the end: whatever else runs on the machine may have come or gone
        var again = Roof.measure(threads);
        double work = Shapes.named(shape).encoder().flops(tokens) / 1e9;
        roofs.forEach((form, first) -> {
            double roof = Math.max(first, again.getOrDefault(form, first));
            print(new Measure(
                    "encoder", shape, threads, tokens, "roof", form, "ms", 1e3 * work / roof, 1e3 * work / roof));
        });
    }

    /** How far each engine's hidden states are from this one's in fp32: the most, and the mean. */
    private static List<Measure> faithfulness(String shape, int threads, int tokens, List<Engine> engines)
            throws IOException {
        var reference = engines.getFirst();
        var measures = new ArrayList<Measure>();
        if (!reference.form().equals("fp32")) {
            return measures;
        }
        float[] expected = reference.hidden();
        for (var engine : engines.subList(1, engines.size())) {
            if (engine.name().endsWith(OrtEngine.NO_SPIN)) {
                continue;
            }
            float[] found = engine.hidden();
            if (found.length != expected.length) {
                throw new IllegalStateException(engine.name() + " " + engine.form() + ", " + shape + ": " + found.length
                        + " numbers in the hidden states, expected " + expected.length);
            }
            double most = 0;
            double sum = 0;
            for (int i = 0; i < found.length; i++) {
                double difference = Math.abs(found[i] - expected[i]);
                if (Double.isNaN(difference) || engine.form().equals("fp32") && difference > TOLERANCE) {
                    int hidden = found.length / tokens;
                    throw new IllegalStateException(String.format(
                            Locale.ROOT,
                            "%s, %d tokens: hidden state %d of token %d is %g in %s %s and %g in %s, expected within"
                                    + " %g",
                            shape,
                            tokens,
                            i % hidden,
                            i / hidden,
                            found[i],
                            engine.name(),
                            engine.form(),
                            expected[i],
                            reference.name(),
                            TOLERANCE));
                }
                most = Math.max(most, difference);
                sum += difference;
            }
            measures.add(new Measure(
                    "faithful", shape, threads, tokens, engine.name(), engine.form(), "1", most, sum / found.length));
        }
        return measures;
    }

    private static void print(Measure measure) {
        System.out.println(MEASURE + measure.toLine());
    }

    /** Ids of ordinary words between [CLS] and [SEP]. */
    static int[] ids(int tokens) {
        var ids = new SplittableRandom(tokens).ints(tokens, 1996, 30_000).toArray();
        ids[0] = 101;
        ids[tokens - 1] = 102;
        return ids;
    }
}
