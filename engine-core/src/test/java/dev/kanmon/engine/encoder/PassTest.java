package dev.kanmon.engine.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.kanmon.engine.Model;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.config.BertConfig;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.KernelChoice;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However a pass is cut into blocks of rows, or its matrix products by columns, the numbers are the same. */
class PassTest {

    private static final int VOCABULARY = 50;

    // Panels of the kernels do not divide these sizes; one layer reads the next one's projections.
    private static final ModelConfig CONFIG = new ModelConfig(
            new BertConfig(VOCABULARY, 36, 2, 3, 76, 2000, 2, 1e-12f, Activation.GELU), Optional.empty());

    /** Around every length at which two or three threads begin to be fed in another way. */
    @ParameterizedTest(name = "{0} tokens")
    @ValueSource(ints = {1, 2, 7, 33, 63, 64, 65, 95, 96, 97, 223, 224, 225, 512, 513, 1024, 1025, 1537})
    void theNumberOfThreadsDoesNotChangeABit(int tokens) {
        TokenSequence sequence = TokenSequence.of(
                new SplittableRandom(tokens).ints(tokens, 0, VOCABULARY).toArray());
        List<float[]> alone = hiddenStates(sequence, 1);
        for (int threads : new int[] {2, 3, 7}) {
            List<float[]> together = hiddenStates(sequence, threads);
            for (int layer = 0; layer < alone.size(); layer++) {
                assertArrayEquals(
                        alone.get(layer),
                        together.get(layer),
                        "hidden states after layer " + layer + ", " + tokens + " tokens, " + threads
                                + " threads against 1");
            }
        }
    }

    private static List<float[]> hiddenStates(TokenSequence sequence, int threads) {
        Model.Options options =
                Model.Options.defaults().withKernels(KernelChoice.of("scalar")).withThreads(threads);
        try (Model model = Model.random(CONFIG, options, 11)) {
            return model.hiddenStates(sequence);
        }
    }
}
