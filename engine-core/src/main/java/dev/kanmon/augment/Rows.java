package dev.kanmon.augment;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonBoolean;
import dev.kanmon.formats.json.JsonNumber;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.formats.json.JsonWriter;
import dev.kanmon.formats.json.LoneSurrogates;
import java.io.BufferedInputStream;
import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Rows as JSONL: one object a line, {@code {"instruction", "response"?, "harmful"?: 0|1, "teacher"?: p, "source"?,
 * "licence"?, …}}, UTF-8, lines ended by {@code \n} only. Blank lines are passed over.
 */
public final class Rows {

    /** The members that are components of a {@link Row}. */
    static final List<String> NAMES = List.of("instruction", "response", "harmful", "teacher", "source", "licence");

    private static final int MAX_LINE_BYTES = 1 << 28;

    private Rows() {}

    /** What is done with each line. */
    @FunctionalInterface
    public interface LineReader {
        /**
         * @param number of the line, counted from 1
         * @param row the object on it, a document called {@code FILE: line N}
         */
        void read(long number, JsonObject row) throws IOException;
    }

    /**
     * Reads a file of rows.
     *
     * @throws ModelFormatException if a line is no row; the message names file, line and place
     * @throws IOException if the file cannot be read
     */
    public static List<Row> read(Path file) throws IOException {
        List<Row> rows = new ArrayList<>();
        readObjects(file, (_, row) -> rows.add(of(row)));
        return rows;
    }

    /**
     * Reads a file of objects, whatever their members are.
     *
     * @throws ModelFormatException if a line is no object, or the reader refuses it; the message names file, line and
     *     place
     * @throws IOException if the file cannot be read
     */
    public static void readObjects(Path file, LineReader reader) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            long number = 0;
            for (int b = in.read(); b >= 0; b = in.read()) {
                line.reset();
                for (; b >= 0 && b != '\n'; b = in.read()) {
                    if (line.size() == MAX_LINE_BYTES) {
                        throw ModelFormatException.in(
                                file + ": line " + (number + 1), "is longer than " + MAX_LINE_BYTES + " bytes");
                    }
                    line.write(b);
                }
                number++;
                byte[] bytes = line.toByteArray();
                if (!isBlank(bytes)) {
                    readLine(file + ": line " + number, number, bytes, reader);
                }
                if (b < 0) {
                    return;
                }
            }
        }
    }

    private static void readLine(String place, long number, byte[] bytes, LineReader reader) throws IOException {
        try {
            reader.read(number, Json.parse(place, bytes, LoneSurrogates.REPLACE).asObject());
        } catch (ModelFormatException e) {
            // Each line is a document of its own, so a position inside it is always on its line 1.
            String ofDocument = place + ": line 1, ";
            if (e.source().equals(place) && e.getMessage().startsWith(ofDocument)) {
                throw ModelFormatException.in(place, e.getMessage().substring(ofDocument.length()));
            }
            throw e;
        }
    }

    private static boolean isBlank(byte[] bytes) {
        for (byte b : bytes) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    /**
     * The row that an object describes.
     *
     * @throws ModelFormatException if a member has another type than a row's, or there is no instruction
     */
    public static Row of(JsonObject object) throws ModelFormatException {
        LinkedHashMap<String, JsonValue> extras = new LinkedHashMap<>(object.members());
        NAMES.forEach(extras::remove);
        return new Row(
                object.string("instruction"),
                object.optionalString("response").orElse(""),
                harmful(object),
                teacher(object),
                object.optionalString("source").orElse(""),
                object.optionalString("licence").orElse(""),
                JsonObject.of(extras));
    }

    private static OptionalInt harmful(JsonObject object) throws ModelFormatException {
        JsonValue value = object.get("harmful");
        if (value instanceof JsonBoolean bool) {
            return OptionalInt.of(bool.value() ? 1 : 0);
        }
        OptionalInt label = object.optionalInteger("harmful");
        if (label.isPresent() && label.getAsInt() != 0 && label.getAsInt() != 1) {
            throw value.error("is " + label.getAsInt() + ", expected 0 or 1");
        }
        return label;
    }

    private static OptionalDouble teacher(JsonObject object) throws ModelFormatException {
        OptionalDouble p = object.optionalNumber("teacher");
        if (p.isPresent() && !(p.getAsDouble() >= 0 && p.getAsDouble() <= 1)) {
            throw object.get("teacher").error("is " + p.getAsDouble() + ", expected a probability from 0 to 1");
        }
        return p;
    }

    /** The object of a row: its components, the empty ones left out, then its extras. */
    public static JsonObject object(Row row) {
        JsonObject.Builder object = JsonObject.builder().put("instruction", row.instruction());
        if (!row.response().isEmpty()) {
            object.put("response", row.response());
        }
        row.harmful().ifPresent(label -> object.put("harmful", label));
        row.teacher().ifPresent(p -> object.put("teacher", JsonNumber.of(p)));
        if (!row.source().isEmpty()) {
            object.put("source", row.source());
        }
        if (!row.licence().isEmpty()) {
            object.put("licence", row.licence());
        }
        row.extras().members().forEach(object::put);
        return object.build();
    }

    /** A row as one line, without its end. */
    public static String line(Row row) {
        return JsonWriter.compact().value(object(row)).toString();
    }

    /**
     * Writes a file of rows, which takes the place of one that is there only when all of it is written.
     *
     * @throws IOException if it cannot be written
     */
    public static void write(Path file, Iterable<Row> rows) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".new");
        try (BufferedWriter out = Files.newBufferedWriter(unfinished)) {
            for (Row row : rows) {
                out.write(line(row));
                out.write('\n');
            }
        }
        Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}
