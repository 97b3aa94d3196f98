package dev.kanmon.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.engine.Goldens;
import dev.kanmon.kernels.AdamWStep;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.train.model.AdamW;
import dev.kanmon.train.model.Parameter;
import dev.kanmon.train.model.TrainableModel;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The optimiser on a whole model, against torch's formulas in double. */
class AdamWTest {

    private static final double LEARNING_RATE = 1e-3;
    private static final double DECAY = 0.1;
    private static final int STEPS = 4;

    private static TrainableModel load(int threads) throws IOException {
        return TrainableModel.load(
                Goldens.own("models/bert_a"),
                new TrainableModel.Setup(KernelChoice.automatic(), WeightType.F32, threads, 2, 1));
    }

    private static float[] floats(MemorySegment memory) {
        return memory.toArray(ValueLayout.JAVA_FLOAT);
    }

    private static void fill(TrainableModel model, Random random, double scale) {
        for (Parameter parameter : model.parameters()) {
            for (long i = 0; i < parameter.count(); i++) {
                parameter.gradient().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextGaussian(0, scale));
            }
        }
    }

    /** Gradients whose norm is far above and far below the limit. */
    @ParameterizedTest
    @ValueSource(doubles = {0.5, 1e-5})
    void movesAsTorchDoes(double scale) throws IOException {
        try (TrainableModel model = load(2)) {
            Parameter frozen = model.parameters().getFirst();
            frozen.freeze(true);
            float[] kept = floats(frozen.value());
            AdamW optimiser = new AdamW(model, parameter -> parameter.name().startsWith("classifier") ? 3 : 1);
            assertEquals(model.parameters().size() - 1, optimiser.moved().size());
            List<double[][]> expected = new ArrayList<>();
            for (AdamW.Moved moved : optimiser.moved()) {
                float[] w = floats(moved.parameter().value());
                double[][] all = new double[3][w.length];
                for (int i = 0; i < w.length; i++) {
                    all[0][i] = w[i];
                }
                expected.add(all);
            }
            Random random = new Random(11);
            for (int t = 1; t <= STEPS; t++) {
                fill(model, random, scale);
                double sum = 0;
                for (AdamW.Moved moved : optimiser.moved()) {
                    for (float g : floats(moved.parameter().gradient())) {
                        sum += (double) g * g;
                    }
                }
                double norm = Math.sqrt(sum);
                for (int p = 0; p < expected.size(); p++) {
                    reference(expected.get(p), optimiser.moved().get(p), Math.min(1, 1 / (norm + 1e-6)), t);
                }
                double found = optimiser.step(AdamWStep.of(LEARNING_RATE, 0.9, 0.999, 1e-8, DECAY, t), 1);
                assertEquals(norm, found, norm * 1e-5, "norm of step " + t);
            }
            for (int p = 0; p < expected.size(); p++) {
                AdamW.Moved moved = optimiser.moved().get(p);
                float[] w = floats(moved.parameter().value());
                for (int i = 0; i < w.length; i++) {
                    // a step moves a weight by about the learning rate, whose f32 roundings are what may differ
                    double bound = STEPS * (3 * LEARNING_RATE * 1e-5 + Math.ulp(w[i]));
                    assertEquals(expected.get(p)[0][i], w[i], bound, moved.parameter() + " at " + i);
                }
            }
            assertArrayEquals(kept, floats(frozen.value()), "a frozen parameter");
        }
    }

    /** torch.optim.AdamW: decoupled decay first, then the step by the corrected means. */
    private static void reference(double[][] all, AdamW.Moved moved, double clip, int t) {
        double rate = LEARNING_RATE * moved.rate();
        float[] gradient = floats(moved.parameter().gradient());
        for (int i = 0; i < gradient.length; i++) {
            double g = gradient[i] * clip;
            all[0][i] *= 1 - rate * (moved.parameter().decays() ? DECAY : 0);
            all[1][i] = 0.9 * all[1][i] + 0.1 * g;
            all[2][i] = 0.999 * all[2][i] + 0.001 * g * g;
            double mean = all[1][i] / (1 - Math.pow(0.9, t));
            double square = all[2][i] / (1 - Math.pow(0.999, t));
            all[0][i] -= rate * mean / (Math.sqrt(square) + 1e-8);
        }
    }

    @Test
    void threadsChangeNoBit() throws IOException {
        List<float[]> alone = new ArrayList<>();
        for (int threads : new int[] {1, 2, 3}) {
            try (TrainableModel model = load(threads)) {
                AdamW optimiser = new AdamW(model, _ -> 1);
                Random random = new Random(3);
                for (int t = 1; t <= 2; t++) {
                    fill(model, random, 0.1);
                    optimiser.step(AdamWStep.of(LEARNING_RATE, 0.9, 0.999, 1e-8, DECAY, t), 1);
                }
                for (int p = 0; p < model.parameters().size(); p++) {
                    float[] w = floats(model.parameters().get(p).value());
                    if (threads == 1) {
                        alone.add(w);
                    } else {
                        assertArrayEquals(
                                alone.get(p),
                                w,
                                threads + " threads, " + model.parameters().get(p));
                    }
                }
            }
        }
        assertTrue(alone.size() > 10);
    }
}
