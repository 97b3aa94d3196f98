package dev.kanmon.formats.json;

import dev.kanmon.formats.ModelFormatException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/** A JSON array. */
public final class JsonArray extends JsonValueBase implements JsonValue, Iterable<JsonValue> {
    private final JsonValue[] values;

    JsonArray(JsonDocument document, int offset, JsonValue[] values) {
        super(document, offset);
        this.values = values;
    }

    /** An array made in code. */
    public static JsonArray of(JsonValue... values) {
        return of(List.of(values));
    }

    /** An array made in code. */
    public static JsonArray of(List<? extends JsonValue> values) {
        return new JsonArray(JsonDocument.NONE, 0, List.copyOf(values).toArray(JsonValue[]::new));
    }

    /** The number of elements. */
    public int size() {
        return values.length;
    }

    /**
     * Element {@code index}, counted from 0.
     *
     * @throws IndexOutOfBoundsException unless {@code 0 <= index < size()}
     */
    public JsonValue get(int index) {
        return values[index];
    }

    /** The elements; unmodifiable. */
    public List<JsonValue> values() {
        return java.util.Collections.unmodifiableList(Arrays.asList(values));
    }

    /** The elements, if each is a string. */
    public List<String> strings() throws ModelFormatException {
        var strings = new String[values.length];
        for (int i = 0; i < values.length; i++) {
            strings[i] = values[i].asString();
        }
        return List.of(strings);
    }

    /** The elements, if each is an integer that fits an int. */
    public int[] ints() throws ModelFormatException {
        var ints = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            ints[i] = values[i].asInt();
        }
        return ints;
    }

    /** The elements, if each is an integer that fits a long. */
    public long[] longs() throws ModelFormatException {
        var longs = new long[values.length];
        for (int i = 0; i < values.length; i++) {
            longs[i] = values[i].asLong();
        }
        return longs;
    }

    /** The elements, if each is a number. */
    public double[] doubles() throws ModelFormatException {
        var doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i].asDouble();
        }
        return doubles;
    }

    @Override
    public Iterator<JsonValue> iterator() {
        return values().iterator();
    }

    @Override
    public String describe() {
        return "an array of " + values.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof JsonArray array && Arrays.equals(values, array.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    /** The value as compact JSON. */
    @Override
    public String toString() {
        return Json.write(this);
    }
}
