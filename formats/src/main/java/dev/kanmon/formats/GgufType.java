package dev.kanmon.formats;

import java.util.Arrays;
import java.util.Optional;

/** The types of GGUF metadata; the ordinal is the id in the file (ggml {@code gguf.h}, {@code enum gguf_type}). */
public enum GgufType {
    /** Unsigned byte. */
    U8(1),
    /** Signed byte. */
    I8(1),
    /** Unsigned 16-bit integer. */
    U16(2),
    /** Signed 16-bit integer. */
    I16(2),
    /** Unsigned 32-bit integer. */
    U32(4),
    /** Signed 32-bit integer. */
    I32(4),
    /** IEEE 754 binary32. */
    F32(4),
    /** One byte; any value but 0 is true. */
    BOOL(1),
    /** UTF-8, preceded by its length in bytes as a u64. */
    STRING(-1),
    /** Element type, length, elements. */
    ARRAY(-1),
    /** Unsigned 64-bit integer. */
    U64(8),
    /** Signed 64-bit integer. */
    I64(8),
    /** IEEE 754 binary64. */
    F64(8);

    private final int bytes;

    GgufType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of a value; -1 for {@link #STRING} and {@link #ARRAY}. */
    public int bytes() {
        return bytes;
    }

    static Optional<GgufType> of(int id) {
        return Arrays.stream(values()).filter(type -> type.ordinal() == id).findFirst();
    }
}
