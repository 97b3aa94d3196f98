package dev.kanmon.formats;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Queue;
import java.util.SequencedMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;

/** The bytes of an open file, mapped or lent by a caller, and whether they may still be used. */
final class FileBytes implements AutoCloseable {
    /** Bytes that are read at a time: what fits a core's own cache, and makes a system call worth its while. */
    static final int SLICE = 1 << 18;

    private final String source;
    private final MemorySegment bytes;
    /** Owns the mapping; null when the caller owns the bytes. */
    private final Arena arena;

    /** Of the mapped file; null when the caller owns the bytes. */
    private final FileChannel channel;

    /** Buffers of {@link #SLICE} bytes for {@link #read}, which live as long as the mapping. */
    private final Queue<MemorySegment> slices = new ConcurrentLinkedQueue<>();

    private final AtomicBoolean closed = new AtomicBoolean();

    private FileBytes(String source, MemorySegment bytes, Arena arena, FileChannel channel) {
        this.source = source;
        this.bytes = bytes;
        this.arena = arena;
        this.channel = channel;
    }

    static FileBytes map(Path path) throws IOException {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw ModelFormatException.in(path.toString(), "not a regular file, expected a file of weights");
        }
        var channel = FileChannel.open(path);
        var arena = Arena.ofShared();
        try {
            return new FileBytes(path.toString(), mapped(channel, arena), arena, channel);
        } catch (IOException | RuntimeException | Error e) {
            arena.close();
            channel.close();
            throw e;
        }
    }

    /**
     * Maps on a thread that nobody else knows. An interrupt that comes while a channel maps makes the JDK throw after the system
     * has mapped and before the arena knows of it (25.0.3: {@code FileChannelImpl.mapInternal} ends the interruptible
     * operation in between), and the file would stay mapped for ever.
     */
    private static MemorySegment mapped(FileChannel channel, Arena arena) throws IOException {
        var mapping = new FutureTask<>(() -> channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
        Thread.ofPlatform().daemon().name("kanmon-map").start(mapping);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return mapping.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    switch (e.getCause()) {
                        case IOException io -> throw io;
                        case RuntimeException unchecked -> throw unchecked;
                        case Error error -> throw error;
                        default -> throw new IllegalStateException(e.getCause()); // channels throw nothing else
                    }
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    static FileBytes lent(String source, MemorySegment bytes) {
        return new FileBytes(source, bytes, null, null);
    }

    /** What is done with bytes that were read. */
    interface Use {
        /** Takes the bytes, which are its own until it returns. */
        void take(MemorySegment slice);
    }

    /**
     * Hands over {@code size} bytes from {@code offset} on: of a mapped file a copy, so that its pages do not become
     * part of this process.
     *
     * @param size at most {@link #SLICE}
     * @throws IOException if the file cannot be read, or became shorter
     */
    void read(long offset, int size, Use use) throws IOException {
        ensureOpen();
        if (channel == null) {
            use.take(bytes.asSlice(offset, size));
            return;
        }
        var lent = slices.poll();
        var slice = lent != null ? lent : arena.allocate(SLICE, Long.BYTES);
        try {
            var buffer = slice.asSlice(0, size).asByteBuffer();
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, offset + buffer.position()) < 0) {
                    throw new EOFException(source + ": ended before byte " + (offset + size) + ", it was longer when it"
                            + " was opened");
                }
            }
            use.take(slice.asSlice(0, size));
        } finally {
            slices.add(slice);
        }
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
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(source + ": could not be closed", e);
            }
        }
    }
}
