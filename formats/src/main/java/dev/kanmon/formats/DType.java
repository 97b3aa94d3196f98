package dev.kanmon.formats;

import dev.kanmon.formats.codec.TensorCodec;
import dev.kanmon.formats.codec.TensorEncoder;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * How the elements of a tensor are stored: little-endian scalars, or ggml's blocks of elements that share a
 * scale, of which a row (the last dimension) holds whole ones only.
 *
 * <p>The scalars are those of safetensors 0.8 (<a
 * href="https://github.com/huggingface/safetensors/blob/24b0b2857fef49be734b9ab72ce97c09bb25f5b9/safetensors/src/tensor.rs#L811">tensor.rs</a>,
 * {@code enum Dtype}); some are smaller than a byte and packed, so that a tensor fills whole bytes. Ids of
 * the block types are those of <a
 * href="https://github.com/ggml-org/ggml/blob/d99724f2b141fed9e1a9f402213506c081433465/include/ggml.h#L389">{@code
 * enum ggml_type}</a>, their sizes those of {@code ggml-common.h}. Types that only appear inside a matrix
 * product there (Q8_1, Q8_K) are not stored in files and not listed; the ids 4, 5, 31 to 33 and 36 to 38 were
 * removed.
 */
public enum DType {
    /** IEEE 754 binary64. */
    F64(28, Kind.FLOAT, 1, 8),
    /** IEEE 754 binary32. */
    F32(0, Kind.FLOAT, 1, 4),
    /** IEEE 754 binary16. */
    F16(1, Kind.FLOAT, 1, 2),
    /** The upper half of a binary32. */
    BF16(30, Kind.FLOAT, 1, 2),
    /** 64-bit integer. */
    I64(27, Kind.SIGNED, 1, 8),
    /** 32-bit integer. */
    I32(26, Kind.SIGNED, 1, 4),
    /** 16-bit integer. */
    I16(25, Kind.SIGNED, 1, 2),
    /** 8-bit integer. */
    I8(24, Kind.SIGNED, 1, 1),
    /** Unsigned 64-bit integer. */
    U64(-1, Kind.UNSIGNED, 1, 8),
    /** Unsigned 32-bit integer. */
    U32(-1, Kind.UNSIGNED, 1, 4),
    /** Unsigned 16-bit integer. */
    U16(-1, Kind.UNSIGNED, 1, 2),
    /** Unsigned 8-bit integer. */
    U8(-1, Kind.UNSIGNED, 1, 1),
    /** A byte; any value but 0 is true. */
    BOOL(-1, Kind.BOOLEAN, 1, 1),
    /** OCP 8-bit float of 4 bits of exponent, 3 of mantissa: NaN but no infinity (PyTorch's e4m3fn). */
    F8_E4M3(-1, Kind.FLOAT, 1, 1),
    /** OCP 8-bit float of 5 bits of exponent, 2 of mantissa: the upper half of a binary16. */
    F8_E5M2(-1, Kind.FLOAT, 1, 1),
    /** OCP 8-bit power of two, a scale; 255 is NaN. */
    F8_E8M0(-1, Kind.FLOAT, 1, 1),
    /** 8-bit float of 4 bits of exponent with bias 8: no infinity, and NaN where -0 would be. */
    F8_E4M3FNUZ(-1, Kind.FLOAT, 1, 1),
    /** 8-bit float of 5 bits of exponent with bias 16: no infinity, and NaN where -0 would be. */
    F8_E5M2FNUZ(-1, Kind.FLOAT, 1, 1),
    /** OCP 6-bit float of 2 bits of exponent, four in three bytes; in which order, the format does not say. */
    F6_E2M3(-1, Kind.FLOAT, 4, 3),
    /** OCP 6-bit float of 3 bits of exponent, four in three bytes; in which order, the format does not say. */
    F6_E3M2(-1, Kind.FLOAT, 4, 3),
    /** OCP 4-bit float (E2M1), two in a byte, the first in the lower half as PyTorch has it. */
    F4(-1, Kind.FLOAT, 2, 1),
    /** Two F32: real and imaginary part. */
    C64(-1, Kind.COMPLEX, 1, 8),
    /** 32 elements: F16 scale, 8-bit integers. */
    Q8_0(8, Kind.BLOCK, 32, 34),
    /** 32 elements of 4 bits with a scale. */
    Q4_0(2, Kind.BLOCK, 32, 18),
    /** 32 elements of 4 bits with scale and minimum. */
    Q4_1(3, Kind.BLOCK, 32, 20),
    /** 32 elements of 5 bits with a scale. */
    Q5_0(6, Kind.BLOCK, 32, 22),
    /** 32 elements of 5 bits with scale and minimum. */
    Q5_1(7, Kind.BLOCK, 32, 24),
    /** K-quant of 2 bits. */
    Q2_K(10, Kind.BLOCK, 256, 84),
    /** K-quant of 3 bits. */
    Q3_K(11, Kind.BLOCK, 256, 110),
    /** K-quant of 4 bits. */
    Q4_K(12, Kind.BLOCK, 256, 144),
    /** K-quant of 5 bits. */
    Q5_K(13, Kind.BLOCK, 256, 176),
    /** K-quant of 6 bits. */
    Q6_K(14, Kind.BLOCK, 256, 210),
    /** Codebook type of 2.06 bits. */
    IQ2_XXS(16, Kind.BLOCK, 256, 66),
    /** Codebook type of 2.31 bits. */
    IQ2_XS(17, Kind.BLOCK, 256, 74),
    /** Codebook type of 2.5 bits. */
    IQ2_S(22, Kind.BLOCK, 256, 82),
    /** Codebook type of 3.06 bits. */
    IQ3_XXS(18, Kind.BLOCK, 256, 98),
    /** Codebook type of 3.44 bits. */
    IQ3_S(21, Kind.BLOCK, 256, 110),
    /** Codebook type of 1.56 bits. */
    IQ1_S(19, Kind.BLOCK, 256, 50),
    /** Codebook type of 1.75 bits. */
    IQ1_M(29, Kind.BLOCK, 256, 56),
    /** 4 bits, non-linear levels. */
    IQ4_NL(20, Kind.BLOCK, 32, 18),
    /** 4 bits, non-linear levels, scales in super-blocks. */
    IQ4_XS(23, Kind.BLOCK, 256, 136),
    /** Ternary, 1.69 bits. */
    TQ1_0(34, Kind.BLOCK, 256, 54),
    /** Ternary, 2.06 bits. */
    TQ2_0(35, Kind.BLOCK, 256, 66),
    /** OCP microscaling FP4: 32 elements, E8M0 scale. */
    MXFP4(39, Kind.BLOCK, 32, 17),
    /** NVIDIA FP4: 64 elements, four 8-bit scales. */
    NVFP4(40, Kind.BLOCK, 64, 36),
    /** 128 elements of one bit, the sign, with a scale. */
    Q1_0(41, Kind.BLOCK, 128, 18),
    /** 64 elements of 2 bits, the levels -1 to 2, with a scale. */
    Q2_0(42, Kind.BLOCK, 64, 18);

