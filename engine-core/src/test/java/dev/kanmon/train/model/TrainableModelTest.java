package dev.kanmon.train.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.engine.Goldens;
import dev.kanmon.engine.Siblings;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonNull;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a model that learns promises beside its numbers being right. */
class TrainableModelTest {

    private static final Dropout SOME = new Dropout(0.1f, 0.1f, 0.1f, 17);

    private static Path golden(String name) {
        return Goldens.own("families/" + name);
    }

    private static TrainableModel load(String name, WeightType type, int threads) throws IOException {
        return TrainableModel.load(
                golden(name), new TrainableModel.Setup(KernelChoice.automatic(), type, threads, 2, 3));
    }

    private static List<TokenSequence> batch(TrainableModel model, int count) {
        return Batches.random(model.config().encoder(), new SplittableRandom(count), count, 1, 20, 4);
    }

    private static float[][] ones(int rows) {
        float[][] d = new float[rows][2];
        for (float[] row : d) {
            row[0] = 1;
            row[1] = -0.5f;
        }
        return d;
    }

    /** All gradients after one pass. */
    private static List<float[]> gradients(TrainableModel model, List<TokenSequence> batch, Dropout dropout) {
        model.clearGradients();
        model.forward(batch, dropout);
        model.backward(ones(batch.size()));
        return gradients(model);
    }

    private static List<float[]> gradients(TrainableModel model) {
        return model.parameters().stream()
                .map(parameter -> parameter.gradient().toArray(ValueLayout.JAVA_FLOAT))
                .toList();
    }

    private static void assertSame(TrainableModel model, List<float[]> expected, List<float[]> found) {
        for (int p = 0; p < expected.size(); p++) {
            assertArrayEquals(
                    expected.get(p), found.get(p), model.parameters().get(p).name());
        }
    }

    /** By norm, tensor for tensor, with {@code nothing} of the largest for those that are nearly zero. */
    private static void assertClose(
            TrainableModel model, List<float[]> expected, List<float[]> found, double bound, double nothing) {
        double largest =
                expected.stream().mapToDouble(TrainableModelTest::norm).max().orElseThrow();
        for (int p = 0; p < expected.size(); p++) {
            float[] difference = expected.get(p).clone();
            for (int i = 0; i < difference.length; i++) {
                difference[i] -= found.get(p)[i];
            }
            double error = norm(difference);
            double size = norm(expected.get(p));
            assertTrue(
                    error <= bound * size + nothing * largest,
                    model.parameters().get(p) + ": off by " + error + " of " + size);
        }
    }

