package dev.kanmon.formats;

import dev.kanmon.formats.codec.TensorCodec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * The elements of a tensor in an open file; valid until the file is closed, and an {@link
 * IllegalStateException} from any method but {@link #info} afterwards. Safe to use from several threads.
 */
public final class TensorView {
    private static final int TURNED_ROWS = 64;
    private static final ValueLayout.OfFloat STORED_FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final FileBytes file;
    private final String source;
    private final TensorInfo info;
    private final MemorySegment bytes;
    private final Check check;
    /** Whether the elements lie in the file, from the offset on, as they are. */
    private final boolean inPlace;
    /** The matrix whose rows are the columns of this one; null for elements that are stored in order. */
    private final TensorView turned;

    /** What must hold before elements are decoded, such as a checksum. */
    @FunctionalInterface
    interface Check {
        /** Nothing to check. */
        Check NONE = () -> {};

        /** Called before every read. */
        void run() throws ModelFormatException;
    }

    TensorView(FileBytes file, TensorInfo info) {
        this(file, info, file.bytes().asSlice(info.offset(), info.byteSize()), Check.NONE, true);
    }

    /** Elements that need not be, as they are, in one piece of the file. */
    TensorView(FileBytes file, TensorInfo info, MemorySegment bytes, Check check, boolean inPlace) {
        this.file = file;
        this.source = file.source();
        this.info = info;
        this.bytes = bytes.asReadOnly();
        this.check = check;
        this.inPlace = inPlace;
        this.turned = null;
    }

    private TensorView(TensorInfo info, TensorView turned) {
        this.file = turned.file;
        this.source = turned.source;
        this.info = info;
        this.bytes = null;
        this.check = turned.check;
        this.inPlace = false;
        this.turned = turned;
    }

    /** The same elements under another name. */
    TensorView renamed(TensorInfo as) {
        return turned == null ? new TensorView(file, as, bytes, check, inPlace) : new TensorView(as, turned);
    }

    /** A matrix with rows and columns exchanged, under another name; nothing is copied until it is read. */
    TensorView transposed(TensorInfo as) {
        return turned == null ? new TensorView(as, this) : turned.renamed(as);
    }

    /** Name, type and shape. */
    public TensorInfo info() {
        return info;
    }

    /**
     * The stored bytes, read-only, at whatever alignment the file has; valid until the file is closed. If the file has
     * them in another order or form, a copy. They are not compared with a checksum that the file may hold.
     */
    public MemorySegment bytes() {
        file.ensureOpen();
        if (turned == null) {
            return bytes;
        }
        long rows = info.shape().get(0);
        long columns = info.shape().get(1);
        return Strides.toRowMajor(
                        turned.bytes(), info.dtype().blockBytes(), new long[] {rows, columns}, new long[] {1, rows})
                .asReadOnly();
    }

    /**
     * All elements as floats: F64 rounded to nearest, the others exactly.
     *
     * @throws ModelFormatException if the type is not readable as floats, or has more elements than an array
     */
    public float[] toFloats() throws ModelFormatException {
        var floats = new float[arraySize()];
        read(0, floats.length, floats, 0);
        return floats;
    }

    /**
     * Some elements as floats, in row-major order; any range, also from the middle of a block.
     *
     * <p>Integers are refused however small they are: as weights they are quantised ones whose scale lies in
     * another tensor, and taking them for numbers would be a wrong model without a word. {@link #toLongs} reads
     * them.
     *
     * @param dst overwritten from {@code dstPos} on
     * @throws ModelFormatException if the type is not readable as floats
     * @throws IndexOutOfBoundsException if the range leaves the tensor or {@code dst}
     */
    public void read(long fromElement, int count, float[] dst, int dstPos) throws ModelFormatException {
        var codec = codec(fromElement, count, dst, dstPos);
        if (turned == null) {
            codec.decode(bytes, fromElement, count, dst, dstPos);
        } else {
            readTurned(codec, fromElement, count, dst, dstPos);
        }
    }

    /**
     * Some elements as floats, as {@link #read(long, int, float[], int)} gives them, into native memory or over an array.
     * What is stored as F32 in order is copied as it lies.
     *
     * @param dst overwritten from float {@code dstFloat} on, at any alignment
     * @throws ModelFormatException if the type is not readable as floats
     * @throws IndexOutOfBoundsException if the range leaves the tensor or {@code dst}
     */
    public void read(long fromElement, int count, MemorySegment dst, long dstFloat) throws ModelFormatException {
        Objects.checkFromIndexSize(fromElement, count, info.elements());
        if (info.dtype() == DType.F32 && turned == null) {
            file.ensureOpen();
            check.run();
            MemorySegment.copy(
                    bytes,
                    STORED_FLOAT,
                    fromElement * Float.BYTES,
                    dst,
                    ValueLayout.JAVA_FLOAT_UNALIGNED,
                    dstFloat * Float.BYTES,
                    count);
            return;
        }
        var floats = new float[count];
        read(fromElement, count, floats, 0);
        MemorySegment.copy(floats, 0, dst, ValueLayout.JAVA_FLOAT_UNALIGNED, dstFloat * Float.BYTES, count);
    }

    private TensorCodec codec(long fromElement, int count, float[] dst, int dstPos) throws ModelFormatException {
        Objects.checkFromIndexSize(fromElement, count, info.elements());
        Objects.checkFromIndexSize(dstPos, count, dst.length);
        var codec = TensorCodec.find(info.dtype());
        if (codec.isEmpty()) {
            throw ModelFormatException.at(
                    source,
                    info.offset(),
                    "tensor \"" + info.name() + "\" is " + info.dtype()
                            + ", expected a type that floats are read from: " + DType.readableNames());
        }
        file.ensureOpen();
        check.run();
        return codec.get();
    }

    /** Reads rows as columns of what is stored: a piece of every stored row, as long as there are rows to read. */
    private void readTurned(TensorCodec codec, long fromElement, int count, float[] dst, int dstPos) {
        long rows = info.shape().get(0);
        int columns = Math.toIntExact(info.shape().get(1));
        for (int done = 0; done < count; ) {
            long row = (fromElement + done) / columns;
            int skipped = (int) ((fromElement + done) % columns);
            // Some rows at a time, which stay in the cache while they are filled column by column.
            int n = (int) Math.min(TURNED_ROWS, (skipped + (long) count - done + columns - 1) / columns);
            float[] piece = new float[n];
            int taken = (int) Math.min((long) n * columns - skipped, count - done);
            for (int column = 0; column < columns; column++) {
                codec.decode(turned.bytes, column * rows + row, n, piece, 0);
                for (int r = 0; r < n; r++) {
                    int at = r * columns + column - skipped;
                    if (at >= 0 && at < taken) {
                        dst[dstPos + done + at] = piece[r];
                    }
                }
            }
            done += taken;
        }
    }

    /**
     * Some elements as {@link #read} gives them, for what is needed once: the file is read in slices instead of through
     * its mapping, whose pages would count as memory of this process. Elements that the file has in another order or form
     * are read as always.
     *
     * @param dst overwritten from {@code dstPos} on
     * @throws ModelFormatException if the type is not readable as floats
     * @throws IOException if the file cannot be read; a thread that is interrupted meanwhile leaves a file that cannot be
     *     read this way any more
     * @throws IndexOutOfBoundsException if the range leaves the tensor or {@code dst}
     */
    public void readOnce(long fromElement, int count, float[] dst, int dstPos) throws IOException {
        if (!inPlace) {
            read(fromElement, count, dst, dstPos);
            return;
        }
        var codec = codec(fromElement, count, dst, dstPos);
        int blockSize = info.dtype().blockSize();
        int blockBytes = info.dtype().blockBytes();
        int blocks = FileBytes.SLICE / blockBytes;
        for (int done = 0; done < count; ) {
            long block = (fromElement + done) / blockSize;
            int skip = (int) ((fromElement + done) % blockSize);
            int n = Math.min(count - done, blocks * blockSize - skip);
            int at = dstPos + done;
            file.read(
                    info.offset() + block * blockBytes,
                    Math.ceilDiv(skip + n, blockSize) * blockBytes,
                    slice -> codec.decode(slice, skip, n, dst, at));
            done += n;
        }
    }

    /**
     * All elements of an integer type; BOOL as 0 and 1, U64 as the same 64 bits.
     *
     * @throws ModelFormatException if the type is not an integer, or has more elements than an array
     */
    public long[] toLongs() throws ModelFormatException {
        if (!info.dtype().isInteger()) {
            throw ModelFormatException.at(
                    source,
                    info.offset(),
                    "tensor \"" + info.name() + "\" is " + info.dtype() + ", expected an integer type");
        }
        var longs = new long[arraySize()];
        var bytes = bytes();
        check.run();
        int size = info.dtype().blockBytes();
        var chunk = ByteBuffer.allocate(TensorCodec.CHUNK * size).order(ByteOrder.LITTLE_ENDIAN);
        for (int done = 0; done < longs.length; done += TensorCodec.CHUNK) {
            int n = Math.min(TensorCodec.CHUNK, longs.length - done);
            MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, (long) done * size, chunk.array(), 0, n * size);
            for (int i = 0; i < n; i++) {
                longs[done + i] = integer(chunk, i * size);
            }
        }
        return longs;
    }

    private long integer(ByteBuffer chunk, int at) {
        boolean signed = info.dtype().kind() == DType.Kind.SIGNED;
        return switch (info.dtype().blockBytes()) {
            case Long.BYTES -> chunk.getLong(at);
            case Integer.BYTES -> signed ? chunk.getInt(at) : Integer.toUnsignedLong(chunk.getInt(at));
            case Short.BYTES -> signed ? chunk.getShort(at) : Short.toUnsignedLong(chunk.getShort(at));
            default ->
                info.dtype().kind() == DType.Kind.BOOLEAN
                        ? chunk.get(at) == 0 ? 0 : 1
                        : signed ? chunk.get(at) : Byte.toUnsignedLong(chunk.get(at));
        };
    }

    private int arraySize() throws ModelFormatException {
        if (info.elements() > Integer.MAX_VALUE - 8) {
            throw ModelFormatException.at(
                    source,
                    info.offset(),
                    "tensor \"" + info.name() + "\" has " + info.elements() + " elements, expected at most "
                            + (Integer.MAX_VALUE - 8) + " to fit an array");
        }
        return (int) info.elements();
    }
}
