package dev.kanmon.formats;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Strict UTF-8 at the speed of the lenient decoder of the JDK. */
final class Utf8 {
    private Utf8() {}

    /** The text, or null if the bytes are not well-formed UTF-8. */
    static String decode(byte[] bytes, int from, int length) {
        var text = new String(bytes, from, length, StandardCharsets.UTF_8);
        // The JDK puts U+FFFD for what is malformed; a real U+FFFD survives the way back.
        if (text.indexOf('\uFFFD') >= 0) {
            var back = text.getBytes(StandardCharsets.UTF_8);
            if (!Arrays.equals(back, 0, back.length, bytes, from, from + length)) {
                return null;
            }
        }
        return text;
    }

    /** The bytes; refuses a text with lone surrogates, which UTF-8 cannot say. */
    static byte[] encode(String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        if (!new String(bytes, StandardCharsets.UTF_8).equals(text)) {
            throw new IllegalArgumentException("a text holds a lone surrogate, which UTF-8 cannot say");
        }
        return bytes;
    }
}
