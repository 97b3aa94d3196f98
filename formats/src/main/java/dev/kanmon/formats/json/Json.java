package dev.kanmon.formats.json;

import dev.kanmon.formats.ModelFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads and writes JSON (RFC 8259), strictly: one value and nothing after it, no key twice in one object,
 * no comments, trailing commas, NaN or Infinity, no byte order mark, well-formed UTF-8 only.
 *
 * <p>Strings may have any length; nesting is limited to {@value #MAX_DEPTH} levels and a number to
 * {@value #MAX_NUMBER_LENGTH} characters.
 */
public final class Json {
    /**
     * The most values that a text may hold: two bytes make an object, which takes fifty times that in memory. The largest
     * vocabularies with merges have two million.
     */
    static final int MAX_VALUES = 1 << 22;

    /** How deep objects and arrays may nest; parsing recurses once a level. */
    public static final int MAX_DEPTH = 200;
    /** How many characters a number may have: beyond it, turning text into a number is no longer cheap. */
    public static final int MAX_NUMBER_LENGTH = 1000;
    /** Larger files do not fit a Java string in the worst case; no model's JSON comes near. */
    private static final long MAX_FILE_BYTES = 1 << 30;

    private Json() {}

    /** {@link #parse(String, byte[], LoneSurrogates)} with {@link LoneSurrogates#REJECT}. */
    public static JsonValue parse(String source, byte[] utf8) throws ModelFormatException {
        return parse(source, utf8, LoneSurrogates.REJECT);
    }

    /**
     * Parses a whole document.
     *
     * @param source what error messages call the text, usually its path
     * @param utf8 not kept
     * @throws ModelFormatException if the bytes are not UTF-8 or not strict JSON
     */
    public static JsonValue parse(String source, byte[] utf8, LoneSurrogates loneSurrogates)
            throws ModelFormatException {
        return JsonReader.read(source, decode(source, utf8), loneSurrogates);
    }

    /** {@link #parse(String, String, LoneSurrogates)} with {@link LoneSurrogates#REJECT}. */
    public static JsonValue parse(String source, String text) throws ModelFormatException {
        return parse(source, text, LoneSurrogates.REJECT);
    }

    /**
     * Parses a whole document that is a string already.
     *
     * @param loneSurrogates applies to surrogates written as escapes and to those in {@code text} itself
     * @throws ModelFormatException if the text is not strict JSON
     */
    public static JsonValue parse(String source, String text, LoneSurrogates loneSurrogates)
            throws ModelFormatException {
        return JsonReader.read(source, text, loneSurrogates);
    }

    /**
     * Reads and parses a file; lone surrogates are refused.
     *
     * @throws ModelFormatException if the file is not strict JSON
     * @throws IOException if it cannot be read
     */
    public static JsonValue read(Path file) throws IOException {
        long size = Files.size(file);
        if (size > MAX_FILE_BYTES) {
            throw ModelFormatException.in(
                    file.toString(), size + " bytes, expected at most " + MAX_FILE_BYTES + " for a JSON file");
        }
        return parse(file.toString(), Files.readAllBytes(file));
    }

    /** The value as JSON on one line, without blanks. */
    public static String write(JsonValue value) {
        return JsonWriter.compact().value(value).toString();
    }

    /** The value as JSON with one member or element a line, indented by two blanks, ending in a newline. */
    public static String writeIndented(JsonValue value) {
        return JsonWriter.indented().value(value).toString() + "\n";
    }

    private static String decode(String source, byte[] utf8) throws ModelFormatException {
        var text = new String(utf8, StandardCharsets.UTF_8);
        if (text.indexOf('\uFFFD') < 0) {
            return text;
        }
        // Either the text holds a real U+FFFD or the bytes were not UTF-8; only the strict decoder can say where.
        var decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        var in = ByteBuffer.wrap(utf8);
        // One char a byte is the most that UTF-8 can give.
        if (decoder.decode(in, CharBuffer.allocate(utf8.length), true).isError()) {
            throw ModelFormatException.at(
                    source,
                    in.position(),
                    "0x%02X does not continue well-formed UTF-8".formatted(utf8[in.position()] & 0xFF));
        }
        return text;
    }
}
