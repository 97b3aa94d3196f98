package dev.kanmon.formats.json;

/** A JSON string. */
public final class JsonString extends JsonValueBase implements JsonValue {
    private final String value;

    JsonString(JsonDocument document, int offset, String value) {
        super(document, offset);
        this.value = value;
    }

    /** A string made in code. */
    public static JsonString of(String value) {
        return new JsonString(JsonDocument.NONE, 0, java.util.Objects.requireNonNull(value));
    }

    /** The text, escapes resolved. */
    public String value() {
        return value;
    }

    @Override
    public String describe() {
        return "the string " + JsonWriter.quote(abbreviate(value));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof JsonString string && value.equals(string.value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    /** The value as compact JSON. */
    @Override
    public String toString() {
        return Json.write(this);
    }
}
