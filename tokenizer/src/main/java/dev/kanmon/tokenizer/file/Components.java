package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonNull;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import java.util.ArrayList;
import java.util.List;

/** What the readers of the four stages share. */
final class Components {
    private Components() {}

    /** Reads one component of a stage. */
    @FunctionalInterface
    interface Reader<T> {
        T read(JsonObject component) throws ModelFormatException;
    }

    /** The component of a stage, or null if the file has none there. */
    static <T> T optional(JsonObject root, String key, Reader<T> reader) throws ModelFormatException {
        var value = root.get(key);
        return value == null || value instanceof JsonNull ? null : reader.read(value.asObject());
    }

    /** The members of a {@code Sequence}. */
    static <T> List<T> sequence(JsonArray components, Reader<T> reader) throws ModelFormatException {
        var members = new ArrayList<T>();
        for (var component : components) {
            members.add(reader.read(component.asObject()));
        }
        return members;
    }

    /** The refusal of a component that is not known. */
    static ModelFormatException unknown(JsonObject component, String stage, String known) throws ModelFormatException {
        return component
                .get("type")
                .error("names the " + stage + " \"" + component.string("type") + "\", which is not supported; known: "
                        + known);
    }

    /** A number that is not negative. */
    static int natural(JsonValue value) throws ModelFormatException {
        int number = value.asInt();
        if (number < 0) {
            throw value.error("is " + number + ", expected 0 or more");
        }
        return number;
    }

    /** The number of a key, not negative. */
    static int natural(JsonObject object, String key) throws ModelFormatException {
        object.integer(key);
        return natural(object.get(key));
    }
}
