package dev.kanmon.engine;

import dev.kanmon.engine.config.HuggingFaceConfig;
import dev.kanmon.engine.config.ModelConfig;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.SequencedSet;

/**
 * Shapes of well-known encoders, for measuring without their weights: what their {@code config.json} says, as far as it
 * differs from the defaults of the family.
 */
public final class Shapes {

    private static final SequencedMap<String, String> CONFIGS = configs();

    private Shapes() {}

    private static SequencedMap<String, String> configs() {
        SequencedMap<String, String> configs = new LinkedHashMap<>();
        configs.put("minilm-l6", bert(384, 6, 12, 1536));
        configs.put("bert-base", bert(768, 12, 12, 3072));
        configs.put("modernbert-base", "{\"model_type\": \"modernbert\"}");
        configs.put("deberta-v3-base", deberta(768, 12, 12, 3072));
        configs.put("deberta-v3-large", deberta(1024, 24, 16, 4096));
        return Collections.unmodifiableSequencedMap(configs);
    }

    /** The shapes that there are, the smallest first. */
    public static SequencedSet<String> names() {
        return CONFIGS.sequencedKeySet();
    }

    /**
     * The shape called {@code name}: an encoder without a classification head.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static ModelConfig named(String name) {
        try {
            return HuggingFaceConfig.read(
                    Json.parse("shape " + name, configJson(name)).asObject());
        } catch (ModelFormatException e) {
            throw new IllegalStateException(e); // They are all above.
        }
    }

    /**
     * The {@code config.json} of the shape called {@code name}.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static String configJson(String name) {
        String config = CONFIGS.get(name);
        if (config == null) {
            throw new IllegalArgumentException(
                    "there is no shape " + name + "; known: " + String.join(", ", CONFIGS.keySet()));
        }
        return config;
    }

    private static String bert(int hidden, int layers, int heads, int intermediate) {
        return "{\"model_type\": \"bert\", \"vocab_size\": 30522, \"max_position_embeddings\": 512, "
                + sizes(hidden, layers, heads, intermediate) + "}";
    }

    private static String deberta(int hidden, int layers, int heads, int intermediate) {
        return "{\"model_type\": \"deberta-v2\", \"vocab_size\": 128100, \"max_position_embeddings\": 512,"
                + " \"type_vocab_size\": 0, \"position_biased_input\": false, \"relative_attention\": true,"
                + " \"max_relative_positions\": -1, \"position_buckets\": 256, \"norm_rel_ebd\": \"layer_norm\","
                + " \"share_att_key\": true, \"pos_att_type\": \"p2c|c2p\", "
                + sizes(hidden, layers, heads, intermediate) + "}";
    }

    private static String sizes(int hidden, int layers, int heads, int intermediate) {
        return "\"hidden_size\": " + hidden + ", \"num_hidden_layers\": " + layers + ", \"num_attention_heads\": "
                + heads + ", \"intermediate_size\": " + intermediate;
    }
}
