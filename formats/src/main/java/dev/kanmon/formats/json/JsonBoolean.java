package dev.kanmon.formats.json;

/** {@code true} or {@code false}. */
public final class JsonBoolean extends JsonValueBase implements JsonValue {
    private final boolean value;

    JsonBoolean(JsonDocument document, int offset, boolean value) {
        super(document, offset);
        this.value = value;
    }

    /** A boolean made in code. */
    public static JsonBoolean of(boolean value) {
        return new JsonBoolean(JsonDocument.NONE, 0, value);
    }

    /** The value. */
    public boolean value() {
        return value;
    }

    @Override
    public String describe() {
        return Boolean.toString(value);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof JsonBoolean bool && value == bool.value;
    }

    @Override
    public int hashCode() {
        return Boolean.hashCode(value);
    }

    /** The value as compact JSON. */
    @Override
    public String toString() {
        return Json.write(this);
    }
}