    /** What an element is. */
    enum Kind {
        FLOAT,
        SIGNED,
        UNSIGNED,
        BOOLEAN,
        COMPLEX,
        BLOCK
    }

    private final int ggmlId;
    private final Kind kind;
    private final int blockSize;
    private final int blockBytes;

    DType(int ggmlId, Kind kind, int blockSize, int blockBytes) {
        this.ggmlId = ggmlId;
        this.kind = kind;
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
    }

    /** The id in a GGUF file, or -1 for a type that GGUF does not have. */
    public int ggmlId() {
        return ggmlId;
    }

    /** Whether safetensors has the type; all scalar types. */
    public boolean inSafetensors() {
        return kind != Kind.BLOCK;
    }

    Kind kind() {
        return kind;
    }

    /** Elements in a block; 1 for a scalar type, unless several share bytes. */
    public int blockSize() {
        return blockSize;
    }

    /** Bytes of a block, or of the {@link #blockSize} elements of a scalar type. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Whether elements are whole numbers (or booleans), which {@link TensorView#toLongs} reads. */
    public boolean isInteger() {
        return switch (kind) {
            case SIGNED, UNSIGNED, BOOLEAN -> true;
            case FLOAT, COMPLEX, BLOCK -> false;
        };
    }

    /**
     * Whether {@link TensorView} can decode elements to floats: all but integers, which {@link
     * TensorView#toLongs} reads, C64, and the two types of 6 bits.
     */
    public boolean isReadable() {
        return TensorCodec.find(this).isPresent();
    }

    /** Whether a writer can encode floats; whole bytes ({@link TensorWriter#writeBytes}) it takes of any type. */
    public boolean isWritable() {
        return TensorEncoder.find(this).isPresent();
    }

    /**
     * Bytes of a tensor.
     *
     * @param shape each dimension at least 0; empty for a scalar, which is one element
     * @throws IllegalArgumentException if a dimension is negative, a row is not a whole number of blocks, or
     *     packed scalars do not fill whole bytes; the message is fit for the detail of a {@link
     *     ModelFormatException}
     * @throws ArithmeticException if the size exceeds a long
     */
    public long byteSize(long... shape) {
        long elements = 1;
        for (long dimension : shape) {
            if (dimension < 0) {
                throw new IllegalArgumentException(
                        "dimension " + dimension + " of shape " + Arrays.toString(shape) + ", expected at least 0");
            }
            elements = Math.multiplyExact(elements, dimension);
        }
        if (kind != Kind.BLOCK && elements % blockSize != 0) {
            throw new IllegalArgumentException(elements + " elements of " + Arrays.toString(shape)
                    + ", expected a multiple of " + blockSize + " for " + this);
        }
        long row = shape.length == 0 ? 1 : shape[shape.length - 1];
        if (kind == Kind.BLOCK && row % blockSize != 0) {
            throw new IllegalArgumentException(
                    "a row of " + row + " elements, expected a multiple of " + blockSize + " for " + this);
        }
        return Math.multiplyExact(elements / blockSize, (long) blockBytes);
    }

    /** The type that a safetensors header calls so; names are in upper case. */
    public static Optional<DType> ofSafetensors(String name) {
        return Arrays.stream(values())
                .filter(type -> type.inSafetensors() && type.name().equals(name))
                .findFirst();
    }

    /** The type with this id in a GGUF file. */
    public static Optional<DType> ofGgml(int id) {
        return id < 0
                ? Optional.empty()
                : Arrays.stream(values()).filter(type -> type.ggmlId == id).findFirst();
    }

    static String safetensorsNames() {
        return names(DType::inSafetensors);
    }

    /** The types that {@link #isReadable}, by name and separated by commas, for messages. */
    public static String readableNames() {
        return names(DType::isReadable);
    }

    /** The types that {@link #isWritable}, by name and separated by commas, for messages. */
    public static String writableNames() {
        return names(DType::isWritable);
    }

    private static String names(Predicate<DType> which) {
        return Arrays.stream(values()).filter(which).map(DType::name).collect(Collectors.joining(", "));
    }
}
