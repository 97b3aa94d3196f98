package dev.kanmon.formats;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SequencedMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** The bytes of an open file, mapped or lent by a caller, and whether they may still be used. */
final class FileBytes implements AutoCloseable {
    private final String source;
    private final MemorySegment bytes;
    /** Owns the mapping; null when the caller owns the bytes. */
    private final Arena arena;

    private final AtomicBoolean closed = new AtomicBoolean();

    private FileBytes(String source, MemorySegment bytes, Arena arena) {
        this.source = source;
        this.bytes = bytes;
        this.arena = arena;
    }

    static FileBytes map(Path path) throws IOException {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw ModelFormatException.in(path.toString(), "not a regular file, expected a file of weights");
        }
        var arena = Arena.ofShared();
        try (var channel = FileChannel.open(path)) {
            var bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return new FileBytes(path.toString(), bytes, arena);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    static FileBytes lent(String source, MemorySegment bytes) {
        return new FileBytes(source, bytes, null);
    }

    String source() {
        return source;
    }

    MemorySegment bytes() {
        ensureOpen();
        return bytes;
    }

    TensorView view(SequencedMap<String, TensorInfo> tensors, String name) {
        ensureOpen();
        var info = tensors.get(name);
        if (info == null) {
            throw new IllegalArgumentException(source + ": no tensor \"" + name + "\"");
        }
        return new TensorView(this, info);
    }

    void ensureOpen() {
        if (closed.get()) {
            throw new IllegalStateException(source + " is closed; its tensors can no longer be read");
        }
    }

    @Override
    public void close() {
        if (!closed.getAndSet(true) && arena != null) {
            arena.close();
        }
    }
}
