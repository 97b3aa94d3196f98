package dev.kanmon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Weights in int8 give the verdicts of weights in f32 on the test sets, except where f32 is undecided. Both for the
 * bundled guard, whose file is in Q8_0, and for the original with its weights in f32. Looks at every 40th row;
 * {@code -Dkanmon.eval.every=1} takes all of them, in many minutes. Prints figures, never a text.
 */
class Int8WeightsTest {

    private static final int EVERY = Integer.getInteger("kanmon.eval.every", 40);
    private static final double THRESHOLD = 0.5;

    /** So near to the threshold f32 itself is undecided. */
    private static final double UNDECIDED = 0.02;

    @ParameterizedTest
    @CsvSource({
        "openai_moderation, 1680",
        "harmbench_response, 602",
        "xstest, 450",
        "jailbreakbench, 200",
        "gptfuzz_eval_pairs, 1540",
        "simplesafetytests, 100",
        "harmbench_behaviors, 400"
    })
    void noVerdictFlips(String name, int rows) throws IOException, BadInput {
        Path shared = Path.of(System.getProperty("kanmon.shared"));
        Path file = shared.resolve("data/eval/" + name + ".jsonl");
        assumeTrue(Files.exists(file), "SKIPPED: " + file + " is not there");
        List<Exchange> exchanges = new ArrayList<>();
        try (var lines = new InputLines(Files.newInputStream(file))) {
            for (InputLines.Line line; (line = lines.next()) != null; ) {
                if ((line.number() - 1) % EVERY == 0) {
                    exchanges.add(JsonRows.exchange(JsonRows.parse(line).asObject()));
                }
            }
        }
        assertEquals(Math.ceilDiv(rows, EVERY), exchanges.size());
        compare(name, "bundled", null, exchanges);
        Path original = shared.resolve("models/guard-bootstrap");
        assumeTrue(Files.exists(original), "SKIPPED: " + original + " is not there");
        double largest = compare(name, "original", original, exchanges);
        assertTrue(largest > 0, name + ": int8 gave the very numbers of f32; were its weights used?");
    }

    /** Returns the largest difference of a probability. */
    private static double compare(String name, String which, Path model, List<Exchange> exchanges) throws IOException {
        List<Double> f32 = probabilities(model, WeightType.F32, exchanges);
        List<Double> int8 = probabilities(model, WeightType.INT8, exchanges);
        List<String> flips = new ArrayList<>();
        int undecided = 0;
        double largest = 0;
        for (int i = 0; i < f32.size(); i++) {
            double expected = f32.get(i);
            double actual = int8.get(i);
            largest = Math.max(largest, Math.abs(expected - actual));
            if (expected >= THRESHOLD != actual >= THRESHOLD) {
                if (Math.abs(expected - THRESHOLD) <= UNDECIDED) {
                    undecided++;
                } else {
                    flips.add("line " + (1 + i * EVERY) + ": " + expected + " became " + actual);
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "int8 against f32, %s, %s guard: %d texts, largest |ΔP| %.5f, %d flips, %d more within %.2f of the"
                        + " threshold%n",
                name,
                which,
                f32.size(),
                largest,
                flips.size(),
                undecided,
                UNDECIDED);
        assertTrue(flips.isEmpty(), name + ", " + which + " guard: " + flips);
        return largest;
    }

    private static List<Double> probabilities(Path model, WeightType weights, List<Exchange> exchanges)
            throws IOException {
        GuardOptions options = GuardOptions.defaults()
                .withWeights(weights)
                .withThreads(Runtime.getRuntime().availableProcessors());
        List<Double> probabilities = new ArrayList<>();
        try (Guard guard = model == null ? Guard.bundled(options) : Guard.load(model, options)) {
            for (int from = 0; from < exchanges.size(); from += 32) {
                guard.checkAll(exchanges.subList(from, Math.min(from + 32, exchanges.size())))
                        .forEach(verdict -> probabilities.add(verdict.probability()));
            }
        }
        return probabilities;
    }
}
