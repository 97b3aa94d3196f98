package dev.kanmon.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.kernels.WeightType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightPlanTest {

    private static final String DOWN = "encoder.layer.5.output.dense.weight";
    private static final String MIX = "encoder.layer.5.attention.output.dense.weight";

    @ParameterizedTest
    @CsvSource({
        "encoder.layer.5.output.dense.weight, true",
        "encoder.layer.5.output.dense, true",
        "encoder.layer.5.output, false",
        "encoder.layer.5.output.dense.w, false",
        "encoder.layer.*.output.dense, true",
        "encoder.layer.*.*.output.dense, false",
        "*.output.dense, false",
        "**.output.dense, true",
        "**output.dense, true",
        "encoder.layer.*5.output.dense, true",
        "encoder.layer.5*.output.dense, true",
        "encoder.**, true",
        "**, true",
        "***, true",
        "*, false",
        "encoder*, false",
        "bert.encoder.layer.5.output.dense, true",
        "Encoder.layer.5.output.dense, false",
        "encoderXlayer.5.output.dense, false",
        "'', false"
    })
    void patterns(String pattern, boolean fits) {
        var spellings = List.of("bert." + DOWN, DOWN);
        if (pattern.isEmpty()) {
            var refusal = assertThrows(
                    IllegalArgumentException.class,
                    () -> WeightPlan.of(WeightType.INT8).with(pattern, WeightType.F32));
            assertEquals("weights: found an empty pattern, expected a tensor's name", refusal.getMessage());
            return;
        }
        var plan = WeightPlan.of(WeightType.INT8).with(pattern, WeightType.BF16);
        assertEquals(fits ? WeightType.BF16 : WeightType.INT8, plan.typeOf(spellings));
        assertEquals(
                fits ? List.of() : List.of(pattern),
                plan.unmatched(List.of(spellings, List.of("pooler.dense.weight"))));
    }

    @Test
    void theFirstPatternThatFitsCounts() {
        var plan = WeightPlan.of(WeightType.INT8)
                .with("encoder.layer.*.output.dense", WeightType.F32)
                .with("**.output.dense", WeightType.BF16)
                .with("encoder.layer.*.output.dense", WeightType.BF16);
        assertEquals(WeightType.F32, plan.typeOf(List.of(DOWN)));
        assertEquals(WeightType.BF16, plan.typeOf(List.of(MIX)));
        assertEquals(WeightType.INT8, plan.typeOf(List.of("pooler.dense.weight")));
        assertEquals(2, plan.exceptions().size());
    }

    /** A sidecar may come from anywhere. */
    @Test
    void aPatternOfManyStarsTakesNoLonger() {
        var plan = WeightPlan.of(WeightType.INT8).with("**a".repeat(2000) + "b", WeightType.F32);
        assertTimeout(Duration.ofSeconds(5), () -> plan.typeOf(List.of("a".repeat(3000))));
    }

    @Test
    void sidecarsNameExceptionsByType() throws ModelFormatException {
        var read = read(
                "{\"weights\": {\"int8\": {\"bf16\": [\"b\", \"a\"], \"f32\": [\"c\"]}, \"bf16\": {\"f32\": []}}}");
        assertEquals(
                Map.of("b", WeightType.BF16, "a", WeightType.BF16, "c", WeightType.F32), read.get(WeightType.INT8));
        assertEquals(
                List.of("b", "a", "c"), List.copyOf(read.get(WeightType.INT8).keySet()));
        assertEquals(Map.of(), read.get(WeightType.BF16));
        assertTrue(read("{\"threshold\": 0.5}").isEmpty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"weights\": []}|weights is an array of 0, expected an object",
                "{\"weights\": {\"int4\": {}}}|weights.int4 is not known here; known: f32, bf16, int8",
                "{\"weights\": {\"INT8\": {}}}|weights.INT8 is not known here; known: f32, bf16, int8",
                "{\"weights\": {\"int8\": [\"a\"]}}|weights.int8 is an array of 1, expected an object",
                "{\"weights\": {\"int8\": {\"int8\": []}}}|weights.int8.int8 is not known here; known: f32, bf16",
                "{\"weights\": {\"bf16\": {\"int8\": []}}}|weights.bf16.int8 is not known here; known: f32",
                "{\"weights\": {\"f32\": {\"bf16\": []}}}|weights.f32.bf16 is not known here; known: nothing",
                "{\"weights\": {\"int8\": {\"bf16\": \"a\"}}}|weights.int8.bf16 is the string \"a\", expected an array",
                "{\"weights\": {\"int8\": {\"bf16\": [1]}}}|weights.int8.bf16[0] is the number 1, expected a string",
                "{\"weights\": {\"int8\": {\"bf16\": [\" \"]}}}|found an empty pattern, expected a tensor's name",
                "{\"weights\": {\"int8\": {\"bf16\": [\"a\"], \"f32\": [\"a\"]}}}|\"a\" stands here twice"
            })
    void badSidecarsAreRefusedWithASentence(String json, String complaint) {
        var refusal = assertThrows(ModelFormatException.class, () -> read(json));
        assertTrue(refusal.getMessage().contains(complaint), refusal.getMessage());
        assertTrue(refusal.getMessage().startsWith("kanmon.json: line 1, column "), refusal.getMessage());
    }

    private static Map<WeightType, ? extends Map<String, WeightType>> read(String json) throws ModelFormatException {
        return SidecarWeights.read(Json.parse("kanmon.json", json).asObject());
    }
}
