package dev.kanmon.train.model;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.kanmon.engine.FamilyGoldens;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every family with its own features: the gradient of each tensor against the difference that a step along it makes, with
 * and without dropout, in f32. {@link ExactGradientsTest} is a hundred times as strict with some of them.
 */
class FamilyGradientsTest {

    /** Share of the slope that rounding and curvature may take. */
    private static final double TOLERANCE = 0.01;

    /** What a step is to change the loss by: far above its rounding. */
    private static final double CHANGE = 4e-3;

    @TestFactory
    Stream<DynamicTest> everyFamilyHasTheGradientOfItsForwardPass() throws IOException {
        return FamilyGoldens.own()
                .filter(FamilyGradientsTest::isSmooth)
                .map(directory -> dynamicTest(directory.getFileName().toString(), () -> check(directory)));
    }

    /** A step that f32 can see crosses kinks of ReLU, whose slope the kernels' own tests compare. */
    private static boolean isSmooth(Path directory) {
        try {
            String config = Files.readString(directory.resolve("config.json"));
            return !config.contains("\"relu\"") && !config.contains("\"distilbert\""); // whose head has one
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void check(Path directory) throws IOException {
        var setup = new TrainableModel.Setup(KernelChoice.automatic(), WeightType.F32, 2, 2, 5);
        try (TrainableModel model = TrainableModel.load(directory, setup)) {
            SplittableRandom random = new SplittableRandom(71);
            roughen(model, random);
            List<TokenSequence> batch = Batches.random(model.config().encoder(), random, 7, 1, 15, 4);
            float[][] direction = Batches.random(random, batch.size(), 2);
            compare(model, batch, direction, null);
            compare(model, batch, direction, new Dropout(0.2f, 0.15f, 0.1f, 9));
        }
    }

    /** Fresh heads are so flat that nothing would reach the encoder. */
    private static void roughen(TrainableModel model, SplittableRandom random) {
        for (Parameter parameter : model.parameters()) {
            for (long i = 0; i < parameter.count(); i++) {
                float old = parameter.value().getAtIndex(ValueLayout.JAVA_FLOAT, i);
                float noise = (float) (0.05 * random.nextGaussian());
                parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, old + noise);
            }
        }
        model.changed();
    }

    private static void compare(TrainableModel model, List<TokenSequence> batch, float[][] direction, Dropout dropout) {
        model.clearGradients();
        model.forward(batch, dropout);
        model.backward(direction);
        List<String> wrong = new ArrayList<>();
        double all = 0;
        for (Parameter parameter : model.parameters()) {
            all += squares(parameter.gradient(), parameter.count());
        }
        for (Parameter parameter : model.parameters()) {
            double squares = squares(parameter.gradient(), parameter.count());
            if (squares < 1e-9 * all) {
                continue; // a step along it would have to be so long that the loss is no plane: a key's bias has none
                // at all
            }
            double step = CHANGE / squares;
            double slope = (4 * slope(model, parameter, step / 2, batch, direction, dropout)
                            - slope(model, parameter, step, batch, direction, dropout))
                    / 3; // Richardson: without the third derivative
            if (!(Math.abs(slope - squares) <= TOLERANCE * squares)) {
                wrong.add(parameter + ": slope along the gradient " + slope + ", its square " + squares);
            }
        }
        assertTrue(wrong.isEmpty(), "dropout " + dropout + ": " + String.join("; ", wrong));
    }

    private static double squares(MemorySegment values, long count) {
        double sum = 0;
        for (long i = 0; i < count; i++) {
            double value = values.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            sum += value * value;
        }
        return sum;
    }

    private static double slope(
            TrainableModel model,
            Parameter parameter,
            double step,
            List<TokenSequence> batch,
            float[][] direction,
            Dropout dropout) {
        return (loss(model, parameter, step, batch, direction, dropout)
                        - loss(model, parameter, -step, batch, direction, dropout))
                / (2 * step);
    }

    /** The loss after a step along the gradient of one tensor, which is taken back. */
    private static double loss(
            TrainableModel model,
            Parameter parameter,
            double step,
            List<TokenSequence> batch,
            float[][] direction,
            Dropout dropout) {
        MemorySegment before = MemorySegment.ofArray(parameter.value().toArray(ValueLayout.JAVA_FLOAT));
        for (long i = 0; i < parameter.count(); i++) {
            double moved = before.getAtIndex(ValueLayout.JAVA_FLOAT, i)
                    + step * parameter.gradient().getAtIndex(ValueLayout.JAVA_FLOAT, i);
            parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) moved);
        }
        model.changed();
        float[][] logits = model.forward(batch, dropout);
        parameter.value().copyFrom(before);
        model.changed();
        double sum = 0;
        for (int s = 0; s < logits.length; s++) {
            for (int l = 0; l < logits[s].length; l++) {
                sum += (double) logits[s][l] * direction[s][l];
            }
        }
        return sum;
    }

    @TestFactory
    Stream<DynamicTest> withoutDropoutLogitsAreThoseOfInference() throws IOException {
        return FamilyGoldens.own()
                .map(directory -> dynamicTest(directory.getFileName().toString(), () -> compareInference(directory)));
    }

    private static void compareInference(Path directory) throws IOException {
        Path saved = Files.createTempDirectory("kanmon-trained");
        var setup = new TrainableModel.Setup(KernelChoice.automatic(), WeightType.F32, 2, 2, 5);
        try (TrainableModel model = TrainableModel.load(directory, setup)) {
            SplittableRandom random = new SplittableRandom(72);
            roughen(model, random);
            List<TokenSequence> batch = Batches.random(model.config().encoder(), random, 5, 1, 15, 4);
            float[][] trained = model.forward(batch, null);
            model.save(saved);
            try (Model inference = Model.load(saved, Model.Options.defaults())) {
                List<float[]> logits = inference.logits(batch);
                for (int s = 0; s < trained.length; s++) {
                    for (int l = 0; l < trained[s].length; l++) {
                        double error = Math.abs(trained[s][l] - logits.get(s)[l]);
                        assertTrue(
                                error <= 2e-5 * (1 + Math.abs(trained[s][l])),
                                "sequence " + s + " label " + l + ": training " + trained[s][l] + ", inference "
                                        + logits.get(s)[l]);
                    }
                }
            }
        } finally {
            Batches.delete(saved);
        }
    }
}
