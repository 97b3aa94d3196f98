package dev.kanmon.formats.json;

import dev.kanmon.formats.ModelFormatException;

/** Position and the methods that follow from it; 8 bytes a value beyond its content. */
abstract class JsonValueBase {
    private static final int ABBREVIATED = 60;

    private final JsonDocument document;
    private final int offset;

    JsonValueBase(JsonDocument document, int offset) {
        this.document = document;
        this.offset = offset;
    }

    public final JsonPosition position() {
        return document.position(offset);
    }

    public final String source() {
        return document.source();
    }

    public final ModelFormatException error(String detail) {
        var path = position().path();
        return document.error(offset, (path.isEmpty() ? "the value" : path) + " " + detail);
    }

    /** Enough of a text to recognise it in an error message. */
    static String abbreviate(String text) {
        if (text.length() <= ABBREVIATED) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(ABBREVIATED - 1)) ? ABBREVIATED - 1 : ABBREVIATED;
        return text.substring(0, end) + "…";
    }
}
