package dev.kanmon.augment;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.formats.json.JsonWriter;
import dev.kanmon.formats.json.LoneSurrogates;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/**
 * A file of rows that is only appended to, and that a run goes on with after it was killed.
 *
 * <p>Rows go in as whole lines, one write a batch. What a killed run left of a line is no row: it is cut off by the first
 * {@link #append}, after {@link #objects} were read and nobody objected to them. One log at a time holds the file, in
 * this process and among all that ask the system for a lock; the lock ends with the process, however that ends.
 *
 * <p>For use by one thread.
 */
public final class RowLog implements AutoCloseable {

    private final Path file;
    private final FileChannel channel;
    private final FileLock lock;
    private final List<JsonObject> objects = new ArrayList<>();
    private long end;
    private boolean endsInLine;

    private RowLog(Path file, FileChannel channel, FileLock lock) {
        this.file = file;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Opens a file, or makes it, and reads the rows that it holds. Nothing in it is changed yet.
     *
     * @throws ModelFormatException if one of its lines is no object
     * @throws FileSystemException if another log has it open
     * @throws IOException if it cannot be read or written
     */
    public static RowLog open(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            RowLog log = new RowLog(file, channel, lock(file, channel));
            log.read();
            return log;
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    private static FileLock lock(Path file, FileChannel channel) throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            throw new FileSystemException(file.toString(), null, "another run is writing to it");
        }
        return lock;
    }

    private void read() throws IOException {
        // The stream must not be closed: closing it would close the channel, and with it the lock.
        byte[] bytes = Channels.newInputStream(channel.position(0)).readAllBytes();
        long number = 0;
        for (int from = 0; from < bytes.length; ) {
            int to = from;
            while (to < bytes.length && bytes[to] != '\n') {
                to++;
            }
            number++;
            String text = new String(bytes, from, to - from, StandardCharsets.UTF_8);
            if (to < bytes.length) {
                objects.add(parse(number, text));
                end = to + 1L;
            } else if (isWhole(text)) {
                objects.add(parse(number, text));
                end = to;
                endsInLine = true;
            }
            from = to + 1;
        }
    }

    private JsonObject parse(long number, String line) throws ModelFormatException {
        return Json.parse(file + ": line " + number, line, LoneSurrogates.REPLACE)
                .asObject();
    }

    /** Whether a line without an end is an object all the same; else a killed run left it. */
    private static boolean isWhole(String line) {
        try {
            return Json.parse("", line, LoneSurrogates.REPLACE) instanceof JsonObject;
        } catch (ModelFormatException e) {
            return false;
        }
    }

    /** The rows that were there when the file was opened, in their order; unmodifiable. */
    public List<JsonObject> objects() {
        return Collections.unmodifiableList(objects);
    }

    /** The file. */
    public Path file() {
        return file;
    }

    /**
     * Demands that rows which are there were made the way that the next ones will be.
     *
     * @param member of a row that holds its settings, an object
     * @param row one of {@link #objects}
     * @param settings of the rows to come
     * @throws IllegalArgumentException if a setting is another one; the message names the first
     */
    public void requireSettings(String member, JsonObject row, JsonObject settings) {
        if (!(row.get(member) instanceof JsonObject found)) {
            throw new IllegalArgumentException(
                    file + ": holds rows that were not made by this command; give a file of its own");
        }
        for (String name : names(found, settings)) {
            JsonValue before = found.get(name);
            JsonValue now = settings.get(name);
            if (!Objects.equals(before, now)) {
                throw new IllegalArgumentException(file + ": its rows were made with " + name + " "
                        + shown(before) + ", this run has " + shown(now)
                        + "; give the same settings to go on, or another file");
            }
        }
    }

    private static List<String> names(JsonObject first, JsonObject second) {
        List<String> names = new ArrayList<>(first.members().keySet());
        second.members().keySet().stream().filter(name -> !names.contains(name)).forEach(names::add);
        return names;
    }

    private static String shown(JsonValue value) {
        return value == null ? "nothing" : value.describe();
    }

    /** Appends rows, all of them or, if the process is killed, perhaps only the first ones. */
    public void appendRows(List<Row> rows) throws IOException {
        append(rows.stream().map(Rows::object).toList());
    }

    /**
     * Appends rows, all of them or, if the process is killed, perhaps only the first ones. Without any it only makes good
     * what a killed run left.
     */
    public void append(List<JsonObject> rows) throws IOException {
        if (rows.isEmpty() && !endsInLine && channel.size() == end) {
            return;
        }
        StringBuilder lines = new StringBuilder(endsInLine ? "\n" : "");
        for (JsonObject row : rows) {
            lines.append(JsonWriter.compact().value(row)).append('\n');
        }
        if (channel.size() > end) {
            channel.truncate(end);
        }
        ByteBuffer bytes = ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.UTF_8));
        channel.position(end);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        channel.force(false);
        end = channel.position();
        endsInLine = false;
    }

    /** Lets go of the file. */
    @Override
    public void close() throws IOException {
        lock.release();
        channel.close();
    }
}
