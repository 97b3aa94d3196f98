package dev.kanmon.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.engine.config.DebertaV2Config;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShapesTest {

    /** The sizes on the model cards. */
    @ParameterizedTest
    @CsvSource({
        "minilm-l6, bert, 384, 6, 30522, 512",
        "bert-base, bert, 768, 12, 30522, 512",
        "modernbert-base, modernbert, 768, 22, 50368, 8192",
        "deberta-v3-base, deberta-v2, 768, 12, 128100, 512",
        "deberta-v3-large, deberta-v2, 1024, 24, 128100, 512"
    })
    void knownShapesAreThoseOfTheirCards(String name, String family, int hidden, int layers, int words, int tokens) {
        var encoder = Shapes.named(name).encoder();
        assertEquals(family, encoder.family());
        assertEquals(hidden, encoder.hiddenSize());
        assertEquals(layers, encoder.layers());
        assertEquals(words, encoder.vocabularySize());
        assertEquals(tokens, encoder.maxTokens());
        assertTrue(Shapes.names().contains(name));
    }

    @Test
    void debertaHasItsRelativePositions() {
        var deberta = assertInstanceOf(
                DebertaV2Config.class, Shapes.named("deberta-v3-large").encoder());
        assertEquals(
                new DebertaV2Config.RelativePositions(true, true, true, 256, 512, true, true), deberta.positions());
        assertEquals(16, deberta.heads());
        assertEquals(4096, deberta.intermediateSize());
        assertEquals(0, deberta.types());
    }

    @Test
    void anUnknownShapeIsRefusedWithTheNamesOfThoseThatThereAre() {
        var refused = assertThrows(IllegalArgumentException.class, () -> Shapes.named("gpt-7"));
        assertTrue(refused.getMessage().contains("gpt-7"), refused.getMessage());
        Shapes.names().forEach(name -> assertTrue(refused.getMessage().contains(name), refused.getMessage()));
    }
}
