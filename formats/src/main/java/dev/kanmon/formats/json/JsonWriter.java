package dev.kanmon.formats.json;

import java.util.Arrays;

/**
 * Writes one JSON value into a string, for a line of JSONL or a small file.
 *
 * <p>Text outside ASCII is written as it is, except what could break a line or cannot be encoded: control
 * characters, U+2028, U+2029 and lone surrogates are escaped. The result is therefore always one line in
 * {@link #compact()} form, whatever a reader takes for a line end.
 *
 * <p>Not safe for use by several threads. Calls out of order, such as a value in an object without a name,
 * are {@link IllegalStateException}s.
 */
public final class JsonWriter {
    private enum Scope {
        ROOT,
        OBJECT,
        ARRAY
    }

    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private final StringBuilder out = new StringBuilder();
    private final boolean indented;
    private Scope[] scopes = {Scope.ROOT, Scope.ROOT, Scope.ROOT, Scope.ROOT};
    private int depth;
    private boolean first = true;
    private boolean named;

    private JsonWriter(boolean indented) {
        this.indented = indented;
    }

    /** A writer of one line without blanks. */
    public static JsonWriter compact() {
        return new JsonWriter(false);
    }

    /** A writer of one member or element a line, indented by two blanks. */
    public static JsonWriter indented() {
        return new JsonWriter(true);
    }

    /** Starts an object. */
    public JsonWriter beginObject() {
        return begin(Scope.OBJECT, '{');
    }

    /** Ends the object. */
    public JsonWriter endObject() {
        return end(Scope.OBJECT, '}');
    }

    /** Starts an array. */
    public JsonWriter beginArray() {
        return begin(Scope.ARRAY, '[');
    }

    /** Ends the array. */
    public JsonWriter endArray() {
        return end(Scope.ARRAY, ']');
    }

    /** The key of the next value; that keys differ is the caller's duty. */
    public JsonWriter name(String name) {
        if (scopes[depth] != Scope.OBJECT || named) {
            throw new IllegalStateException("a name is written only in an object, before its value");
        }
        separate();
        appendQuoted(out, name);
        out.append(indented ? ": " : ":");
        named = true;
        return this;
    }

    /** Writes a string. */
    public JsonWriter value(String value) {
        beforeValue();
        appendQuoted(out, value);
        return this;
    }

    /** Writes an integer. */
    public JsonWriter value(long value) {
        beforeValue();
        out.append(value);
        return this;
    }

    /**
     * Writes the shortest decimal that gives the same double.
     *
     * @throws IllegalArgumentException for NaN and the infinities
     */
    public JsonWriter value(double value) {
        var text = number(value);
        beforeValue();
        out.append(text);
        return this;
    }

    /**
     * Writes the shortest decimal that gives the same float.
     *
     * @throws IllegalArgumentException for NaN and the infinities
     */
    public JsonWriter value(float value) {
        var text = number(value);
        beforeValue();
        out.append(text);
        return this;
    }

    /** Writes true or false. */
    public JsonWriter value(boolean value) {
        beforeValue();
        out.append(value);
        return this;
    }

    /** Writes null. */
    public JsonWriter nullValue() {
        beforeValue();
        out.append("null");
        return this;
    }

    /** Writes a tree. */
    public JsonWriter value(JsonValue value) {
        switch (value) {
            case JsonObject object -> {
                beginObject();
                object.members().forEach((key, member) -> name(key).value(member));
                endObject();
            }
            case JsonArray array -> {
                beginArray();
                for (int i = 0; i < array.size(); i++) {
                    value(array.get(i));
                }
                endArray();
            }
            case JsonString string -> value(string.value());
            case JsonNumber number -> {
                beforeValue();
                out.append(number.text());
            }
            case JsonBoolean bool -> value(bool.value());
            case JsonNull _ -> nullValue();
        }
        return this;
    }

    /**
     * The JSON.
     *
     * @throws IllegalStateException unless exactly one whole value was written
     */
    @Override
    public String toString() {
        if (depth > 0 || first) {
            throw new IllegalStateException("the JSON value is not finished");
        }
        return out.toString();
    }

    /** The text as a JSON string, in quotes. */
    public static String quote(String text) {
        var out = new StringBuilder(text.length() + 2);
        appendQuoted(out, text);
        return out.toString();
    }

    static String number(double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("JSON has no number for " + value);
        }
        return Double.toString(value);
    }

    static String number(float value) {
        if (!Float.isFinite(value)) {
            throw new IllegalArgumentException("JSON has no number for " + value);
        }
        return Float.toString(value);
    }

    private JsonWriter begin(Scope scope, char bracket) {
        beforeValue();
        out.append(bracket);
        if (++depth == scopes.length) {
            scopes = Arrays.copyOf(scopes, 2 * depth);
        }
        scopes[depth] = scope;
        first = true;
        return this;
    }

    private JsonWriter end(Scope scope, char bracket) {
        if (scopes[depth] != scope || named) {
            throw new IllegalStateException("no " + scope + " to end here, or a name still waits for its value");
        }
        depth--;
        if (!first) {
            newLine();
        }
        out.append(bracket);
        first = false;
        return this;
    }

    private void beforeValue() {
        switch (scopes[depth]) {
            case ROOT -> {
                if (!first) {
                    throw new IllegalStateException("the JSON value is finished already");
                }
            }
            case OBJECT -> {
                if (!named) {
                    throw new IllegalStateException("a value in an object needs a name first");
                }
                named = false;
            }
            case ARRAY -> separate();
        }
        first = false;
    }

    private void separate() {
        if (!first) {
            out.append(',');
        }
        newLine();
        first = false;
    }

    private void newLine() {
        if (indented) {
            out.append('\n').repeat("  ", depth);
        }
    }

    private static void appendQuoted(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (Character.isSurrogate(c)) {
                        int codePoint = text.codePointAt(i);
                        if (Character.isSupplementaryCodePoint(codePoint)) {
                            out.appendCodePoint(codePoint);
                            i++;
                        } else {
                            escape(out, c);
                        }
                    } else if (c < 0x20 || c >= 0x7F && c < 0xA0 || c == '\u2028' || c == '\u2029') {
                        escape(out, c);
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private static void escape(StringBuilder out, char c) {
        out.append("\\u")
                .append(HEX[c >> 12])
                .append(HEX[c >> 8 & 15])
                .append(HEX[c >> 4 & 15])
                .append(HEX[c & 15]);
    }
}
