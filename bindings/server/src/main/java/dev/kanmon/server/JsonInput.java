package dev.kanmon.server;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads the JSON object of a request as a stream, with limits on what a stranger may send. Two members of one name are
 * refused: another program in front of the guard might read the other one.
 */
final class JsonInput {

    /** Deeper than any request of this API. */
    static final int MAX_DEPTH = 16;

    /** Longer than any name of this API; names of other APIs' members are read over. */
    private static final int MAX_NAME = 256;

    private static final int MAX_NUMBER = 64;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES) // strangers choose the names
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNameLength(MAX_NAME)
                    .maxNumberLength(MAX_NUMBER)
                    .maxStringLength(Integer.MAX_VALUE) // the body's limit is the text's, too
                    .build())
            .build();

    /** Takes the members of an object. */
    interface Members {
        /**
         * Takes a member; the parser stands on its value's first token, and is left on its last.
         *
         * @return whether this member is known
         */
        boolean take(String name, JsonInput value) throws ApiError;
    }

    private final JsonParser parser;
    private String name = "";

    private JsonInput(JsonParser parser) {
        this.parser = parser;
    }

    /**
     * Reads the one object of a body.
     *
     * @param body UTF-8
     * @param strict whether a member that nobody knows is an error; else it is read over
     */
    static void read(byte[] body, boolean strict, Members members) throws ApiError {
        CharBuffer text = decode(body);
        try (JsonParser parser =
                FACTORY.createParser(ObjectReadContext.empty(), text.array(), text.arrayOffset(), text.remaining())) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw ApiError.bad("the body: expected a JSON object", null);
            }
            JsonInput input = new JsonInput(parser);
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                input.name = parser.currentName();
                parser.nextToken();
                if (!members.take(input.name, input)) {
                    if (strict) {
                        throw ApiError.bad("the body: found a member that this endpoint does not know", input.name);
                    }
                    parser.skipChildren();
                }
            }
            if (parser.nextToken() != null) {
                throw ApiError.bad("the body: found more text after the JSON object, expected its end", null);
            }
        } catch (StreamConstraintsException e) {
            throw ApiError.bad(
                    "the body: JSON nested deeper than " + MAX_DEPTH + " levels, a name of more than " + MAX_NAME
                            + " characters or a number of more than " + MAX_NUMBER,
                    null);
        } catch (JacksonException e) {
            // Jackson's own message would quote the body.
            long at = e.getLocation() == null ? -1 : e.getLocation().getCharOffset();
            throw ApiError.bad(
                    "the body: not valid JSON, or a member stands twice" + (at < 0 ? "" : ", near character " + at),
                    null);
        }
    }

    /** Jackson itself lets some bytes pass that are no UTF-8, and reads them as other texts than others do. */
    private static CharBuffer decode(byte[] body) throws ApiError {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body));
        } catch (CharacterCodingException e) {
            throw ApiError.bad("the body: found bytes that are not UTF-8", null);
        }
    }

    JsonToken token() {
        return parser.currentToken();
    }

    /** Goes to the next token. */
    JsonToken next() {
        return parser.nextToken();
    }

    /** Name of the member whose value this is, of an object that is read by hand. */
    String currentName() {
        return parser.currentName();
    }

    /** Reads over an object or array. */
    void skip() {
        parser.skipChildren();
    }

    String string() throws ApiError {
        if (token() != JsonToken.VALUE_STRING) {
            throw expected("a string");
        }
        return parser.getString();
    }

    /** A string, or null for JSON's null. */
    String optionalString() throws ApiError {
        return token() == JsonToken.VALUE_NULL ? null : string();
    }

    boolean bool() throws ApiError {
        return switch (token()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> throw expected("true or false");
        };
    }

    /** A number from 0 to 1, or null for JSON's null. */
    Double optionalProbability() throws ApiError {
        if (token() == JsonToken.VALUE_NULL) {
            return null;
        }
        if (!token().isNumeric()) {
            throw expected("a number from 0 to 1");
        }
        double value = parser.getDoubleValue();
        if (!(value >= 0 && value <= 1)) {
            throw expected("a number from 0 to 1");
        }
        return value;
    }

    private ApiError expected(String what) {
        return ApiError.bad(name + ": expected " + what, name);
    }
}
