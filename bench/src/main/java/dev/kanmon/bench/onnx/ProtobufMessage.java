package dev.kanmon.bench.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A protobuf message that is being written, field by field: enough for ONNX files. */
final class ProtobufMessage {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** What was written. */
    byte[] bytes() {
        return out.toByteArray();
    }

    /** An integer, as a varint. */
    ProtobufMessage number(int field, long value) {
        varint((long) field << 3);
        varint(value);
        return this;
    }

    /** A float. */
    ProtobufMessage real(int field, float value) {
        varint((long) field << 3 | 5);
        out.writeBytes(ByteBuffer.allocate(Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(value)
                .array());
        return this;
    }

    /** Bytes. */
    ProtobufMessage raw(int field, byte[] bytes) {
        varint((long) field << 3 | 2);
        varint(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    /** A string. */
    ProtobufMessage text(int field, String text) {
        return raw(field, text.getBytes(StandardCharsets.UTF_8));
    }

    /** A message inside. */
    ProtobufMessage message(int field, ProtobufMessage message) {
        return raw(field, message.bytes());
    }

    private void varint(long value) {
        while ((value & ~0x7FL) != 0) {
            out.write((int) (value & 0x7F | 0x80));
            value >>>= 7;
        }
        out.write((int) value);
    }
}
