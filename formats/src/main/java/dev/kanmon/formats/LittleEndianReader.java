package dev.kanmon.formats;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads a header front to back and never past the end of the file. It copies a window of the file at a time,
 * so that walking 30,000 strings does not make a segment access for each.
 */
final class LittleEndianReader {
    private static final int WINDOW = 1 << 16;

    private final String source;
    private final MemorySegment file;
    private final long size;
    private final ByteBuffer window;
    private long windowStart;
    private int windowLength;
    private long position;
    /** What is being read, for error messages; a name in a file follows in quotes. */
    private String part = "";

    private String partName;

    LittleEndianReader(String source, MemorySegment file) {
        this.source = source;
        this.file = file;
        this.size = file.byteSize();
        this.window = ByteBuffer.allocate((int) Math.min(WINDOW, size)).order(ByteOrder.LITTLE_ENDIAN);
    }

    void enter(String part, String name) {
        this.part = part;
        this.partName = name;
    }

    String source() {
        return source;
    }

    long position() {
        return position;
    }

    long remaining() {
        return size - position;
    }

    ModelFormatException error(long at, String detail) {
        var where = part.isEmpty() ? "" : part + (partName == null ? "" : " \"" + partName + "\"") + ": ";
        return ModelFormatException.at(source, at, where + detail);
    }

    int u8() throws ModelFormatException {
        return window.get(take(1)) & 0xFF;
    }

    short i16() throws ModelFormatException {
        return window.getShort(take(2));
    }

    int i32() throws ModelFormatException {
        return window.getInt(take(4));
    }

    long i64() throws ModelFormatException {
        return window.getLong(take(8));
    }

    /** A u64 that counts what follows, of which each takes at least so many bytes. */
    long count(String what, int bytesEach) throws ModelFormatException {
        long at = position;
        long count = i64();
        if (count < 0 || count > remaining() / bytesEach) {
            throw error(at, what + " " + Long.toUnsignedString(count) + " exceeds the " + remaining() + " bytes left");
        }
        return count;
    }

    /** A string of limited length, as UTF-8. */
    String string(String what, int maxBytes) throws ModelFormatException {
        long at = position;
        long length = count("length of the " + what, 1);
        if (length > maxBytes) {
            throw error(at, "length of the " + what + " " + length + ", expected at most " + maxBytes);
        }
        var bytes = slice(length).toArray(ValueLayout.JAVA_BYTE);
        var text = Utf8.decode(bytes, 0, bytes.length);
        if (text == null) {
            throw error(at, "the " + what + " is not UTF-8");
        }
        return text;
    }

    /** The next bytes, not copied. */
    MemorySegment slice(long bytes) throws ModelFormatException {
        long at = position;
        skip(bytes);
        return sliceAt(at, bytes);
    }

    /** Bytes that were read or skipped already. */
    MemorySegment sliceAt(long at, long bytes) {
        return file.asSlice(at, bytes).asReadOnly();
    }

    void skip(long bytes) throws ModelFormatException {
        if (bytes < 0 || bytes > remaining()) {
            throw ends(bytes);
        }
        position += bytes;
    }

    private int take(int bytes) throws ModelFormatException {
        if (bytes > remaining()) {
            throw ends(bytes);
        }
        if (position < windowStart || position + bytes > windowStart + windowLength) {
            windowStart = position;
            windowLength = (int) Math.min(window.capacity(), size - position);
            MemorySegment.copy(file, ValueLayout.JAVA_BYTE, windowStart, window.array(), 0, windowLength);
        }
        int at = (int) (position - windowStart);
        position += bytes;
        return at;
    }

    private ModelFormatException ends(long bytes) {
        return error(position, "the file ends after " + remaining() + " more bytes, expected " + bytes);
    }
}
