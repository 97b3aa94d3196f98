package dev.kanmon.formats;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Small files made in tests, and digests of what is read from them. */
final class Bytes {
    private Bytes() {}

    static byte[] safetensors(String header, int dataBytes) {
        var json = header.getBytes(StandardCharsets.UTF_8);
        return new LittleEndianBytes()
                .i64(json.length)
                .bytes(json)
                .bytes(new byte[dataBytes])
                .toByteArray();
    }

    /** The fixed part of a GGUF header. */
    static LittleEndianBytes gguf(long tensors, long metadata) {
        return new LittleEndianBytes().i32(GgufHeader.MAGIC).i32(3).i64(tensors).i64(metadata);
    }

    static byte[] of(float[] values) {
        var out = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.asFloatBuffer().put(values);
        return out.array();
    }

    static int int32(byte[] bytes, int at) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
    }

    static String sha256(MemorySegment bytes) {
        return sha256(bytes.toArray(ValueLayout.JAVA_BYTE));
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static Path resource(String name) {
        try {
            return Path.of(Bytes.class.getResource(name).toURI());
        } catch (java.net.URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] read(Path path) {
        try {
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
