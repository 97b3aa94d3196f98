package dev.kanmon.formats.json;

import dev.kanmon.formats.ModelFormatException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/** Builds a tree from Jackson's tokens; what Jackson leaves open is decided here. */
final class JsonReader {
    /**
     * Jackson's own limits are lifted where a model file can meet them (a SentencePiece charsmap is one string
     * of several hundred KB) and decided here instead. Names are not canonicalised: in a vocabulary each name
     * occurs once, and Jackson's symbol table refuses inputs whose names collide.
     */
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Json.MAX_DEPTH + 1)
                    .maxStringLength(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private static final SequencedMap<String, JsonValue> EMPTY =
            Collections.unmodifiableSequencedMap(new LinkedHashMap<>());

    private final JsonDocument document;
    private final JsonParser parser;
    private final LoneSurrogates loneSurrogates;
    private final boolean mayHoldLoneSurrogates;
    private JsonValue[] pending = new JsonValue[64];
    private int pendingCount;
    private int depth;
    private int values;

    private JsonReader(JsonDocument document, JsonParser parser, LoneSurrogates loneSurrogates, String text) {
        this.document = document;
        this.parser = parser;
        this.loneSurrogates = loneSurrogates;
        this.mayHoldLoneSurrogates = text.contains("\\ud") || text.contains("\\uD") || loneSurrogate(text) >= 0;
    }

    static JsonParser open(String text) {
        return FACTORY.createParser(ObjectReadContext.empty(), text);
    }

    static JsonValue read(String source, String text, LoneSurrogates loneSurrogates) throws ModelFormatException {
        var document = new JsonDocument(source, text);
        if (!text.isEmpty() && text.charAt(0) == '\uFEFF') {
            throw document.error(0, "starts with a byte order mark, expected JSON without one");
        }
        try (var parser = open(text)) {
            return new JsonReader(document, parser, loneSurrogates, text).readDocument(text);
        } catch (JacksonException e) {
            var location = e.getLocation();
            long at = location == null ? -1 : location.getCharOffset();
            throw document.error(at < 0 ? text.length() : (int) at, "not valid JSON: " + firstSentence(e));
        }
    }

    private static String firstSentence(JacksonException e) {
        var message = String.valueOf(e.getOriginalMessage()).replace('\n', ' ').strip();
        return message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
    }

    private JsonValue readDocument(String text) throws ModelFormatException {
        var first = parser.nextToken();
        if (first == null) {
            throw document.error(text.length(), "no JSON value found, expected one");
        }
        var value = readValue(first, offset());
        var rest = parser.nextToken();
        if (rest != null) {
            throw document.error(offset(), "more text after the JSON value, expected its end");
        }
        return value;
    }

    private int offset() {
        return (int) parser.currentTokenLocation().getCharOffset();
    }

    private JsonValue readValue(JsonToken token, int offset) throws ModelFormatException {
        if (++values > Json.MAX_VALUES) {
            throw document.error(offset, "more than " + Json.MAX_VALUES + " values, expected at most as many");
        }
        return switch (token) {
            case START_OBJECT -> readObject(offset);
            case START_ARRAY -> readArray(offset);
            case VALUE_STRING -> new JsonString(document, offset, text(parser.getString(), offset, loneSurrogates));
            case VALUE_NUMBER_INT -> JsonNumber.parsed(document, offset, number(offset), true);
            case VALUE_NUMBER_FLOAT -> JsonNumber.parsed(document, offset, number(offset), false);
            case VALUE_TRUE -> new JsonBoolean(document, offset, true);
            case VALUE_FALSE -> new JsonBoolean(document, offset, false);
            case VALUE_NULL -> new JsonNull(document, offset);
            case PROPERTY_NAME, END_OBJECT, END_ARRAY, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE ->
                throw document.error(offset, "found " + token + ", expected a JSON value");
        };
    }

    private JsonObject readObject(int offset) throws ModelFormatException {
        descend(offset);
        var token = next();
        // A map for each empty object would be what a hostile file costs most.
        SequencedMap<String, JsonValue> members = token == JsonToken.PROPERTY_NAME ? new LinkedHashMap<>() : EMPTY;
        for (; token == JsonToken.PROPERTY_NAME; token = next()) {
            var name = parser.currentName();
            if (mayHoldLoneSurrogates) {
                text(name, offset(), LoneSurrogates.REJECT);
            }
            var value = next();
            int valueOffset = offset();
            if (members.putIfAbsent(name, readValue(value, valueOffset)) != null) {
                throw document.error(
                        valueOffset,
                        "key " + JsonWriter.quote(JsonValueBase.abbreviate(name))
                                + " has a second value in one object, expected one");
            }
        }
        depth--;
        return new JsonObject(document, offset, members);
    }

    private JsonArray readArray(int offset) throws ModelFormatException {
        descend(offset);
        int start = pendingCount;
        for (var token = next(); token != JsonToken.END_ARRAY; token = next()) {
            var value = readValue(token, offset());
            if (pendingCount == pending.length) {
                pending = Arrays.copyOf(pending, Math.multiplyExact(pending.length, 2));
            }
            pending[pendingCount++] = value;
        }
        var values = Arrays.copyOfRange(pending, start, pendingCount);
        Arrays.fill(pending, start, pendingCount, null);
        pendingCount = start;
        depth--;
        return new JsonArray(document, offset, values);
    }

    /** Within an object or array the end of input is an error, which Jackson throws itself. */
    private JsonToken next() throws ModelFormatException {
        var token = parser.nextToken();
        if (token == null) {
            throw document.error(Integer.MAX_VALUE, "the text ends inside an object or array, expected its end");
        }
        return token;
    }

    private void descend(int offset) throws ModelFormatException {
        if (++depth > Json.MAX_DEPTH) {
            throw document.error(offset, "objects and arrays are nested deeper than " + Json.MAX_DEPTH + " levels");
        }
    }

    private String number(int offset) throws ModelFormatException {
        if (parser.getStringLength() > Json.MAX_NUMBER_LENGTH) {
            throw document.error(
                    offset,
                    "a number of " + parser.getStringLength() + " characters, expected at most "
                            + Json.MAX_NUMBER_LENGTH);
        }
        return parser.getString();
    }

    private String text(String value, int offset, LoneSurrogates policy) throws ModelFormatException {
        if (!mayHoldLoneSurrogates) {
            return value;
        }
        int lone = loneSurrogate(value);
        if (lone < 0) {
            return value;
        }
        return switch (policy) {
            case REJECT ->
                throw document.error(
                        offset,
                        "the string holds the lone surrogate U+"
                                + Integer.toHexString(value.charAt(lone)).toUpperCase(java.util.Locale.ROOT)
                                + ", expected surrogates in pairs");
            case REPLACE -> replaceLoneSurrogates(value);
        };
    }

    private static int loneSurrogate(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (Character.isSurrogate(value.charAt(i))) {
                if (Character.isSupplementaryCodePoint(value.codePointAt(i))) {
                    i++;
                } else {
                    return i;
                }
            }
        }
        return -1;
    }

    private static String replaceLoneSurrogates(String value) {
        return value.codePoints()
                .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
