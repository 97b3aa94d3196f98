package dev.kanmon.formats.json;

import dev.kanmon.formats.ModelFormatException;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamContext;

/**
 * The text behind parsed values. A value keeps only this reference and its character offset; line, column
 * and path are worked out from the text when an error asks for them, so that a vocabulary of 250,000
 * entries does not pay for positions that nobody reads.
 */
final class JsonDocument {
    /** The owner of values made in code. */
    static final JsonDocument NONE = new JsonDocument("JSON made in code", "");

    private final String source;
    private final String text;

    JsonDocument(String source, String text) {
        this.source = source;
        this.text = text;
    }

    String source() {
        return source;
    }

    JsonPosition position(int offset) {
        if (this == NONE) {
            return new JsonPosition(source, -1, 0, 0, "");
        }
        int at = Math.min(offset, text.length());
        int lineStart = text.lastIndexOf('\n', at - 1) + 1;
        int line = 1;
        for (int i = text.indexOf('\n'); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) {
            line++;
        }
        return new JsonPosition(source, utf8Length(at), line, text.codePointCount(lineStart, at) + 1, path(at));
    }

    ModelFormatException error(int offset, String detail) {
        if (this == NONE) {
            return ModelFormatException.in(source, detail);
        }
        var position = position(offset);
        return ModelFormatException.atLine(source, position.byteOffset(), position.line(), position.column(), detail);
    }

    private long utf8Length(int end) {
        long bytes = 0;
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            // The two halves of a surrogate pair stand for four bytes together.
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }

    /** Parses once more up to the offset; only ever called on the way to an error message. */
    private String path(int offset) {
        try (var parser = JsonReader.open(text)) {
            for (var token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token != JsonToken.PROPERTY_NAME
                        && parser.currentTokenLocation().getCharOffset() >= offset) {
                    var context = parser.streamReadContext();
                    var opened = token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY;
                    return path(opened ? context.getParent() : context, new StringBuilder())
                            .toString();
                }
            }
        } catch (tools.jackson.core.JacksonException unreadable) {
            // The text is broken before the offset: the fault itself is being reported, without a path.
            return "";
        }
        return "";
    }

    private static StringBuilder path(TokenStreamContext context, StringBuilder out) {
        if (context == null || context.inRoot()) {
            return out;
        }
        path(context.getParent(), out);
        if (context.inArray()) {
            return out.append('[').append(context.getCurrentIndex()).append(']');
        }
        var name = String.valueOf(context.currentName());
        if (name.matches("[A-Za-z_][A-Za-z0-9_-]*")) {
            return out.append(out.isEmpty() ? "" : ".").append(name);
        }
        return out.append('[')
                .append(JsonWriter.quote(JsonValueBase.abbreviate(name)))
                .append(']');
    }
}
