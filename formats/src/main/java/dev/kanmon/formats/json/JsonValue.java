package dev.kanmon.formats.json;

import dev.kanmon.formats.ModelFormatException;

/**
 * A JSON value; immutable. Two values are equal when they stand for the same JSON, wherever they were
 * parsed; numbers are equal when their text is.
 *
 * <p>The {@code as…} methods convert or refuse: their exception names the file, line, column and key path of
 * this value, what it is, and what was expected.
 */
public sealed interface JsonValue permits JsonObject, JsonArray, JsonString, JsonNumber, JsonBoolean, JsonNull {

    /** Where the value stands; line 0 and byte offset -1 for a value made in code. Costs a pass over the text. */
    JsonPosition position();

    /** Path or name of the text that the value was parsed from. */
    String source();

    /** The value in a few words for an error message, such as {@code the string "768"} or {@code an array of 3}. */
    String describe();

    /**
     * An exception that points at this value.
     *
     * @param detail follows the key path of the value and a blank, as in {@code is 0, expected at least 1}
     */
    ModelFormatException error(String detail);

    /** The text of a string. */
    default String asString() throws ModelFormatException {
        return switch (this) {
            case JsonString string -> string.value();
            case JsonObject _, JsonArray _, JsonNumber _, JsonBoolean _, JsonNull _ -> throw mismatch("a string");
        };
    }

    /** An integer written as one (not {@code 2.0}, not {@code 2e0}) that fits a long. */
    default long asLong() throws ModelFormatException {
        return switch (this) {
            case JsonNumber number when number.isLong() -> number.longValue();
            case JsonNumber _, JsonObject _, JsonArray _, JsonString _, JsonBoolean _, JsonNull _ ->
                throw mismatch("an integer");
        };
    }

    /** An integer written as one that fits an int. */
    default int asInt() throws ModelFormatException {
        long value = asLong();
        if (value != (int) value) {
            throw mismatch("an integer of at most 32 bits");
        }
        return (int) value;
    }

    /** A number, rounded to the nearest double; refused beyond the range of a double. */
    default double asDouble() throws ModelFormatException {
        return switch (this) {
            case JsonNumber number -> {
                double value = number.doubleValue();
                if (Double.isInfinite(value)) {
                    throw mismatch("a number within the range of a double");
                }
                yield value;
            }
            case JsonObject _, JsonArray _, JsonString _, JsonBoolean _, JsonNull _ -> throw mismatch("a number");
        };
    }

    /** True or false. */
    default boolean asBoolean() throws ModelFormatException {
        return switch (this) {
            case JsonBoolean bool -> bool.value();
            case JsonObject _, JsonArray _, JsonString _, JsonNumber _, JsonNull _ -> throw mismatch("true or false");
        };
    }

    /** This value, if it is an object. */
    default JsonObject asObject() throws ModelFormatException {
        return switch (this) {
            case JsonObject object -> object;
            case JsonArray _, JsonString _, JsonNumber _, JsonBoolean _, JsonNull _ -> throw mismatch("an object");
        };
    }

    /** This value, if it is an array. */
    default JsonArray asArray() throws ModelFormatException {
        return switch (this) {
            case JsonArray array -> array;
            case JsonObject _, JsonString _, JsonNumber _, JsonBoolean _, JsonNull _ -> throw mismatch("an array");
        };
    }

    private ModelFormatException mismatch(String expected) {
        return error("is " + describe() + ", expected " + expected);
    }
}
