package dev.kanmon.formats;

import java.io.ByteArrayOutputStream;

/** Collects a header, little-endian. */
final class LittleEndianBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    LittleEndianBytes i8(long value) {
        out.write((int) value);
        return this;
    }

    LittleEndianBytes i16(long value) {
        return i8(value).i8(value >> 8);
    }

    LittleEndianBytes i32(long value) {
        return i16(value).i16(value >> 16);
    }

    LittleEndianBytes i64(long value) {
        return i32(value).i32(value >> 32);
    }

    LittleEndianBytes bytes(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** A string as GGUF has it: length as u64, then UTF-8. */
    LittleEndianBytes string(String text) {
        var utf8 = Utf8.encode(text);
        return i64(utf8.length).bytes(utf8);
    }

    /** Zeros up to a multiple of the alignment. */
    LittleEndianBytes align(int alignment) {
        return bytes(new byte[Math.ceilDiv(size(), alignment) * alignment - size()]);
    }

    int size() {
        return out.size();
    }

    byte[] toByteArray() {
        return out.toByteArray();
    }
}
