package dev.kanmon.formats.protobuf;

import dev.kanmon.formats.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A cursor over the fields of one message, in the order of the file. {@link #next} steps to a field, whose value is then
 * read by the method for the type that it should have; another type in the file is an error. A field that is not read is
 * skipped.
 *
 * <p>Not safe for use by several threads.
 *
 * <p>Wire format: <a href="https://protobuf.dev/programming-guides/encoding/">encoding</a>.
 *
 * @implNote Not {@code com.google.protobuf.CodedInputStream}: that one counts in ints, where a model may have more than
 *     2 GB, names no offset when it refuses, and reads mapped memory through {@code sun.misc.Unsafe}, of which the JVM warns.
 */
public final class ProtobufMessage {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String source;
    private final MemorySegment file;
    private final String name;
    private final long begin;
    private final long end;
    private long position;

    private int field;
    private int wireType;
    private long fieldAt;
    /** Of a field of bytes: where they begin and how many there are. */
    private long contentAt;

    private long contentBytes;
    private long value;

    private ProtobufMessage(String source, MemorySegment file, String name, long begin, long end) {
        this.source = source;
        this.file = file;
        this.name = name;
        this.begin = begin;
        this.position = begin;
        this.end = end;
    }

    /**
     * A whole file that is one message.
     *
     * @param source what error messages call the file
     * @param file read while the cursor is used; offsets count from its start
     * @param name what error messages call the message, as {@code ModelProto}
     */
    public static ProtobufMessage of(String source, MemorySegment file, String name) {
        return new ProtobufMessage(source, file, name, 0, file.byteSize());
    }

    /** A message inside a file that is no protobuf file; offsets count from the start of the file. */
    public static ProtobufMessage within(String source, MemorySegment file, long begin, long bytes, String name) {
        Objects.checkFromIndexSize(begin, bytes, file.byteSize());
        return new ProtobufMessage(source, file, name, begin, begin + bytes);
    }

    /**
     * Steps to the next field.
     *
     * @return false at the end of the message
     * @throws ModelFormatException if what follows is no field, or one that leaves the message
     */
    public boolean next() throws ModelFormatException {
        if (position == end) {
            return false;
        }
        fieldAt = position;
        long tag = varint();
        if (tag >>> 3 == 0 || tag >>> 3 > 0x1FFF_FFFF) {
            throw fault(fieldAt, "field number " + Long.toUnsignedString(tag >>> 3) + ", expected 1 to 536870911");
        }
        field = (int) (tag >>> 3);
        wireType = (int) (tag & 7);
        switch (wireType) {
            case VARINT -> value = varint();
            case FIXED64 -> value = file.get(I64, take(Long.BYTES));
            case FIXED32 -> value = file.get(I32, take(Integer.BYTES));
            case BYTES -> {
                contentBytes = varint();
                if (contentBytes < 0 || contentBytes > end - position) {
                    throw error("length " + Long.toUnsignedString(contentBytes) + " exceeds the " + (end - position)
                            + " bytes left in its message");
                }
                contentAt = take(contentBytes);
            }
            default -> throw error("wire type " + wireType + ", expected 0, 1, 2 or 5");
        }
        return true;
    }

    /** A cursor before the first field of the same message. */
    public ProtobufMessage restart() {
        return new ProtobufMessage(source, file, name, begin, end);
    }

    /** The number of the field. */
    public int field() {
        return field;
    }

    /** An integer or enum; an int32 is sign-extended, as on the wire. */
    public long integer() throws ModelFormatException {
        require(VARINT, "an integer");
        return value;
    }

    /** A fixed32. */
    public int fixed32() throws ModelFormatException {
        require(FIXED32, "32 fixed bits");
        return (int) value;
    }

    /** A fixed64. */
    public long fixed64() throws ModelFormatException {
        require(FIXED64, "64 fixed bits");
        return value;
    }

    /** A float. */
    public float real() throws ModelFormatException {
        return Float.intBitsToFloat(fixed32());
    }

    /** A message; its cursor is independent of this one. */
    public ProtobufMessage message(String name) throws ModelFormatException {
        require(BYTES, "a message");
        return new ProtobufMessage(source, file, name, contentAt, contentAt + contentBytes);
    }

    /**
     * A text.
     *
     * @param maxBytes the most that it may have as UTF-8
     */
    public String string(int maxBytes) throws ModelFormatException {
        require(BYTES, "a string");
        if (contentBytes > maxBytes) {
            throw error("a string of " + contentBytes + " bytes, expected at most " + maxBytes);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes().toArray(ValueLayout.JAVA_BYTE)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw error("a string that is not UTF-8");
        }
    }

    /** Bytes, not copied. */
    public MemorySegment bytes() throws ModelFormatException {
        require(BYTES, "bytes");
        return file.asSlice(contentAt, contentBytes);
    }

    /** Where the bytes of {@link #bytes} begin in the file. */
    public long bytesAt() throws ModelFormatException {
        require(BYTES, "bytes");
        return contentAt;
    }

    /** Whether the field holds bytes: of a repeated field of numbers, that it is packed. */
    public boolean isBytes() {
        return wireType == BYTES;
    }

    /**
     * One or, if it is packed, all integers of a repeated field.
     *
     * @param sink receives them in order
     */
    public void integers(LongSink sink) throws ModelFormatException {
        if (!isBytes()) {
            sink.accept(integer());
            return;
        }
        var packed = new ProtobufMessage(source, file, name, contentAt, contentAt + contentBytes);
        packed.field = field;
        while (packed.position < packed.end) {
            packed.fieldAt = packed.position;
            sink.accept(packed.varint());
        }
    }

    /** Takes integers one by one. */
    @FunctionalInterface
    public interface LongSink {
        /** The next one. */
        void accept(long value) throws ModelFormatException;
    }

    /** A fault of the current field. */
    public ModelFormatException error(String detail) {
        return fault(fieldAt, "field " + field + " of " + name + ": " + detail);
    }

    private ModelFormatException fault(long at, String detail) {
        return ModelFormatException.at(source, at, detail);
    }

    private void require(int expected, String what) throws ModelFormatException {
        if (wireType != expected) {
            throw error("wire type " + wireType + ", expected " + expected + " for " + what);
        }
    }

    private long take(long bytes) throws ModelFormatException {
        if (bytes > end - position) {
            throw fault(position, name + " ends after " + (end - position) + " more bytes, expected " + bytes);
        }
        long at = position;
        position += bytes;
        return at;
    }

    private long varint() throws ModelFormatException {
        long at = position;
        long bits = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte b = file.get(ValueLayout.JAVA_BYTE, take(1));
            bits |= (b & 0x7FL) << shift;
            if (b >= 0) {
                return bits;
            }
        }
        throw fault(at, "a varint of more than 10 bytes in " + name);
    }
}
