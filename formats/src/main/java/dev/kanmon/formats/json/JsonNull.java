package dev.kanmon.formats.json;

/** {@code null}. */
public final class JsonNull extends JsonValueBase implements JsonValue {
    private static final JsonNull MADE = new JsonNull(JsonDocument.NONE, 0);

    JsonNull(JsonDocument document, int offset) {
        super(document, offset);
    }

    /** A null made in code. */
    public static JsonNull of() {
        return MADE;
    }

    @Override
    public String describe() {
        return "null";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof JsonNull;
    }

    @Override
    public int hashCode() {
        return 0;
    }

    /** The value as compact JSON. */
    @Override
    public String toString() {
        return Json.write(this);
    }
}
