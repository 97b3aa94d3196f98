package dev.kanmon.bench.train;

import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.kernels.AdamWStep;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.train.Report;
import dev.kanmon.train.model.AdamW;
import dev.kanmon.train.model.Dropout;
import dev.kanmon.train.model.TrainableModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/** Trains a model in a JVM of its own and prints what each step took, and how much memory it had at the most. */
final class TrainOnce {

    private TrainOnce() {}

    /**
     * {@code MODEL KERNELS WEIGHTS THREADS BATCH TOKENS SPREAD SECONDS}: steps for so many seconds, half of them warm-up.
     * Prints for each step after that the milliseconds of gradients cleared, forwards, backwards and optimiser; then {@code
     * peak} and bytes.
     *
     * <p>SPREAD {@code even} has all rows of TOKENS tokens, {@code mixed} from a quarter to seven quarters of that.
     */
    public static void main(String[] args) throws IOException {
        var setup = new TrainableModel.Setup(
                KernelChoice.of(args[1]),
                WeightType.valueOf(args[2].toUpperCase(Locale.ROOT)),
                Integer.parseInt(args[3]),
                2,
                42);
        var batch = batch(Integer.parseInt(args[4]), Integer.parseInt(args[5]), args[6].equals("mixed"));
        long seconds = Long.parseLong(args[7]);
        try (var model = TrainableModel.load(Path.of(args[0]), setup)) {
            var optimiser = new AdamW(model, _ -> 1);
            long start = System.nanoTime();
            for (int step = 1; System.nanoTime() - start < seconds * 1_000_000_000L; step++) {
                boolean warm = System.nanoTime() - start > seconds * 500_000_000L;
                var times = step(model, optimiser, batch, step);
                if (warm) {
                    System.out.printf(Locale.ROOT, "%.3f %.3f %.3f %.3f%n", times[0], times[1], times[2], times[3]);
                }
            }
        }
        System.out.println("peak " + Report.peakMemory());
    }

    /** Milliseconds of the four parts. */
    private static double[] step(TrainableModel model, AdamW optimiser, List<TokenSequence> batch, int step) {
        var times = new double[4];
        long start = System.nanoTime();
        model.clearGradients();
        times[0] = (System.nanoTime() - start) / 1e6;
        var logits = model.forward(batch, new Dropout(0.1f, 0.1f, 0.1f, step));
        times[1] = (System.nanoTime() - start) / 1e6 - times[0];
        model.backward(gradients(logits));
        times[2] = (System.nanoTime() - start) / 1e6 - times[0] - times[1];
        optimiser.step(AdamWStep.of(3e-5, 0.9, 0.999, 1e-8, 0.1, step), 1);
        times[3] = (System.nanoTime() - start) / 1e6 - times[0] - times[1] - times[2];
        return times;
    }

    /** Of the cross-entropy with labels 0, 1, 0, 1, … */
    private static float[][] gradients(float[][] logits) {
        var gradients = new float[logits.length][2];
        for (int i = 0; i < logits.length; i++) {
            double p = 1 / (1 + Math.exp(logits[i][0] - logits[i][1]));
            gradients[i][1] = (float) (p - i % 2) / logits.length;
            gradients[i][0] = -gradients[i][1];
        }
        return gradients;
    }

    private static List<TokenSequence> batch(int rows, int tokens, boolean mixed) {
        var random = new SplittableRandom(1);
        var batch = new ArrayList<TokenSequence>();
        for (int i = 0; i < rows; i++) {
            // evenly from ¼ to 7/4, so that the mean is what was asked for
            int length = mixed ? (int) Math.round(tokens * (0.25 + 1.5 * i / Math.max(1, rows - 1))) : tokens;
            batch.add(TokenSequence.of(random.ints(length, 5, 30_000).toArray()));
        }
        return batch;
    }
}
