package dev.kanmon.formats;

import dev.kanmon.formats.codec.TensorCodec;
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
    private final FileBytes file;
    private final String source;
    private final TensorInfo info;
    private final MemorySegment bytes;
    private final Check check;

    /** What must hold before elements are decoded, such as a checksum. */
    @FunctionalInterface
    interface Check {
        /** Nothing to check. */
        Check NONE = () -> {};

        /** Called before every read. */
        void run() throws ModelFormatException;
    }

    TensorView(FileBytes file, TensorInfo info) {
        this(file, info, file.bytes().asSlice(info.offset(), info.byteSize()), Check.NONE);
    }

    /** Elements that are not, as they are, in one piece of the file. */
    TensorView(FileBytes file, TensorInfo info, MemorySegment bytes, Check check) {
        this.file = file;
        this.source = file.source();
        this.info = info;
        this.bytes = bytes.asReadOnly();
        this.check = check;
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
        return bytes;
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
     * @param dst overwritten from {@code dstPos} on
     * @throws ModelFormatException if the type is not readable as floats
     * @throws IndexOutOfBoundsException if the range leaves the tensor or {@code dst}
     */
    public void read(long fromElement, int count, float[] dst, int dstPos) throws ModelFormatException {
        Objects.checkFromIndexSize(fromElement, count, info.elements());
        Objects.checkFromIndexSize(dstPos, count, dst.length);
        var codec = TensorCodec.find(info.dtype());
        if (codec.isEmpty()) {
            throw ModelFormatException.at(
                    source,
                    info.offset(),
                    "tensor \"" + info.name() + "\" is " + info.dtype()
                            + (info.dtype().isInteger() ? "" : ", which is not readable yet") + ", expected one of "
                            + DType.readableNames());
        }
        file.ensureOpen();
        check.run();
        codec.get().decode(bytes, fromElement, count, dst, dstPos);
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
        file.ensureOpen();
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
        return switch (info.dtype()) {
            case I64, U64 -> chunk.getLong(at);
            case I32 -> chunk.getInt(at);
            case U32 -> Integer.toUnsignedLong(chunk.getInt(at));
            case I16 -> chunk.getShort(at);
            case U16 -> Short.toUnsignedLong(chunk.getShort(at));
            case I8 -> chunk.get(at);
            case U8 -> Byte.toUnsignedLong(chunk.get(at));
            case BOOL -> chunk.get(at) == 0 ? 0 : 1;
            case F64,
                    F32,
                    F16,
                    BF16,
                    F8_E4M3,
                    F8_E5M2,
                    F8_E8M0,
                    C64,
                    Q8_0,
                    Q4_0,
                    Q4_1,
                    Q5_0,
                    Q5_1,
                    Q2_K,
                    Q3_K,
                    Q4_K,
                    Q5_K,
                    Q6_K,
                    IQ2_XXS,
                    IQ2_XS,
                    IQ2_S,
                    IQ3_XXS,
                    IQ3_S,
                    IQ1_S,
                    IQ1_M,
                    IQ4_NL,
                    IQ4_XS,
                    TQ1_0,
                    TQ2_0,
                    MXFP4,
                    NVFP4 -> throw new IllegalStateException(info.dtype() + " is not an integer type");
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