    private static double norm(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += (double) value * value;
        }
        return Math.sqrt(sum);
    }

    @ParameterizedTest
    @CsvSource({
        "bert_regression_type,1",
        "bert_regression_type,2",
        "deberta_types,1",
        "deberta_types,2",
        "deberta_conv,2",
        "mpnet_a,2"
    })
    void theSameStepHasTheSameBits(String name, int threads) throws IOException {
        List<float[]> first = null;
        for (int run = 0; run < 5; run++) {
            try (TrainableModel model = load(name, WeightType.F32, threads)) {
                List<TokenSequence> batch = batch(model, 40);
                gradients(model, batch(model, 9), null); // other sizes before leave nothing behind
                List<float[]> gradients = gradients(model, batch, SOME);
                first = first == null ? gradients : first;
                assertSame(model, first, gradients);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert_regression_type", "deberta_separate_keys", "llama_scaled", "modernbert_biases"})
    void siblingsAgree(String name) throws IOException {
        List<float[]> scalar = null;
        for (String kernels : Siblings.here()) {
            try (TrainableModel model = TrainableModel.load(
                    golden(name), new TrainableModel.Setup(KernelChoice.of(kernels), WeightType.F32, 2, 2, 3))) {
                List<float[]> gradients = gradients(model, batch(model, 12), SOME);
                scalar = scalar == null ? gradients : scalar;
                assertClose(model, scalar, gradients, 2e-5, 1e-6);
            }
        }
    }

    /** Operands of products are rounded to 8 bits; what is summed and kept is not. */
    @ParameterizedTest
    @ValueSource(strings = {"bert_regression_type", "deberta_types"})
    void mixedPrecisionIsNearToF32(String name) throws IOException {
        try (TrainableModel exact = load(name, WeightType.F32, 2);
                TrainableModel mixed = load(name, WeightType.BF16, 2)) {
            List<float[]> expected = gradients(exact, batch(exact, 24), SOME);
            assertClose(exact, expected, gradients(mixed, batch(mixed, 24), SOME), 0.05, 0.005);
        }
    }

    @Test
    void gradientsOfBatchesAddUp() throws IOException {
        try (TrainableModel model = load("albert_groups", WeightType.F32, 2)) {
            List<float[]> sum = new ArrayList<>(gradients(model, batch(model, 6), null));
            List<float[]> other = gradients(model, batch(model, 7), null);
            for (int p = 0; p < sum.size(); p++) {
                float[] both = sum.get(p).clone();
                for (int i = 0; i < both.length; i++) {
                    both[i] += other.get(p)[i];
                }
                sum.set(p, both);
            }
            gradients(model, batch(model, 6), null);
            model.forward(batch(model, 7), null);
            model.backward(ones(7));
            assertClose(model, sum, gradients(model), 1e-5, 1e-6);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "deberta_types, classifier",
        "deberta_types, deberta.encoder.layer.1.output",
        "deberta_types, encoder.rel_embeddings",
        "deberta_types, query_proj.weight",
        "deberta_conv, encoder.conv",
        "deberta_conv, embeddings",
        "bert_regression_type, embeddings",
        "bert_regression_type, attention.self.value.bias",
        "electra_larger, embeddings_project",
        "modernbert_both_styles, final_norm",
        "qwen3_a, q_norm"
    })
    void whatIsNotFrozenHasTheSameGradientAsEver(String name, String learning) throws IOException {
        Predicate<Parameter> learns = parameter -> parameter.name().contains(learning);
        try (TrainableModel model = load(name, WeightType.F32, 2)) {
            List<TokenSequence> batch = batch(model, 11);
            List<float[]> all = gradients(model, batch, SOME);
            assertTrue(model.parameters().stream().anyMatch(learns), "nothing of " + name + " is called " + learning);
            model.parameters().forEach(parameter -> parameter.freeze(!learns.test(parameter)));
            List<float[]> some = gradients(model, batch, SOME);
            for (int p = 0; p < all.size(); p++) {
                Parameter parameter = model.parameters().get(p);
                float[] expected = parameter.frozen() ? new float[all.get(p).length] : all.get(p);
                assertArrayEquals(expected, some.get(p), parameter.toString());
            }
        }
    }

    @Test
    void dropoutIsWhatItsSeedSays() throws IOException {
        try (TrainableModel model = load("roberta_multilabel", WeightType.F32, 2)) {
            List<TokenSequence> batch = batch(model, 8);
            float[][] none = model.forward(batch, null);
            assertArrayEquals(none, model.forward(batch, new Dropout(0, 0, 0, 4)));
            float[][] some = model.forward(batch, SOME);
            assertArrayEquals(some, model.forward(batch, SOME));
            assertTrue(some[0][0] != model.forward(batch, new Dropout(0.1f, 0.1f, 0.1f, 18))[0][0]);
            assertTrue(none[0][0] != some[0][0]);
        }
    }

    @Test
    void aHeadOfAnotherSizeIsMadeNew() throws IOException {
        try (TrainableModel model = load("xlmr_tokens", WeightType.F32, 1)) {
            assertEquals(2, model.config().classifier().orElseThrow().labels().size());
            assertEquals(
                    "safe", model.config().classifier().orElseThrow().labels().getFirst());
            assertTrue(
                    model.notes().stream().anyMatch(note -> note.startsWith("tensor \"classifier.out_proj.weight\"")),
                    model.notes()::toString);
        }
        try (TrainableModel model = load("deberta_types", WeightType.F32, 1)) {
            assertEquals(List.of(), model.notes());
            assertEquals(
                    "unsafe", model.config().classifier().orElseThrow().labels().getLast());
        }
    }

    @Test
    void biasesAndNormalisationsDoNotDecay() throws IOException {
        try (TrainableModel model = load("bert_regression_type", WeightType.F32, 1)) {
            for (Parameter parameter : model.parameters()) {
                boolean expected =
                        !parameter.name().endsWith(".bias") && !parameter.name().contains("LayerNorm");
                assertEquals(expected, parameter.decays(), parameter.name());
            }
        }
    }

    @Test
    void misuseIsRefused() throws IOException {
        try (TrainableModel model = load("bert_regression_type", WeightType.F32, 1)) {
            assertThrows(IllegalStateException.class, () -> model.backward(ones(1)));
            model.forward(batch(model, 3), null);
            assertThrows(IllegalArgumentException.class, () -> model.backward(ones(2)));
            assertThrows(IllegalArgumentException.class, () -> model.backward(new float[3][5]));
            model.backward(ones(3));
            assertThrows(IllegalStateException.class, () -> model.backward(ones(3)));
            assertThrows(IllegalArgumentException.class, () -> model.forward(List.of(), null));
            assertThrows(IllegalArgumentException.class, () -> model.forward(List.of(TokenSequence.of(1, 90)), null));
        }
        assertThrows(IllegalArgumentException.class, () -> new Dropout(1, 0, 0, 1));
        assertThrows(
                IllegalArgumentException.class,
                () -> new TrainableModel.Setup(KernelChoice.automatic(), WeightType.INT8, 1, 2, 1));
    }

    @Test
    void aSavedTokenizerNoLongerCutsTexts(@TempDir Path folder) throws IOException {
        Path student = Files.createDirectory(folder.resolve("student"));
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(Goldens.own("models/bert_a").resolve(file), student.resolve(file));
        }
        JsonObject original = Json.read(Goldens.own("models/bert_a").resolve("tokenizer.json"))
                .asObject();
        var members = new LinkedHashMap<>(original.members());
        members.put(
                "truncation",
                Json.parse(
                        "test",
                        "{\"direction\":\"Right\",\"max_length\":4,\"strategy\":\"LongestFirst\",\"stride\":0}"));
        members.put(
                "padding",
                Json.parse(
                        "test",
                        "{\"strategy\":{\"Fixed\":4},\"direction\":\"Right\",\"pad_to_multiple_of\":null,"
                                + "\"pad_id\":0,\"pad_type_id\":0,\"pad_token\":\"[PAD]\"}"));
        Files.writeString(student.resolve("tokenizer.json"), Json.write(JsonObject.of(members)));
        Path saved = folder.resolve("saved");
        try (var model = TrainableModel.load(
                student, new TrainableModel.Setup(KernelChoice.automatic(), WeightType.F32, 1, 2, 3))) {
            model.save(saved);
        }
        members.put("truncation", JsonNull.of());
        members.put("padding", JsonNull.of());
        assertEquals(JsonObject.of(members), Json.read(saved.resolve("tokenizer.json")));
    }
}
