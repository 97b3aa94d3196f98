package dev.kanmon.formats;

import java.nio.charset.StandardCharsets;

/** Writes a protobuf message, field by field. */
final class ProtobufBytes {
    private final LittleEndianBytes out = new LittleEndianBytes();

    private ProtobufBytes varint(long value) {
        for (; (value & ~0x7FL) != 0; value >>>= 7) {
            out.i8(value & 0x7F | 0x80);
        }
        out.i8(value);
        return this;
    }

    ProtobufBytes integer(int field, long value) {
        return varint((long) field << 3).varint(value);
    }

    ProtobufBytes fixed32(int field, int bits) {
        varint((long) field << 3 | 5);
        out.i32(bits);
        return this;
    }

    ProtobufBytes fixed64(int field, long bits) {
        varint((long) field << 3 | 1);
        out.i64(bits);
        return this;
    }

    ProtobufBytes bytes(int field, byte[] bytes) {
        varint((long) field << 3 | 2).varint(bytes.length);
        out.bytes(bytes);
        return this;
    }

    ProtobufBytes string(int field, String text) {
        return bytes(field, text.getBytes(StandardCharsets.UTF_8));
    }

    ProtobufBytes message(int field, ProtobufBytes message) {
        return bytes(field, message.toByteArray());
    }

    /** A packed repeated field. */
    ProtobufBytes packed(int field, long... values) {
        var packed = new ProtobufBytes();
        for (long value : values) {
            packed.varint(value);
        }
        return message(field, packed);
    }

    /**
     * What comes before the bytes of a field that are too many for an array, at the end of messages in messages.
     *
     * @param fields of each level, the last that of the bytes
     * @param before what else a level has, before that field
     */
    static byte[] messageAround(int[] fields, byte[][] before, long bytes) {
        var head = new ProtobufBytes();
        long size = bytes;
        for (int level = fields.length - 1; level >= 0; level--) {
            var inner = head.toByteArray();
            head = new ProtobufBytes();
            head.out.bytes(before[level]);
            head.varint((long) fields[level] << 3 | 2).varint(size);
            head.out.bytes(inner);
            size = head.out.size() + bytes;
        }
        return head.toByteArray();
    }

    byte[] toByteArray() {
        return out.toByteArray();
    }
}
