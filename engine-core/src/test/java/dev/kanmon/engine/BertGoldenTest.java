package dev.kanmon.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.formats.TensorFile;
import dev.kanmon.kernels.KernelChoice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** BERT against the reference's fp64 answers, with every sibling of the kernels. */
class BertGoldenTest {

    private static final List<String> KERNELS = List.of("scalar", "vector");

    static Stream<Arguments> models() {
        return KERNELS.stream()
                .flatMap(k ->
                        Stream.of("bert_a", "bert_smalleps", "bert_tanhgelu").map(m -> Arguments.of(m, k)));
    }

    private static Model load(Path path, String kernels, int threads) throws IOException {
        return Model.load(
                path,
                Model.Options.defaults().withKernels(KernelChoice.of(kernels)).withThreads(threads));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("models")
    void everySequenceMatches(String name, String kernels) throws IOException {
        Path directory = Goldens.own("models/" + name);
        try (Model model = load(directory, kernels, 1);
                TensorFile expected = TensorFile.open(directory.resolve("expected.safetensors"))) {
            compare(model, expected, expected, name.equals("bert_tanhgelu"));
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("models")
    void aBatchGivesTheBitsOfSingleSequences(String name, String kernels) throws IOException {
        Path directory = Goldens.own("models/" + name);
        try (Model model = load(directory, kernels, 1);
                Model threaded = load(directory, kernels, 3);
                TensorFile expected = TensorFile.open(directory.resolve("expected.safetensors"))) {
            List<TokenSequence> sequences = new ArrayList<>();
            for (String prefix : Goldens.sequences(expected)) {
                sequences.add(Goldens.sequence(expected, prefix));
            }
            List<float[]> batch = model.logits(sequences);
            List<float[]> onThreads = threaded.logits(sequences);
            for (int i = 0; i < sequences.size(); i++) {
                float[] alone = model.logits(List.of(sequences.get(i))).getFirst();
                assertArrayEquals(alone, batch.get(i), name + " sequence " + i + " in a batch");
                assertArrayEquals(alone, onThreads.get(i), name + " sequence " + i + " in a batch on three threads");
                assertArrayEquals(
                        alone,
                        threaded.logits(List.of(sequences.get(i))).getFirst(),
                        name + " sequence " + i + " on three threads");
            }
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("models")
    void paddedRowsMatchWhenTheyAreMasked(String name, String kernels) throws IOException {
        Path directory = Goldens.own("models/" + name);
        try (Model model = load(directory, kernels, 1);
                TensorFile expected = TensorFile.open(directory.resolve("expected.safetensors"))) {
            TokenSequence all = Goldens.sequence(expected, "batch.");
            double[] logits = Goldens.doubles(expected.tensor("batch.logits_f64"));
            int rows =
                    expected.tensor("batch.input_ids").info().shape().getFirst().intValue();
            int length = all.length() / rows;
            int labels = logits.length / rows;
            for (int r = 0; r < rows; r++) {
                TokenSequence padded = slice(all, r * length, length);
                Goldens.assertClose(
                        name + " row " + r,
                        Arrays.copyOfRange(logits, r * labels, (r + 1) * labels),
                        model.logits(List.of(padded)).getFirst(),
                        Goldens.LOGITS);
            }
        }
    }

    /** A hole in the mask is the same as a token that is not there, but for the positions of those behind it. */
    @ParameterizedTest
    @CsvSource({"scalar", "vector"})
    void maskedTokensAreNotLookedAt(String kernels) throws IOException {
        try (Model model = load(Goldens.own("models/bert_a"), kernels, 1)) {
            int[] mask = {1, 1, 0, 1, 0, 1};
            float[] one = model.logits(List.of(new TokenSequence(new int[] {5, 46, 473, 17, 62, 6}, null, mask)))
                    .getFirst();
            float[] two = model.logits(List.of(new TokenSequence(new int[] {5, 46, 900, 17, 7, 6}, null, mask)))
                    .getFirst();
            float[] open = model.logits(List.of(TokenSequence.of(5, 46, 473, 17, 62, 6)))
                    .getFirst();
            assertArrayEquals(one, two, "the masked ids make no difference");
            assertTrue(Math.abs(one[0] - open[0]) > 1e-3, "the mask makes a difference");
            float[] nothing = model.logits(List.of(new TokenSequence(new int[] {5, 46, 6}, null, new int[3])))
                    .getFirst();
            for (float logit : nothing) {
                assertTrue(Float.isFinite(logit), "all masked: found " + logit);
            }
        }
    }

    static Stream<Arguments> gguf() {
        return KERNELS.stream().flatMap(k -> Stream.of("F16", "Q8_0").map(t -> Arguments.of(t, k)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("gguf")
    void ggufMatches(String type, String kernels) throws IOException {
        Path directory = Goldens.own("gguf/bert");
        try (Model model = load(directory.resolve("bert-" + type + ".gguf"), kernels, 1);
                TensorFile inputs = TensorFile.open(directory.resolve("expected-F32.safetensors"));
                TensorFile expected = TensorFile.open(directory.resolve("expected-" + type + ".safetensors"))) {
            compare(model, inputs, expected, false);
            assertEquals(
                    List.of("safe", "unsafe"),
                    model.config().classifier().orElseThrow().labels());
        }
    }

    static Stream<Arguments> storage() {
        return KERNELS.stream()
                .flatMap(k -> Stream.of("bert_a_f16", "bert_a_bf16", "bert_a_legacy_names", "bert_a_base_only")
                        .map(m -> Arguments.of(m, k)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("storage")
    void storageVariantsMatch(String name, String kernels) throws IOException {
        Path directory = Goldens.shared("golden/storage/" + name);
        try (Model model = load(directory, kernels, 1);
                TensorFile expected = TensorFile.open(directory.resolve("expected.safetensors"))) {
            compare(model, expected, expected, false);
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({"F32,scalar", "F32,vector", "BF16,scalar", "BF16,vector"})
    void otherGgufTypesMatch(String type, String kernels) throws IOException {
        Path directory = Goldens.shared("golden/gguf/bert");
        try (Model model = load(directory.resolve("bert-" + type + ".gguf"), kernels, 1);
                TensorFile inputs = TensorFile.open(directory.resolve("expected-F32.safetensors"));
                TensorFile expected = TensorFile.open(directory.resolve("expected-" + type + ".safetensors"))) {
            compare(model, inputs, expected, false);
        }
    }

    private static void compare(Model model, TensorFile inputs, TensorFile expected, boolean sigmoid)
            throws IOException {
        int compared = 0;
        for (String prefix : Goldens.sequences(inputs)) {
            TokenSequence sequence = Goldens.sequence(inputs, prefix);
            String what = expected.path().getParent().getFileName() + " " + prefix;
            if (expected.tensors().containsKey(prefix + "logits_f64")) {
                float[] logits = model.logits(List.of(sequence)).getFirst();
                Goldens.assertClose(what + "logits", values(expected, prefix + "logits_f64"), logits, Goldens.LOGITS);
                compared++;
                if (expected.tensors().containsKey(prefix + "probs_f64")) {
                    double[] probabilities = Goldens.probabilities(logits, sigmoid);
                    assertArrayEquals(
                            values(expected, prefix + "probs_f64"),
                            probabilities,
                            Goldens.PROBABILITIES,
                            what + "probabilities");
                }
            }
            List<float[]> hidden = model.hiddenStates(sequence);
            for (int layer = 0; layer < hidden.size(); layer++) {
                String tensor = prefix + "hidden." + layer + "_f64";
                if (expected.tensors().containsKey(tensor)) {
                    Goldens.assertClose(what + tensor, values(expected, tensor), hidden.get(layer), Goldens.HIDDEN);
                    compared++;
                }
            }
            if (expected.tensors().containsKey(prefix + "last_hidden_f64")) {
                Goldens.assertClose(
                        what + "last hidden",
                        values(expected, prefix + "last_hidden_f64"),
                        hidden.getLast(),
                        Goldens.HIDDEN);
                compared++;
            }
        }
        assertTrue(compared > 0, expected.path() + ": found nothing to compare");
    }

    private static double[] values(TensorFile file, String tensor) {
        return Goldens.doubles(file.tensor(tensor));
    }

    private static TokenSequence slice(TokenSequence all, int from, int length) {
        return new TokenSequence(
                Arrays.copyOfRange(all.ids(), from, from + length),
                Arrays.copyOfRange(all.typeIds(), from, from + length),
                Arrays.copyOfRange(all.mask(), from, from + length));
    }
}
