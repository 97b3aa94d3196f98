package dev.kanmon.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.config.HuggingFaceConfig;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is computed from a known prefix on is what is computed as a whole. */
class ContinuationTest {

    private static final long SEED = 20261122;

    /** Wide enough for several panels and tiles, and for heads that threads share. */
    private static final String QWEN3 = """
        {"model_type": "qwen3", "architectures": ["Qwen3ForSequenceClassification"], "vocab_size": 200,
         "hidden_size": 80, "head_dim": 24, "num_attention_heads": 6, "num_key_value_heads": 2,
         "intermediate_size": 130, "num_hidden_layers": 3, "pad_token_id": 3,
         "id2label": {"0": "safe", "1": "unsafe"}}\
        """;

    static Stream<String> kernels() {
        return Siblings.here().stream();
    }

    private static ModelConfig qwen3() throws ModelFormatException {
        return HuggingFaceConfig.read(Json.parse("qwen3", QWEN3).asObject());
    }

    /** A sequence that grows in steps, is cut, goes on otherwise, repeats itself, and ends in padding now and then. */
    private static List<TokenSequence> steps(int vocabulary, int longest, Random random) {
        List<TokenSequence> steps = new ArrayList<>();
        int[] ids = {1};
        while (steps.size() < 30) {
            int keep = random.nextInt(4) == 0 ? 1 + random.nextInt(ids.length) : ids.length;
            int more = keep < longest ? random.nextInt(Math.min(9, longest - keep + 1)) : 0;
            int old = keep;
            ids = Arrays.copyOf(ids, keep + more);
            for (int i = old; i < ids.length; i++) {
                ids[i] = random.nextInt(12) == 0 ? 3 : random.nextInt(vocabulary);
            }
            int[] ended = Arrays.copyOf(ids, ids.length + random.nextInt(2));
            Arrays.fill(ended, ids.length, ended.length, 2);
            steps.add(TokenSequence.of(ended));
        }
        return steps;
    }

