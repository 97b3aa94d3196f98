package dev.kanmon.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.config.HuggingFaceConfig;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Loading on several threads. */
class LoadingTest {

    private static final Path BERT = Goldens.own("models/bert_a");

    private static final TokenSequence TOKENS = TokenSequence.of(new int[] {1, 5, 7, 3, 2});

    /** Two layers of DeBERTa, wide enough for its matrices to be packed and its positions to be projected in pieces. */
    private static ModelConfig deberta() throws ModelFormatException {
        String config = Shapes.configJson("deberta-v3-large")
                .replace("\"num_hidden_layers\": 24", "\"num_hidden_layers\": 2")
                .replace("128100", "100");
        return HuggingFaceConfig.read(Json.parse("config", config).asObject());
    }

    @ParameterizedTest
    @EnumSource
    void theThreadsDoNotChangeABit(WeightType weights) throws ModelFormatException {
        Model.Options options = Model.Options.defaults().withWeights(weights);
        try (var pool = Executors.newFixedThreadPool(3);
                Model all = Model.random(deberta(), options, 1);
                Model alone = Model.random(
                        deberta(),
                        new Model.Options(options.kernels(), WeightPlan.of(weights), 1, Optional.of(Runnable::run)),
                        1);
                Model lent = Model.random(
                        deberta(),
                        new Model.Options(options.kernels(), WeightPlan.of(weights), 4, Optional.of(pool)),
                        1)) {
            float[] expected = alone.lastHiddenState(TOKENS);
            assertArrayEquals(expected, all.lastHiddenState(TOKENS));
            assertArrayEquals(expected, lent.lastHiddenState(TOKENS));
        }
    }

    @Test
    void anInterruptEndsLoadingAndNothingElse() throws IOException {
        Thread.currentThread().interrupt();
        assertThrows(
                ClosedChannelException.class,
                () -> Model.load(BERT, Model.Options.defaults()).close());
        assertTrue(Thread.interrupted());
        try (Model model = Model.load(BERT, Model.Options.defaults())) {
            assertTrue(Float.isFinite(model.lastHiddenState(TOKENS)[0]));
        }
    }
}
