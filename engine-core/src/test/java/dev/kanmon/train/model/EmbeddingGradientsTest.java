package dev.kanmon.train.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.kanmon.engine.FamilyGoldens;
import dev.kanmon.engine.Goldens;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.config.ClassifierConfig.Task;
import dev.kanmon.engine.encoder.Parallel;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.Kernels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The way back to the words' embeddings, of every family, against the differences that steps along it make. */
class EmbeddingGradientsTest {

    private static final long SEED = 20261122;

    /** Share of the slope that f32's rounding and curvature may take. */
    private static final double TOLERANCE = 0.01;

    /**
     * What a step is to change the sum of logits by, as a share of it. Steep models curve on a long step and drown a short
     * one in rounding, so the best of these counts.
     */
    private static final double[] CHANGES = {4e-3, 1e-3, 2.5e-4};

    private static final Kernels KERNELS = KernelChoice.automatic().kernels();

    @TestFactory
    Stream<DynamicTest> everyFamilyGoesBackToItsWords() throws IOException {
        List<Path> families = FamilyGoldens.own()
                .filter(EmbeddingGradientsTest::isOfSequences)
                .toList();
        assertTrue(families.size() > 15, "goldens that classify sequences: " + families);
        return families.stream().map(path -> dynamicTest(path.getFileName().toString(), () -> check(path)));
    }

    /** Kinks of ReLU are no test of slopes; DistilBERT's head has one. */
    private static boolean isOfSequences(Path directory) {
        try (ModelFiles files = ModelFiles.open(directory)) {
            String config = Files.readString(directory.resolve("config.json"));
            boolean kinks = config.contains("\"relu\"") || config.contains("\"distilbert\"");
            return !kinks
                    && files.config()
                            .classifier()
                            .filter(classifier -> classifier.task() == Task.SEQUENCES)
                            .isPresent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void check(Path directory) throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        try (ModelFiles files = ModelFiles.open(directory);
                EmbeddingGradients model = EmbeddingGradients.of(files, KERNELS, () -> Parallel.ofThreads(2))) {
            List<TokenSequence> batch = new ArrayList<>();
            for (TokenSequence sequence : Batches.random(files.config().encoder(), random, 5, 2, 15, 4)) {
                batch.add(new TokenSequence(sequence.ids(), sequence.typeIds(), null));
            }
            int labels = files.config().classifier().orElseThrow().labels().size();
            float[][] direction = Batches.random(random, batch.size(), labels);
            float[] own = own(model, batch);
            float[][] logits = logits(model, batch, own);
            try (Model guard = Model.load(directory, Model.Options.defaults())) {
                List<float[]> expected = guard.logits(batch);
                for (int s = 0; s < logits.length; s++) {
                    assertArrayEquals(expected.get(s), logits[s], 2e-5f, "sequence " + s + ", seed " + SEED);
                }
            }
            float[] gradient =
                    floats(model.backward(direction), own.length); // before the next forward pass overwrites it
            double squares = 0;
            for (float g : gradient) {
                squares += (double) g * g;
            }
            double sum = Math.abs(sum(logits, direction));
            double best = Double.NaN;
            for (double change : CHANGES) {
                double step = change * Math.max(sum, 0.1) / squares;
                double slope = (4 * slope(model, batch, own, gradient, direction, step / 2)
                                - slope(model, batch, own, gradient, direction, step))
                        / 3; // Richardson: without the third derivative
                best = Math.abs(slope - squares) < Math.abs(best - squares) || Double.isNaN(best) ? slope : best;
            }
            assertEquals(squares, best, TOLERANCE * squares, "slope along the gradient, seed " + SEED);
        }
    }

    private static float[] own(EmbeddingGradients model, List<TokenSequence> batch) {
        int[] ids = batch.stream().flatMapToInt(s -> Arrays.stream(s.ids())).toArray();
        float[] rows = new float[ids.length * model.size()];
        for (int i = 0; i < ids.length; i++) {
            model.embedding(
                    ids[i],
                    MemorySegment.ofArray(rows)
                            .asSlice((long) i * model.size() * Float.BYTES, (long) model.size() * Float.BYTES));
        }
        return rows;
    }

    private static float[][] logits(EmbeddingGradients model, List<TokenSequence> batch, float[] rows) {
        MemorySegment to = model.rows(rows.length / model.size());
        MemorySegment.copy(rows, 0, to, ValueLayout.JAVA_FLOAT, 0, rows.length);
        return model.forward(batch);
    }

    private static double slope(
            EmbeddingGradients model,
            List<TokenSequence> batch,
            float[] own,
            float[] gradient,
            float[][] direction,
            double step) {
        double[] sums = new double[2];
        for (int side = 0; side < 2; side++) {
            float[] rows = own.clone();
            for (int i = 0; i < rows.length; i++) {
                rows[i] += (float) ((side == 0 ? step : -step) * gradient[i]);
            }
            sums[side] = sum(logits(model, batch, rows), direction);
        }
        return (sums[0] - sums[1]) / (2 * step);
    }

    private static double sum(float[][] logits, float[][] direction) {
        double sum = 0;
        for (int s = 0; s < logits.length; s++) {
            for (int l = 0; l < logits[s].length; l++) {
                sum += (double) logits[s][l] * direction[s][l];
            }
        }
        return sum;
    }

    private static float[] floats(MemorySegment segment, int count) {
        float[] copy = new float[count];
        MemorySegment.copy(segment, ValueLayout.JAVA_FLOAT, 0, copy, 0, count);
        return copy;
    }

    @Test
    void thereIsNoWayBackBeforeAWayForwards() throws IOException {
        try (ModelFiles files = ModelFiles.open(Goldens.own("models/bert_a"));
                EmbeddingGradients model = EmbeddingGradients.of(files, KERNELS, () -> Parallel.ofThreads(1))) {
            assertThrows(IllegalStateException.class, () -> model.backward(new float[1][2]));
            model.rows(2);
            model.forward(List.of(TokenSequence.of(2, 3)));
            assertThrows(IllegalArgumentException.class, () -> model.backward(new float[1][3]));
        }
    }
}
