package dev.kanmon.engine.config;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonNull;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.kernels.Activation;
import java.util.Optional;

/** Reads the fields of {@code config.json} that several families share, with the checks that they need. */
record ConfigReader(JsonObject json) {

    /** Columns; the widest model known has 28672. */
    static final int MAX_WIDTH = 1 << 20;

    static final int MAX_LAYERS = 1000;

    boolean has(String key) {
        return json.has(key) && !(json.get(key) instanceof JsonNull);
    }

    /** The spelling of a key that the file has, the first where it has none. */
    String spelling(String key, String other) {
        return !has(key) && has(other) ? other : key;
    }

    /** A whole number of at least 1. */
    int positive(String key, int byDefault) throws ModelFormatException {
        return atLeast(1, key, byDefault);
    }

    /** Columns of a matrix, or heads: a whole number of at least 1, such that a few of them side by side fit an int. */
    int width(String key, int byDefault) throws ModelFormatException {
        return atMost(MAX_WIDTH, key, positive(key, byDefault));
    }

    /** A number of layers. They may share their weights, so that no file is too small for them. */
    int layers(String key, int byDefault) throws ModelFormatException {
        return atMost(MAX_LAYERS, key, positive(key, byDefault));
    }

    /** Refuses a number above {@code most}, which no model has and no machine should try. */
    int atMost(int most, String key, int value) throws ModelFormatException {
        if (value > most) {
            throw at(key).error("is " + value + ", expected at most " + most);
        }
        return value;
    }

    /** Refuses a head that rotary positions cannot turn: pairs of columns turn, and a frequency for each is computed now. */
    void turnable(int headDim) throws ModelFormatException {
        if (headDim % 2 != 0 || headDim > MAX_WIDTH) {
            throw at("head_dim", "hidden_size", "n_embd")
                    .error("gives heads of " + headDim + " columns, expected an even number of at most " + MAX_WIDTH);
        }
    }

    /** A whole number of at least {@code least}. */
    int atLeast(int least, String key, int byDefault) throws ModelFormatException {
        int value = json.optionalInteger(key).orElse(byDefault);
        if (value < least) {
            throw json.get(key).error("is " + value + ", expected at least " + least);
        }
        return value;
    }

    /** A whole number of any sign. */
    int integer(String key, int byDefault) throws ModelFormatException {
        return json.optionalInteger(key).orElse(byDefault);
    }

    double number(String key, double byDefault) throws ModelFormatException {
        return json.optionalNumber(key).orElse(byDefault);
    }

    boolean bool(String key, boolean byDefault) throws ModelFormatException {
        return json.optionalBool(key).orElse(byDefault);
    }

    String string(String key, String byDefault) throws ModelFormatException {
        return json.optionalString(key).orElse(byDefault);
    }

    /** What is added to a variance. */
    float epsilon(String key, double byDefault) throws ModelFormatException {
        double value = number(key, byDefault);
        if (!(value >= 0 && value < 1)) {
            throw json.get(key).error("is " + value + ", expected a small number of 0 or more");
        }
        return (float) value;
    }

    Activation activation(String key, String byDefault) throws ModelFormatException {
        String name = string(key, byDefault);
        return switch (name) {
            case "gelu", "gelu_python" -> Activation.GELU;
            case "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python_tanh", "gelu_accurate" ->
                Activation.GELU_TANH;
            case "relu" -> Activation.RELU;
            case "silu", "swish" -> Activation.SILU;
            case "quick_gelu" -> Activation.QUICK_GELU;
            case "tanh" -> Activation.TANH;
            case "linear" -> Activation.NONE;
            default ->
                throw json.get(key)
                        .error("is \"" + name
                                + "\", expected gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, quick_gelu, relu, silu,"
                                + " tanh or linear");
        };
    }

    /** The place of the padding token, or -1 where the file says null. */
    int padding(int byDefault) throws ModelFormatException {
        if (json.has("pad_token_id") && json.get("pad_token_id") instanceof JsonNull) {
            return -1;
        }
        return atLeast(-1, "pad_token_id", byDefault);
    }

    /** Refuses a hidden size that the heads cannot share evenly. */
    void divisible(String hiddenKey, int hidden, String headsKey, int heads) throws ModelFormatException {
        if (hidden % heads != 0) {
            throw at(headsKey, hiddenKey)
                    .error("does not fit: " + hiddenKey + " " + hidden + " is not a multiple of " + headsKey + " "
                            + heads);
        }
    }

    /** Refuses heads that are more columns together than a matrix may have. */
    void together(String headsKey, int heads, String sizeKey, int size) throws ModelFormatException {
        if ((long) heads * size > MAX_WIDTH) {
            throw at(sizeKey, headsKey)
                    .error("does not fit: " + heads + " heads of " + size + " columns are more than " + MAX_WIDTH);
        }
    }

    /** Refuses a model that was made for something else than reading a whole text. */
    void encoderOnly() throws ModelFormatException {
        if (bool("is_decoder", false)) {
            throw json.get("is_decoder").error("is true, expected an encoder");
        }
        String positions = string("position_embedding_type", "absolute");
        if (!positions.equals("absolute")) {
            throw json.get("position_embedding_type").error("is \"" + positions + "\", expected \"absolute\"");
        }
    }

    /** The first of {@code keys} that the file has, to point at in a message; the whole object without any. */
    JsonValue at(String... keys) {
        for (String key : keys) {
            if (json.has(key)) {
                return json.get(key);
            }
        }
        return json;
    }

    Optional<JsonObject> object(String key) throws ModelFormatException {
        return json.optionalObject(key);
    }
}
