package dev.kanmon.engine;

import dev.kanmon.engine.config.BertConfig;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.kernels.Activation;
import java.util.Optional;

/** Shapes of well-known encoders, for measuring without their weights. */
public final class Shapes {

    private static final int VOCABULARY = 30522;
    private static final int POSITIONS = 512;

    private Shapes() {}

    /**
     * The shape called {@code name}.
     *
     * @throws IllegalArgumentException if there is none, or its family is not supported yet
     */
    public static ModelConfig named(String name) {
        return switch (name) {
            case "minilm-l6" -> bert(384, 6, 12, 1536);
            case "bert-base" -> bert(768, 12, 12, 3072);
            case "deberta-v3-base", "deberta-v3-large" ->
                throw new IllegalArgumentException(
                        "the shape " + name + " is planned: its family is not supported yet");
            default ->
                throw new IllegalArgumentException("there is no shape " + name
                        + "; known: minilm-l6, bert-base, deberta-v3-base, deberta-v3-large");
        };
    }

    private static ModelConfig bert(int hidden, int layers, int heads, int intermediate) {
        return new ModelConfig(
                new BertConfig(VOCABULARY, hidden, layers, heads, intermediate, POSITIONS, 2, 1e-12f, Activation.GELU),
                Optional.empty());
    }
}
