package dev.kanmon.formats.json;

/**
 * A JSON number, exactly as written. {@code 2}, {@code 2.0} and {@code 2e0} are three different numbers here:
 * only the first is an integer.
 */
public final class JsonNumber extends JsonValueBase implements JsonValue {
    private static final int MAX_LONG_LENGTH = 20;

    /** The text, or null when it is what {@code Long.toString(integer)} gives; most numbers of a vocabulary are. */
    private final String text;

    private final long integer;
    private final boolean isLong;

    private JsonNumber(JsonDocument document, int offset, String text, long integer, boolean isLong) {
        super(document, offset);
        this.text = text;
        this.integer = integer;
        this.isLong = isLong;
    }

    static JsonNumber parsed(JsonDocument document, int offset, String text, boolean isInteger) {
        if (isInteger && text.length() <= MAX_LONG_LENGTH) {
            try {
                long value = Long.parseLong(text);
                return new JsonNumber(document, offset, text.equals("-0") ? text : null, value, true);
            } catch (NumberFormatException beyondLong) {
                return new JsonNumber(document, offset, text, 0, false);
            }
        }
        return new JsonNumber(document, offset, text, 0, false);
    }

    /** An integer made in code. */
    public static JsonNumber of(long value) {
        return new JsonNumber(JsonDocument.NONE, 0, null, value, true);
    }

    /**
     * A number made in code, written in the shortest form that gives the same double.
     *
     * @throws IllegalArgumentException for NaN and the infinities, which JSON cannot say
     */
    public static JsonNumber of(double value) {
        return new JsonNumber(JsonDocument.NONE, 0, JsonWriter.number(value), 0, false);
    }

    /** The same for a float, in the shortest form that gives the same float. */
    public static JsonNumber of(float value) {
        return new JsonNumber(JsonDocument.NONE, 0, JsonWriter.number(value), 0, false);
    }

    /** The number as written. */
    public String text() {
        return text == null ? Long.toString(integer) : text;
    }

    /** Whether this is an integer, written as one, that fits a long. */
    public boolean isLong() {
        return isLong;
    }

    /**
     * The integer.
     *
     * @throws IllegalStateException unless {@link #isLong()}
     */
    public long longValue() {
        if (!isLong) {
            throw new IllegalStateException("the number " + text() + " is not an integer that fits a long");
        }
        return integer;
    }

    /** The nearest double; infinite when the number is beyond the range of a double. */
    public double doubleValue() {
        return text == null ? (double) integer : Double.parseDouble(text);
    }

    @Override
    public String describe() {
        return "the number " + abbreviate(text());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof JsonNumber number && text().equals(number.text());
    }

    @Override
    public int hashCode() {
        return text().hashCode();
    }

    /** The value as compact JSON. */
    @Override
    public String toString() {
        return Json.write(this);
    }
}
