package dev.kanmon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.cli.Complaint.BadInput;
import dev.kanmon.engine.WeightPlan;
import dev.kanmon.eval.Agreement;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Weights in int8 give the verdicts of weights in f32 on the test sets, except where f32 is undecided: for the bundled
 * guard, with the matrices that its sidecar keeps more exact. Looks at every 40th row; {@code -Dkanmon.eval.every=1}
 * takes all of them, in many minutes. Prints figures, never a text.
 */
class Int8WeightsTest {

    private static final int EVERY = Integer.getInteger("kanmon.eval.every", 40);
    private static final double THRESHOLD = 0.5;

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
        Agreement agreement = compare(name, exchanges);
        assertTrue(
                agreement.largestDifference() > 0,
                name + ": int8 gave the very numbers of f32; were its weights used?");
    }

    private static Agreement compare(String name, List<Exchange> exchanges) throws IOException {
        Agreement agreement = Agreement.of(
                probabilities(WeightPlan.everywhere(WeightType.F32), exchanges),
                probabilities(WeightPlan.of(WeightType.INT8), exchanges),
                THRESHOLD,
                Agreement.UNDECIDED);
        System.out.println("int8 against f32, " + name + ": " + agreement);
        assertEquals(0, agreement.flips(), name + ": " + agreement);
        return agreement;
    }

    private static double[] probabilities(WeightPlan weights, List<Exchange> exchanges) throws IOException {
        GuardOptions options = GuardOptions.defaults()
                .withWeights(weights)
                .withThreads(Runtime.getRuntime().availableProcessors());
        List<Double> probabilities = new ArrayList<>();
        try (Guard guard = Guard.bundled(options)) {
            for (int from = 0; from < exchanges.size(); from += 32) {
                guard.checkAll(exchanges.subList(from, Math.min(from + 32, exchanges.size())))
                        .forEach(verdict -> probabilities.add(verdict.probability()));
            }
        }
        return probabilities.stream().mapToDouble(p -> p).toArray();
    }
}
