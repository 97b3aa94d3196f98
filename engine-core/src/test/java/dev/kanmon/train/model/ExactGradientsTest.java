package dev.kanmon.train.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.engine.Siblings;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The gradient of every block against differences of a loss that is computed in double, by code that shares nothing with the
 * engine: first the logits are compared, then how the loss changes along single numbers of each tensor and along random
 * directions through all of them.
 */
class ExactGradientsTest {

    /** Of a block's gradient, by norm. What f32 leaves is a tenth of it at most. */
    private static final double TOLERANCE = 1e-4;

    /**
     * Of all gradients' norm: what may be missing from a tensor whose own gradient is nothing, as a key's bias has none,
     * since softmax does not see what is the same for every key.
     */
    private static final double NOTHING = 1e-7;

    private static final double LOGITS = 1e-5;

    /** Distance between the points of a difference: about 1e-12 is left by truncation and as much by rounding. */
    private static final double STEP = 1e-3;

    /** Tensors of at most so many numbers are compared number by number. */
    private static final int SMALL = 24;

    /** Single numbers that are compared of a larger tensor, and directions through all of its numbers. */
    private static final int SINGLE = 8;

    private static final int DIRECTIONS = 4;

    private static final int SEED = 11;

    /** A block of the network by the names that its tensors have in the families; the first that matches. */
    private record Block(String name, Pattern names) {
        static Block of(String name, String names) {
            return new Block(name, Pattern.compile(names));
        }
    }

    private static final List<Block> BLOCKS = List.of(
            Block.of("table of relative positions", "rel_embeddings|\\.encoder\\.LayerNorm"),
            Block.of("projections of relative positions", "pos_key_proj|pos_query_proj"),
            Block.of("convolution", "encoder\\.conv\\.conv"),
            Block.of("normalisations", "[nN]orm\\."),
            Block.of("embeddings", "embed"),
            Block.of("attention's queries", "query|q_proj"),
            Block.of("attention's keys", "key|k_proj"),
            Block.of("attention's values", "value|v_proj"),
            Block.of("attention's queries, keys and values", "Wqkv"),
            Block.of("attention's output", "attention\\.output|o_proj|attn\\.Wo"),
            Block.of("feed-forward", "intermediate|output\\.dense|mlp"),
            Block.of("pooler", "pooler|head\\.dense"),
            Block.of("classifier", "classifier|score"));

    /** How fast the loss changes along {@code direction}, by the oracle. */
    private record Slope(double[] direction, double exact) {}

    /** Errors and exact slopes of a tensor or a block, as sums of squares. */
    private record Deviation(double error, double size) {
        static final Deviation ZERO = new Deviation(0, 0);

        Deviation plus(Deviation other) {
            return new Deviation(error + other.error, size + other.size);
        }

        double relative() {
            return Math.sqrt(error / size);
        }
    }

