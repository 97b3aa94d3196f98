package dev.kanmon.engine.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers in a configuration that would take memory or time which no tensor of the file pays for. */
class ConfigLimitsTest {
    private static ModelConfig read(String members) throws ModelFormatException {
        return HuggingFaceConfig.read(Json.parse("config.json", "{" + members.replace('\'', '"') + "}")
                .asObject());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'model_type': 'albert', 'num_hidden_layers': 2147483647 | num_hidden_layers is 2147483647, expected at"
                        + " most 1000",
                "'model_type': 'modernbert', 'num_hidden_layers': 1001 | num_hidden_layers is 1001, expected at most"
                        + " 1000",
                "'model_type': 'bert', 'hidden_size': 2147483640 | hidden_size is 2147483640, expected at most 1048576",
                "'model_type': 'llama', 'head_dim': 2147483647 | head_dim is 2147483647, expected at most 1048576",
                "'model_type': 'llama', 'num_attention_heads': 65536, 'num_key_value_heads': 1, 'head_dim': 65536"
                        + " | 65536 heads of 65536 columns are more than 1048576",
                "'model_type': 'bert', 'num_labels': 2147483647 | num_labels is 2147483647, expected at most 65536",
                "'model_type': 'deberta-v2', 'relative_attention': true, 'max_relative_positions': 1073741824"
                        + " | makes 1073741824 distances to tell apart, expected at most 65536",
                "'model_type': 'deberta-v2', 'conv_kernel_size': 2147483647 | matrix of more than 1073741824 numbers"
            })
    void isRefused(String members, String message) {
        var refusal = assertThrows(ModelFormatException.class, () -> read(members));
        assertTrue(refusal.getMessage().contains(message), refusal::getMessage);
    }

    /** The rule on numbers is of what is used: without relative positions a long model is only long. */
    @Test
    void aLongModelWithoutRelativePositionsIsRead() throws ModelFormatException {
        assertEquals(
                1 << 30,
                read("'model_type': 'deberta-v2', 'max_position_embeddings': 1073741824")
                        .encoder()
                        .maxTokens());
    }

    /** With two or three buckets the scale has no steps, and the rows at the ends of the table are never reached. */
    @ParameterizedTest
    @CsvSource({"2, 3", "3, 4"})
    void aScaleWithoutStepsHasAnEnd(int buckets, int row) throws ModelFormatException {
        var config = (DebertaV2Config) read("'model_type': 'deberta-v2', 'relative_attention': true,"
                        + " 'max_relative_positions': 64, 'position_buckets': " + buckets)
                .encoder();
        assertEquals(buckets, config.positions().furthest());
        assertEquals(row, config.positions().row(1_000_000));
    }
}
