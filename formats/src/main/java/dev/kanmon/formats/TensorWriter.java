package dev.kanmon.formats;

import dev.kanmon.formats.codec.TensorEncoder;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Writes a file of tensors: all are declared first, then their data is written in the same order, then
 * {@link #finish} puts the file in its place.
 *
 * <p>Until then the data goes to a hidden file beside the target, which {@link #close} deletes; so the target
 * is either the old file or the whole new one. Calls out of order are {@link IllegalStateException}s. Not safe
 * for use by several threads.
 */
public abstract sealed class TensorWriter implements AutoCloseable permits SafetensorsWriter, GgufWriter {
    /** Elements converted at a time; a multiple of every block size. */
    private static final int CHUNK = 1 << 16;

    /** Where the elements of a tensor come from; {@link TensorView#read} has this form. */
    @FunctionalInterface
    public interface ElementSource {
        /**
         * Writes elements {@code fromElement} to {@code fromElement + count}, in row-major order, into {@code
         * dst} from {@code dstPos} on. Asked for once each, front to back.
         */
        void read(long fromElement, int count, float[] dst, int dstPos) throws IOException;
    }

    /** A tensor to come. */
    record Declared(String name, DType dtype, List<Long> shape, long byteSize) {}

    /** The bytes before the data, where each tensor goes, and where the file ends. */
    record Layout(byte[] header, List<TensorInfo> tensors, long fileSize) {}

    private final Path target;
    private final Path temporary;
    private final FileChannel channel;
    private final List<Declared> declared = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private Consumer<TensorInfo> listener = _ -> {};
    private Layout layout;
    private long position;
    private int written;
    private boolean failed;
    private boolean finished;

    TensorWriter(Path target) throws IOException {
        this.target = target.toAbsolutePath();
        this.temporary = this.target.resolveSibling(
                "." + this.target.getFileName() + "." + Long.toHexString(System.nanoTime()) + ".part");
        this.channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /** Refuses what the format cannot store. */
    abstract void check(Declared tensor);

    abstract Layout layOut(List<Declared> tensors);

    /**
     * Announces a tensor.
     *
     * @param shape row-major in Hugging Face order; empty for a scalar
     * @throws IllegalArgumentException if the name was declared already, the format lacks the type, or a row is
     *     not a whole number of blocks
     */
    public final void declare(String name, DType dtype, long... shape) {
        requireHeaderOpen();
        Declared tensor;
        try {
            tensor = new Declared(name, dtype, Arrays.stream(shape).boxed().toList(), dtype.byteSize(shape));
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    "tensor \"" + name + "\": the size of " + dtype + " " + Arrays.toString(shape) + " exceeds 64 bits",
                    e);
        }
        Utf8.encode(name);
        check(tensor);
        if (!names.add(name)) {
            throw new IllegalArgumentException("tensor \"" + name + "\" is declared twice");
        }
        declared.add(tensor);
    }

    /** Calls the listener after each tensor is written, on the writing thread; for progress. */
    public final void onTensor(Consumer<TensorInfo> listener) {
        this.listener = Objects.requireNonNull(listener);
    }

    /** Writes the next tensor from floats, converted to its type. */
    public final void write(String name, float[] values) throws IOException {
        var info = next(name);
        if (values.length != info.elements()) {
            throw new IllegalArgumentException(
                    "tensor \"" + name + "\" has " + info.elements() + " elements, given " + values.length);
        }
        write(name, (from, count, dst, dstPos) -> System.arraycopy(values, (int) from, dst, dstPos, count));
    }

    /**
     * Writes the next tensor from floats that are asked for in pieces, converted to its type: F64, F32 exactly;
     * F16, BF16 rounded to nearest, ties to even; Q8_0, Q4_0, Q4_1, Q5_0 and Q5_1 as ggml quantises; Q4_K and Q6_K with a
     * search for the scales of least error of our own.
     *
     * @throws IllegalArgumentException if {@code name} is not the next tensor, its type is not writable, or a
     *     value cannot be stored in it
     * @throws IOException what the source throws, or if the file cannot be written
     */
    public final void write(String name, ElementSource source) throws IOException {
        var info = next(name);
        var encoder = TensorEncoder.find(info.dtype())
                .orElseThrow(() -> new IllegalArgumentException("tensor \"" + name
                        + "\": floats cannot be written as " + info.dtype() + ", expected one of "
                        + DType.writableNames()));
        begin(info);
        long elements = info.elements();
        var dtype = info.dtype();
        var floats = new float[(int) Math.min(CHUNK, elements)];
        var bytes = new byte[floats.length / dtype.blockSize() * dtype.blockBytes()];
        for (long done = 0; done < elements; done += floats.length) {
            int n = (int) Math.min(floats.length, elements - done);
            source.read(done, n, floats, 0);
            encoder.encode(floats, 0, n, bytes, 0);
            append(ByteBuffer.wrap(bytes, 0, n / dtype.blockSize() * dtype.blockBytes()));
        }
        end(info);
    }

    /** Writes the next tensor as bytes that are in its type already. */
    public final void writeBytes(String name, MemorySegment bytes) throws IOException {
        var info = next(name);
        if (bytes.byteSize() != info.byteSize()) {
            throw new IllegalArgumentException(
                    "tensor \"" + name + "\" takes " + info.byteSize() + " bytes, given " + bytes.byteSize());
        }
        begin(info);
        for (long done = 0; done < bytes.byteSize(); done += 1 << 20) {
            append(bytes.asSlice(done, Math.min(1 << 20, bytes.byteSize() - done))
                    .asByteBuffer());
        }
        end(info);
    }

    /**
     * Completes the file and moves it to its place, over a file that is there.
     *
     * @throws IllegalStateException if a declared tensor was not written
     */
    public final void finish() throws IOException {
        requireUsable();
        writeHeader();
        if (written < declared.size()) {
            throw new IllegalStateException(
                    "tensor \"" + declared.get(written).name + "\" was declared but not written");
        }
        pad(layout.fileSize);
        channel.force(true);
        channel.close();
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
        }
        finished = true;
    }

    /** Deletes what was written, unless it was finished; closing again does nothing. */
    @Override
    public final void close() throws IOException {
        if (!finished) {
            failed = true;
            channel.close();
            Files.deleteIfExists(temporary);
        }
    }

    final void requireHeaderOpen() {
        requireUsable();
        if (layout != null) {
            throw new IllegalStateException("the header is written already: declare tensors and metadata before data");
        }
    }

    private void requireUsable() {
        if (finished || failed) {
            throw new IllegalStateException(
                    finished ? target + " is finished" : target + ": writing failed or was given up");
        }
    }

    private TensorInfo next(String name) throws IOException {
        requireUsable();
        writeHeader();
        if (written == declared.size() || !declared.get(written).name.equals(name)) {
            throw new IllegalArgumentException("tensor \"" + name + "\" is not the next, expected "
                    + (written == declared.size() ? "no more tensors" : "\"" + declared.get(written).name + "\""));
        }
        return layout.tensors.get(written);
    }

    private void writeHeader() throws IOException {
        if (layout == null) {
            layout = layOut(List.copyOf(declared));
            failed = true;
            append(ByteBuffer.wrap(layout.header));
            failed = false;
        }
    }

    /** Until {@link #end}, any exception leaves a file that cannot be continued. */
    private void begin(TensorInfo info) throws IOException {
        failed = true;
        pad(info.offset());
    }

    private void end(TensorInfo info) {
        failed = false;
        written++;
        listener.accept(info);
    }

    private void pad(long end) throws IOException {
        append(ByteBuffer.allocate((int) (end - position)));
    }

    private void append(ByteBuffer bytes) throws IOException {
        position += bytes.remaining();
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
