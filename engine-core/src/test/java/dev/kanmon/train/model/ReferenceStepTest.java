package dev.kanmon.train.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kanmon.engine.Goldens;
import dev.kanmon.engine.Siblings;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.kernels.AdamWStep;
import dev.kanmon.kernels.GradientKernels;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A step of training against PyTorch's, which computed it in double from the same weights. */
class ReferenceStepTest {

    /** Of a tensor's gradient, by norm: f32 sums of a few hundred terms, through two layers and back. */
    private static final double GRADIENT = 2e-5;

    /** Gradients whose norm is less than this share of all are differences of larger numbers. */
    private static final double NOTHING = 1e-6;

    private static Path model(String name) {
        try {
            return Path.of(
                    ReferenceStepTest.class.getResource("/training/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static List<TokenSequence> batch(TensorFile step) throws IOException {
        int[] ids = ints(step, "input_ids");
        int[] masks = ints(step, "attention_mask");
        int[] types = ints(step, "token_type_ids");
        int width = step.tensors().get("input_ids").shape().get(1).intValue();
        List<TokenSequence> batch = new ArrayList<>();
        for (int from = 0; from < ids.length; from += width) {
            batch.add(new TokenSequence(
                    Arrays.copyOfRange(ids, from, from + width),
                    Arrays.copyOfRange(types, from, from + width),
                    Arrays.copyOfRange(masks, from, from + width)));
        }
        return batch;
    }

    private static int[] ints(TensorFile file, String name) throws IOException {
        return Arrays.stream(file.tensor(name).toLongs())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    /** The gradients of ½·CE + ½·KL(teacher ‖ student) by the logits, means over the batch. */
    private static float[][] dLogits(float[][] logits, int[] labels, double[] teacher) {
        float[][] d = new float[logits.length][2];
        for (int s = 0; s < logits.length; s++) {
            double harmful = 1 / (1 + Math.exp(logits[s][0] - (double) logits[s][1]));
            double slope = (0.5 * (harmful - labels[s]) + 0.5 * (harmful - teacher[s])) / logits.length;
            d[s][1] = (float) slope;
            d[s][0] = (float) -slope;
        }
        return d;
    }

    @ParameterizedTest
    @CsvSource({
        "bert,scalar",
        "bert,vector",
        "bert,machine",
        "deberta_v3,scalar",
        "deberta_v3,vector",
        "deberta_v3,machine"
    })
    void gradientsAndWeightsAreTheReferences(String name, String kernels) throws IOException {
        assumeTrue(Siblings.here().contains(kernels), "SKIPPED: no " + kernels + " kernels here");
        Path directory = model(name);
        JsonObject about = Json.read(directory.resolve("step.json")).asObject();
        JsonObject settings = about.object("settings");
        var setup = new TrainableModel.Setup(KernelChoice.of(kernels), WeightType.F32, 2, 2, 1);
        try (TrainableModel model = TrainableModel.load(directory, setup);
                TensorFile step = TensorFile.open(directory.resolve("step.safetensors"))) {
            assertEquals(List.of(), model.notes());
            int[] labels = about.array("labels").ints();
            double[] teacher = about.array("teacher").doubles();
            List<TokenSequence> batch = batch(step);
            Map<Parameter, MemorySegment[]> moments = new HashMap<>();
            for (Parameter parameter : model.parameters()) {
                moments.put(parameter, new MemorySegment[] {
                    model.kernels().allocate(parameter.count()), model.kernels().allocate(parameter.count())
                });
            }
            for (int t = 1; t <= 3; t++) {
                model.clearGradients();
                float[][] logits = model.forward(batch, null);
                if (t == 1) {
                    double[] expected = Goldens.doubles(step.tensor("logits_f64"));
                    float[] found = new float[expected.length];
                    for (int i = 0; i < found.length; i++) {
                        found[i] = logits[i / 2][i % 2];
                    }
                    Goldens.assertClose(name + " logits", expected, found, 2e-6);
                }
                model.backward(dLogits(logits, labels, teacher));
                double norm = norm(model);
                double expectedNorm = about.array("gradient_norms_f64").doubles()[t - 1];
                assertEquals(expectedNorm, norm, 1e-5 * expectedNorm, name + ": norm of all gradients in step " + t);
                if (t == 1) {
                    compareGradients(model, step, norm);
                }
                update(model, moments, settings, t, norm);
                if (t == 1) {
                    compareWeights(model, step, "step1_f64.", settings, 1);
                }
            }
            compareWeights(model, step, "step3_f64.", settings, 3);
        }
    }

    private static double norm(TrainableModel model) {
        GradientKernels kernels = GradientKernels.of(model.kernels());
        return Math.sqrt(model.parameters().stream()
                .mapToDouble(parameter -> kernels.sumOfSquares(parameter.count(), parameter.gradient()))
                .sum());
    }

    private static void compareGradients(TrainableModel model, TensorFile step, double all) throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Parameter parameter : model.parameters()) {
            float[] expected = step.tensor("gradient." + parameter.name()).toFloats();
            float[] found = parameter.gradient().toArray(ValueLayout.JAVA_FLOAT);
            double error = 0;
            double size = 0;
            for (int i = 0; i < expected.length; i++) {
                error += Math.pow(found[i] - (double) expected[i], 2);
                size += Math.pow(expected[i], 2);
            }
            if (!(Math.sqrt(error) <= GRADIENT * Math.sqrt(size) + NOTHING * all)) {
                wrong.add(parameter + ": off by " + Math.sqrt(error) + " of " + Math.sqrt(size));
            }
        }
        assertTrue(wrong.isEmpty(), String.join("; ", wrong));
    }

    private static void update(
            TrainableModel model, Map<Parameter, MemorySegment[]> moments, JsonObject settings, int t, double norm)
            throws IOException {
        double clip = settings.number("clip_norm");
        AdamWStep step = AdamWStep.of(
                        settings.number("learning_rate"),
                        settings.number("beta1"),
                        settings.number("beta2"),
                        settings.number("epsilon"),
                        settings.number("weight_decay"),
                        t)
                .withGradientScale(Math.min(1, clip / (norm + 1e-6)));
        GradientKernels kernels = GradientKernels.of(model.kernels());
        for (Parameter parameter : model.parameters()) {
            MemorySegment[] moment = moments.get(parameter);
            kernels.adamW(
                    parameter.count(),
                    parameter.value(),
                    parameter.gradient(),
                    moment[0],
                    moment[1],
                    parameter.decays() ? step : step.withDecay(0));
        }
        model.changed();
    }

    /**
     * Weights within a thousandth of what a step moves them, but where the gradient is nothing: there a step's size and
     * direction are rounding's, and at most the rate.
     */
    private static void compareWeights(
            TrainableModel model, TensorFile step, String prefix, JsonObject settings, int steps) throws IOException {
        double rate = settings.number("learning_rate");
        List<String> wrong = new ArrayList<>();
        for (Parameter parameter : model.parameters()) {
            double[] expected = Goldens.doubles(step.tensor(prefix + parameter.name()));
            float[] gradient = step.tensor("gradient." + parameter.name()).toFloats();
            float[] found = parameter.value().toArray(ValueLayout.JAVA_FLOAT);
            int off = 0;
            double worst = 0;
            for (int i = 0; i < expected.length; i++) {
                double error = Math.abs(found[i] - expected[i]);
                double bound = Math.abs(gradient[i]) < 1e-6 ? 2 * steps * rate : 2e-3 * steps * rate + 1e-6;
                if (!(error <= bound)) {
                    off++;
                    worst = Math.max(worst, error);
                }
            }
            if (off > 0) {
                wrong.add(parameter + ": " + off + " of " + expected.length + " are off, by " + worst + " at most");
            }
        }
        assertTrue(wrong.isEmpty(), prefix + " " + String.join("; ", wrong));
    }
}
