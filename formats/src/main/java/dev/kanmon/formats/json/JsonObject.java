package dev.kanmon.formats.json;

import dev.kanmon.formats.ModelFormatException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SequencedMap;

/**
 * A JSON object, its members in the order of the text.
 *
 * <p>A getter named for a type refuses an absent key and a value of another type, null included; its
 * {@code optional…} form takes an absent key and a null for empty, and still refuses another type.
 */
public final class JsonObject extends JsonValueBase implements JsonValue {
    private final SequencedMap<String, JsonValue> members;

    JsonObject(JsonDocument document, int offset, SequencedMap<String, JsonValue> members) {
        super(document, offset);
        this.members = Collections.unmodifiableSequencedMap(members);
    }

    /** An object made in code, its members in the order of the map. */
    public static JsonObject of(Map<String, ? extends JsonValue> members) {
        var copy = new LinkedHashMap<String, JsonValue>();
        members.forEach((key, value) -> copy.put(Objects.requireNonNull(key), Objects.requireNonNull(value)));
        return new JsonObject(JsonDocument.NONE, 0, copy);
    }

    /** A builder of an object made in code. */
    public static Builder builder() {
        return new Builder();
    }

    /** The members in the order of the text; unmodifiable. */
    public SequencedMap<String, JsonValue> members() {
        return members;
    }

    /** Whether the key is present, be its value null or not. */
    public boolean has(String key) {
        return members.containsKey(key);
    }

    /** The value of a key; null when the key is absent, {@link JsonNull} when the file says null. */
    public JsonValue get(String key) {
        return members.get(key);
    }

    /** The string of a key. */
    public String string(String key) throws ModelFormatException {
        return require(key, "a string").asString();
    }

    /** The integer of a key, which must fit an int and be written as an integer. */
    public int integer(String key) throws ModelFormatException {
        return require(key, "an integer").asInt();
    }

    /** The integer of a key, which must fit a long and be written as an integer. */
    public long longInteger(String key) throws ModelFormatException {
        return require(key, "an integer").asLong();
    }

    /** The number of a key, which must be within the range of a double. */
    public double number(String key) throws ModelFormatException {
        return require(key, "a number").asDouble();
    }

    /** The boolean of a key. */
    public boolean bool(String key) throws ModelFormatException {
        return require(key, "true or false").asBoolean();
    }

    /** The object of a key. */
    public JsonObject object(String key) throws ModelFormatException {
        return require(key, "an object").asObject();
    }

    /** The array of a key. */
    public JsonArray array(String key) throws ModelFormatException {
        return require(key, "an array").asArray();
    }

    /** The string of a key, if there is one. */
    public Optional<String> optionalString(String key) throws ModelFormatException {
        return isNothing(key) ? Optional.empty() : Optional.of(get(key).asString());
    }

    /** The int of a key, if there is one. */
    public OptionalInt optionalInteger(String key) throws ModelFormatException {
        return isNothing(key) ? OptionalInt.empty() : OptionalInt.of(get(key).asInt());
    }

    /** The long of a key, if there is one. */
    public OptionalLong optionalLong(String key) throws ModelFormatException {
        return isNothing(key) ? OptionalLong.empty() : OptionalLong.of(get(key).asLong());
    }

    /** The number of a key, if there is one. */
    public OptionalDouble optionalNumber(String key) throws ModelFormatException {
        return isNothing(key) ? OptionalDouble.empty() : OptionalDouble.of(get(key).asDouble());
    }

    /** The boolean of a key, if there is one. */
    public Optional<Boolean> optionalBool(String key) throws ModelFormatException {
        return isNothing(key) ? Optional.empty() : Optional.of(get(key).asBoolean());
    }

    /** The object of a key, if there is one. */
    public Optional<JsonObject> optionalObject(String key) throws ModelFormatException {
        return isNothing(key) ? Optional.empty() : Optional.of(get(key).asObject());
    }

    /** The array of a key, if there is one. */
    public Optional<JsonArray> optionalArray(String key) throws ModelFormatException {
        return isNothing(key) ? Optional.empty() : Optional.of(get(key).asArray());
    }

    private boolean isNothing(String key) {
        var value = members.get(key);
        return value == null || value instanceof JsonNull;
    }

    private JsonValue require(String key, String expected) throws ModelFormatException {
        var value = members.get(key);
        if (value == null) {
            throw error("has no key " + JsonWriter.quote(key) + ", expected " + expected + " there");
        }
        return value;
    }

    @Override
    public String describe() {
        return "an object of " + members.size();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof JsonObject object && members.equals(object.members);
    }

    @Override
    public int hashCode() {
        return members.hashCode();
    }

    /** The value as compact JSON. */
    @Override
    public String toString() {
        return Json.write(this);
    }

    /** Collects the members of an object made in code; not safe for use by several threads. */
    public static final class Builder {
        private final LinkedHashMap<String, JsonValue> members = new LinkedHashMap<>();

        private Builder() {}

        /** Adds a member; a key that is there already takes the new value and keeps its place. */
        public Builder put(String key, JsonValue value) {
            members.put(Objects.requireNonNull(key), Objects.requireNonNull(value));
            return this;
        }

        /** Adds a string. */
        public Builder put(String key, String value) {
            return put(key, JsonString.of(value));
        }

        /** Adds an integer. */
        public Builder put(String key, long value) {
            return put(key, JsonNumber.of(value));
        }

        /** Adds a number; refuses NaN and the infinities. */
        public Builder put(String key, double value) {
            return put(key, JsonNumber.of(value));
        }

        /** Adds a boolean. */
        public Builder put(String key, boolean value) {
            return put(key, JsonBoolean.of(value));
        }

        /** The object; the builder may be used on. */
        public JsonObject build() {
            return of(members);
        }
    }
}