    private static Path model(String path) {
        try {
            return Path.of(ExactGradientsTest.class.getResource("/" + path).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "training/bert",
                "training/deberta_v3",
                "golden/families/deberta_separate_keys",
                "golden/families/deberta_conv",
                "golden/families/modernbert_biases",
                "golden/families/qwen3_a"
            })
    void everyBlockHasTheGradientOfTheLoss(String path) throws IOException {
        check(path, model(path));
    }

    @Test
    void soHasTheOtherGelu(@TempDir Path copy) throws IOException {
        Path bert = model("training/bert");
        Files.copy(bert.resolve("model.safetensors"), copy.resolve("model.safetensors"));
        String config = Files.readString(bert.resolve("config.json"));
        String changed = config.replace("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"gelu_new\"");
        assertNotEquals(config, changed);
        Files.writeString(copy.resolve("config.json"), changed);
        check("training/bert with gelu_new", copy);
    }

    private static void check(String name, Path directory) throws IOException {
        JsonObject config = Json.read(directory.resolve("config.json")).asObject();
        Map<String, double[]> values = new LinkedHashMap<>();
        Map<String, List<Slope>> slopes = new LinkedHashMap<>();
        for (String kernels : Siblings.here()) {
            var setup = new TrainableModel.Setup(KernelChoice.of(kernels), WeightType.F32, 2, 2, 1);
            try (TrainableModel model = TrainableModel.load(directory, setup)) {
                SplittableRandom random = new SplittableRandom(SEED);
                roughen(model, random);
                List<TokenSequence> batch = Batches.random(model.config().encoder(), random, 4, 3, 12, 5);
                int[] labels = {1, 0, 0, 1};
                if (slopes.isEmpty()) {
                    model.parameters().forEach(p -> values.put(p.name(), doubles(p.value())));
                }
                DoubleModel oracle = DoubleModel.of(config, values);
                String what = name + ", " + kernels + " kernels, seed " + SEED;
                model.clearGradients();
                float[][] logits = model.forward(batch, null);
                compareLogits(what, oracle, batch, logits);
                assertEquals(new TreeSet<>(values.keySet()), oracle.used(), what + ": tensors that the oracle uses");
                model.backward(dLogits(logits, labels));
                if (slopes.isEmpty()) {
                    values.forEach((tensor, value) -> slopes.put(tensor, slopes(oracle, value, batch, labels, random)));
                }
                compareGradients(what, model, slopes);
            }
        }
    }

    /** Weights at which every block matters, whatever the file has and whatever was made new. */
    private static void roughen(TrainableModel model, SplittableRandom random) {
        for (Parameter parameter : model.parameters()) {
            for (long i = 0; i < parameter.count(); i++) {
                float old = parameter.value().getAtIndex(ValueLayout.JAVA_FLOAT, i);
                float noise = (float) (0.1 * random.nextGaussian());
                parameter.value().setAtIndex(ValueLayout.JAVA_FLOAT, i, old + noise);
            }
        }
        model.changed();
    }

    private static void compareLogits(String what, DoubleModel oracle, List<TokenSequence> batch, float[][] logits) {
        for (int s = 0; s < logits.length; s++) {
            double[] expected = oracle.logits(batch.get(s));
            for (int label = 0; label < expected.length; label++) {
                assertEquals(
                        expected[label],
                        logits[s][label],
                        LOGITS * Math.max(1, Math.abs(expected[label])),
                        what + ": logit " + label + " of sequence " + s + ", before any gradient");
            }
        }
    }

    /** Of the mean cross-entropy. */
    private static float[][] dLogits(float[][] logits, int[] labels) {
        float[][] d = new float[logits.length][2];
        for (int s = 0; s < logits.length; s++) {
            double second = 1 / (1 + Math.exp(logits[s][0] - (double) logits[s][1]));
            d[s][1] = (float) ((second - labels[s]) / logits.length);
            d[s][0] = -d[s][1];
        }
        return d;
    }

    private static List<Slope> slopes(
            DoubleModel oracle, double[] values, List<TokenSequence> batch, int[] labels, SplittableRandom random) {
        int count = values.length;
        List<double[]> directions = new ArrayList<>();
        IntStream single = count <= SMALL ? IntStream.range(0, count) : random.ints(SINGLE, 0, count);
        for (int i : single.toArray()) {
            double[] direction = new double[count];
            direction[i] = 1;
            directions.add(direction);
        }
        for (int d = 0; d < DIRECTIONS && count > SMALL; d++) {
            // of length 1, about
            directions.add(DoubleStream.generate(() -> random.nextGaussian() / Math.sqrt(count))
                    .limit(count)
                    .toArray());
        }
        return directions.stream()
                .map(direction -> new Slope(direction, slope(oracle, values, direction, batch, labels)))
                .toList();
    }

    /** The five-point difference {@code (f(−2h) − 8 f(−h) + 8 f(h) − f(2h)) / 12h}. */
    private static double slope(
            DoubleModel oracle, double[] values, double[] direction, List<TokenSequence> batch, int[] labels) {
        double[] before = values.clone();
        int[] steps = {-2, -1, 1, 2};
        int[] factors = {1, -8, 8, -1};
        double sum = 0;
        for (int p = 0; p < steps.length; p++) {
            for (int i = 0; i < values.length; i++) {
                values[i] = before[i] + steps[p] * STEP * direction[i];
            }
            sum += factors[p] * oracle.loss(batch, labels);
        }
        System.arraycopy(before, 0, values, 0, values.length);
        return sum / (12 * STEP);
    }

    private static void compareGradients(String what, TrainableModel model, Map<String, List<Slope>> slopes) {
        Map<String, Deviation> tensors = new LinkedHashMap<>();
        Map<String, Deviation> blocks = new TreeMap<>();
        for (Parameter parameter : model.parameters()) {
            double[] gradient = doubles(parameter.gradient());
            Deviation deviation = Deviation.ZERO;
            for (Slope slope : slopes.get(parameter.name())) {
                double found = DoubleBlocks.dot(gradient, 0, slope.direction(), 0, gradient.length);
                deviation =
                        deviation.plus(new Deviation(Math.pow(found - slope.exact(), 2), Math.pow(slope.exact(), 2)));
            }
            tensors.put(parameter.name(), deviation);
            blocks.merge(block(parameter.name()), deviation, Deviation::plus);
        }
        double all = tensors.values().stream()
                .reduce(Deviation.ZERO, Deviation::plus)
                .size();
        List<String> wrong = new ArrayList<>();
        tensors.forEach((name, deviation) -> {
            if (!(Math.sqrt(deviation.error()) <= TOLERANCE * Math.sqrt(deviation.size()) + NOTHING * Math.sqrt(all))) {
                wrong.add(text(block(name) + ", tensor " + name, deviation));
            }
        });
        blocks.forEach((block, deviation) -> {
            if (!(deviation.relative() <= TOLERANCE)) {
                wrong.add(text(block + " as a whole", deviation));
            }
        });
        assertTrue(wrong.isEmpty(), () -> what + ":\n" + String.join("\n", wrong));
    }

    private static String text(String where, Deviation deviation) {
        return String.format(
                "%s: the gradient is off by %.3g of %.3g, %.2g of it; expected at most %.2g",
                where, Math.sqrt(deviation.error()), Math.sqrt(deviation.size()), deviation.relative(), TOLERANCE);
    }

    /** The block that a tensor belongs to. */
    private static String block(String name) {
        return BLOCKS.stream()
                .filter(block -> block.names().matcher(name).find())
                .findFirst()
                .orElseThrow(() -> new AssertionError("tensor " + name + " is of no block"))
                .name();
    }

    private static double[] doubles(MemorySegment values) {
        float[] floats = values.toArray(ValueLayout.JAVA_FLOAT);
        double[] doubles = new double[floats.length];
        Arrays.setAll(doubles, i -> floats[i]);
        return doubles;
    }
}