    private static void compare(String what, Model model, List<TokenSequence> steps) {
        Continuation continuation = model.continuation();
        int step = 0;
        for (TokenSequence sequence : steps) {
            long before = continuation.tokensComputed();
            float[] expected = model.logits(List.of(sequence)).getFirst();
            float[] found = continuation.logits(List.of(sequence)).getFirst();
            assertArrayEquals(
                    expected,
                    found,
                    what + ", step " + step + " of " + sequence.length() + " tokens, of which "
                            + (continuation.tokensComputed() - before) + " were computed");
            step++;
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void everyCausalFamilyHasTheSameBits(String kernels) throws IOException {
        int models = 0;
        for (String name : List.of("llama_dynamic", "llama_no_pad", "llama_scaled", "qwen2_yarn_options", "qwen3_a")) {
            Model.Options options = Model.Options.defaults().withKernels(KernelChoice.of(kernels));
            try (Model model = Model.load(Goldens.own("families/" + name), options)) {
                int limit = Math.min(60, model.config().encoder().maxTokens());
                // Longer ones of llama_dynamic turn by their length: nothing is known of them beforehand.
                int longest = name.equals("llama_dynamic") ? 2 * limit : limit;
                compare(name + " on " + kernels, model, steps(90, longest, new Random(SEED)));
                models++;
            }
        }
        assertEquals(5, models);
    }

    /**
     * A query with a window sums the weights of keys in groups that depend on which queries are computed with it: the
     * last bits may differ, and nothing more.
     */
    @ParameterizedTest
    @MethodSource("kernels")
    void windowedLayersDifferInTheLastBitsAtMost(String kernels) throws IOException {
        Model.Options options = Model.Options.defaults().withKernels(KernelChoice.of(kernels));
        try (Model model = Model.load(Goldens.own("families/qwen2_window"), options)) {
            Continuation continuation = model.continuation();
            for (TokenSequence sequence : steps(90, 60, new Random(SEED))) {
                float[] expected = model.logits(List.of(sequence)).getFirst();
                float[] found = continuation.logits(List.of(sequence)).getFirst();
                assertArrayEquals(expected, found, 2e-6f, "qwen2_window on " + kernels);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(WeightType.class)
    void everyWeightTypeHasTheSameBitsOnAnyNumberOfThreads(WeightType weights) throws ModelFormatException {
        for (String kernels : Siblings.here()) {
            for (int threads = 1; threads <= 3; threads += 2) {
                Model.Options options = Model.Options.defaults()
                        .withKernels(KernelChoice.of(kernels))
                        .withWeights(weights)
                        .withThreads(threads);
                try (Model model = Model.random(qwen3(), options, SEED)) {
                    String what = weights + " on " + kernels + ", " + threads + " threads";
                    compare(what, model, steps(200, 150, new Random(SEED + threads)));
                }
            }
        }
    }

    @Test
    void onlyWhatIsNewIsComputed() throws ModelFormatException {
        try (Model model = Model.random(qwen3(), Model.Options.defaults(), SEED)) {
            int[] ids = new Random(SEED).ints(300, 4, 200).toArray();
            Continuation continuation = model.continuation();
            continuation.logits(List.of(TokenSequence.of(Arrays.copyOf(ids, 100))));
            assertEquals(100, continuation.tokensComputed());
            continuation.logits(List.of(TokenSequence.of(Arrays.copyOf(ids, 110))));
            assertEquals(110, continuation.tokensComputed());
            continuation.logits(List.of(TokenSequence.of(Arrays.copyOf(ids, 110))));
            assertEquals(110, continuation.tokensComputed(), "the same again");
            continuation.logits(List.of(TokenSequence.of(Arrays.copyOf(ids, 60))));
            assertEquals(111, continuation.tokensComputed(), "a shorter one needs its last token's hidden state");
            continuation.logits(List.of(TokenSequence.of(Arrays.copyOf(ids, 300))));
            assertEquals(111 + 240, continuation.tokensComputed());
            int[] other = ids.clone();
            other[50] = ids[50] == 9 ? 10 : 9;
            continuation.logits(List.of(TokenSequence.of(other)));
            assertEquals(111 + 240 + 250, continuation.tokensComputed(), "from the first that differs");
        }
    }

    /** Of several sequences at once the one that shares most goes on, and all get their answers. */
    @Test
    void severalSequencesAtOnce() throws ModelFormatException {
        try (Model model = Model.random(qwen3(), Model.Options.defaults(), SEED)) {
            Random random = new Random(SEED);
            int[] text = random.ints(200, 4, 200).toArray();
            Continuation continuation = model.continuation();
            for (int length = 20; length <= 200; length += 15) {
                List<TokenSequence> sequences = new ArrayList<>();
                sequences.add(TokenSequence.of(random.ints(7, 4, 200).toArray()));
                sequences.add(TokenSequence.of(Arrays.copyOf(text, length)));
                sequences.add(TokenSequence.of(Arrays.copyOfRange(text, Math.max(1, length - 30), length)));
                sequences.add(sequences.getFirst());
                long before = continuation.tokensComputed();
                List<float[]> found = continuation.logits(sequences);
                List<float[]> expected = model.logits(sequences);
                for (int i = 0; i < sequences.size(); i++) {
                    assertArrayEquals(expected.get(i), found.get(i), "sequence " + i + " at length " + length);
                }
                long most = 7 + 30 + (length == 20 ? 20 : 15);
                long computed = continuation.tokensComputed() - before;
                assertTrue(computed <= most, computed + " tokens computed at " + length + ", expected at most " + most);
            }
        }
    }

    /** A bidirectional encoder has no prefix to go on from; what is the same is still not computed again. */
    @ParameterizedTest
    @ValueSource(strings = {"modernbert_window1", "mpnet_a", "llama_tokens"})
    void othersComputeWholeSequences(String name) throws IOException {
        try (Model model = Model.load(Goldens.own("families/" + name), Model.Options.defaults())) {
            assertEquals(0, model.steadyTokens());
            if (name.equals("llama_tokens")) {
                return; // It looks back only, but each token has logits of its own.
            }
            Continuation continuation = model.continuation();
            for (int length : new int[] {5, 9, 9, 12}) {
                TokenSequence sequence =
                        TokenSequence.of(new Random(SEED).ints(length, 4, 60).toArray());
                assertArrayEquals(
                        model.logits(List.of(sequence)).getFirst(),
                        continuation.logits(List.of(sequence)).getFirst());
            }
            assertEquals(5 + 9 + 12, continuation.tokensComputed());
            assertThrows(IllegalStateException.class, model::keyValues);
        }
    }

    /** What fails in the middle leaves nothing behind that a later answer could be made of. */
    @Test
    void aFailureIsNotRemembered() throws ModelFormatException {
        try (Model model = Model.random(qwen3(), Model.Options.defaults(), SEED)) {
            Continuation continuation = model.continuation();
            int[] ids = new Random(SEED).ints(40, 4, 200).toArray();
            continuation.logits(List.of(TokenSequence.of(Arrays.copyOf(ids, 20))));
            int[] wrong = Arrays.copyOf(ids, 30);
            wrong[25] = 200;
            TokenSequence outside = TokenSequence.of(wrong);
            assertThrows(IllegalArgumentException.class, () -> continuation.logits(List.of(outside)));
            TokenSequence whole = TokenSequence.of(ids);
            assertArrayEquals(
                    model.logits(List.of(whole)).getFirst(),
                    continuation.logits(List.of(whole)).getFirst());
        }
    }
}
