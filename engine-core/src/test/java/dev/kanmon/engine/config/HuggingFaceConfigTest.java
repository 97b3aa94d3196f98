package dev.kanmon.engine.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Configurations that cost a reader more than their few bytes, and some that look so and are right. */
class HuggingFaceConfigTest {

    private static ModelConfig read(String json) throws ModelFormatException {
        return HuggingFaceConfig.read(Json.parse("config.json", json).asObject());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = ';',
            value = {
                "{'model_type':'modernbert','num_hidden_layers':2147483647}; num_hidden_layers",
                "{'model_type':'qwen3','num_hidden_layers':2147483647}; num_hidden_layers",
                "{'model_type':'llama','head_dim':2147483646}; head_dim",
                "{'model_type':'qwen2','head_dim':7}; head_dim",
                "{'model_type':'modernbert','hidden_size':60,'num_attention_heads':4}; hidden_size",
                "{'model_type':'nomic_bert','head_dim':2147483647}; head_dim",
                "{'model_type':'deberta-v2','position_buckets':1}; position_buckets"
            })
    void whatCannotBeComputedIsRefusedBeforeThereIsMemoryForIt(String json, String key) {
        ModelFormatException refusal =
                assertThrows(ModelFormatException.class, () -> read(json.replace('\'', '"')), json);
        assertTrue(refusal.getMessage().contains(key), refusal.getMessage());
    }

    @Test
    void bucketsMayReachBeyondTheLongestSequence() throws ModelFormatException {
        String json = """
            {"model_type": "deberta-v2", "position_buckets": 256, "max_position_embeddings": 64}\
            """;
        var deberta = (DebertaV2Config) read(json).encoder();
        assertEquals(256, deberta.positions().span());
        assertEquals(256 + 63, deberta.positions().row(63));
    }
}
