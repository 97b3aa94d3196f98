package dev.kanmon.train;

import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where in a model a tensor belongs, told by its name in a Hugging Face checkpoint. */
enum ParameterPart {
    /** The tables in front of the layers. */
    EMBEDDINGS,
    /** The layers and what belongs to all of them. */
    ENCODER,
    /** What is behind them. */
    HEAD;

    private static final Set<String> HEADS = Set.of("classifier", "pooler", "pre_classifier", "head", "score");
    private static final Set<String> TABLES = Set.of("embeddings", "embed_tokens", "emb_ln");
    private static final Pattern LAYER = Pattern.compile("(?:^|\\.)(?:layer|layers)\\.(\\d+)\\.");

    static ParameterPart of(String name) {
        for (String component : name.split("\\.")) {
            if (HEADS.contains(component)) {
                return HEAD;
            }
            if (TABLES.contains(component)) {
                return EMBEDDINGS;
            }
            if (component.startsWith("layer")) {
                return ENCODER;
            }
        }
        return ENCODER;
    }

    /** The number of the layer that has a tensor; empty outside the layers, and where layers share their tensors. */
    static OptionalInt layer(String name) {
        Matcher matcher = LAYER.matcher(name);
        return matcher.find() ? OptionalInt.of(Integer.parseInt(matcher.group(1))) : OptionalInt.empty();
    }
}
