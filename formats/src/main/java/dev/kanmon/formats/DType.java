package dev.kanmon.formats;

import dev.kanmon.formats.codec.TensorCodec;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How the elements of a tensor are stored: little-endian scalars, or ggml's blocks of elements that share a
 * scale. A row (the last dimension) holds whole blocks only.
 *
 * <p>Sizes and ids of the block types are those of ggml's type table ({@code ggml/src/ggml.c}, {@code
 * type_traits}) and {@code ggml.h}, {@code enum ggml_type}. Types that only appear inside a matrix product
 * there (Q8_1, Q8_K) are not stored in files and not listed; the ids 4, 5, 31 to 33 and 36 to 38 were removed.
 */
public enum DType {
    /** IEEE 754 binary64. */
    F64(28, true, 1, 8),
    /** IEEE 754 binary32. */
    F32(0, true, 1, 4),
    /** IEEE 754 binary16. */
    F16(1, true, 1, 2),
    /** The upper half of a binary32. */
    BF16(30, true, 1, 2),
    /** 64-bit integer. */
    I64(27, true, 1, 8),
    /** 32-bit integer. */
    I32(26, true, 1, 4),
    /** 16-bit integer. */
    I16(25, true, 1, 2),
    /** 8-bit integer. */
    I8(24, true, 1, 1),
    /** Unsigned 64-bit integer. */
    U64(-1, true, 1, 8),
    /** Unsigned 32-bit integer. */
    U32(-1, true, 1, 4),
    /** Unsigned 16-bit integer. */
    U16(-1, true, 1, 2),
    /** Unsigned 8-bit integer. */
    U8(-1, true, 1, 1),
    /** A byte; any value but 0 is true. */
    BOOL(-1, true, 1, 1),
    /** 8-bit float, 4 bits of exponent. */
    F8_E4M3(-1, true, 1, 1),
    /** 8-bit float, 5 bits of exponent. */
    F8_E5M2(-1, true, 1, 1),
    /** 8-bit power of two. */
    F8_E8M0(-1, true, 1, 1),
    /** Two F32: real and imaginary part. */
    C64(-1, true, 1, 8),
    /** 32 elements: F16 scale, 8-bit integers. */
    Q8_0(8, false, 32, 34),
    /** 32 elements of 4 bits with a scale. */
    Q4_0(2, false, 32, 18),
    /** 32 elements of 4 bits with scale and minimum. */
    Q4_1(3, false, 32, 20),
    /** 32 elements of 5 bits with a scale. */
    Q5_0(6, false, 32, 22),
    /** 32 elements of 5 bits with scale and minimum. */
    Q5_1(7, false, 32, 24),
    /** K-quant of 2 bits. */
    Q2_K(10, false, 256, 84),
    /** K-quant of 3 bits. */
    Q3_K(11, false, 256, 110),
    /** K-quant of 4 bits. */
    Q4_K(12, false, 256, 144),
    /** K-quant of 5 bits. */
    Q5_K(13, false, 256, 176),
    /** K-quant of 6 bits. */
    Q6_K(14, false, 256, 210),
    /** Codebook type of 2.06 bits. */
    IQ2_XXS(16, false, 256, 66),
    /** Codebook type of 2.31 bits. */
    IQ2_XS(17, false, 256, 74),
    /** Codebook type of 2.5 bits. */
    IQ2_S(22, false, 256, 82),
    /** Codebook type of 3.06 bits. */
    IQ3_XXS(18, false, 256, 98),
    /** Codebook type of 3.44 bits. */
    IQ3_S(21, false, 256, 110),
    /** Codebook type of 1.56 bits. */
    IQ1_S(19, false, 256, 50),
    /** Codebook type of 1.75 bits. */
    IQ1_M(29, false, 256, 56),
    /** 4 bits, non-linear levels. */
    IQ4_NL(20, false, 32, 18),
    /** 4 bits, non-linear levels, scales in super-blocks. */
    IQ4_XS(23, false, 256, 136),
    /** Ternary, 1.69 bits. */
    TQ1_0(34, false, 256, 54),
    /** Ternary, 2.06 bits. */
    TQ2_0(35, false, 256, 66),
    /** OCP microscaling FP4: 32 elements, E8M0 scale. */
    MXFP4(39, false, 32, 17),
    /** NVIDIA FP4: 64 elements, four 8-bit scales. */
    NVFP4(40, false, 64, 36);

    private final int ggmlId;
    private final boolean scalar;
    private final int blockSize;
    private final int blockBytes;

    DType(int ggmlId, boolean scalar, int blockSize, int blockBytes) {
        this.ggmlId = ggmlId;
        this.scalar = scalar;
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
    }

    /** The id in a GGUF file, or -1 for a type that GGUF does not have. */
    public int ggmlId() {
        return ggmlId;
    }

    /** Whether safetensors has the type; all scalar types. */
    public boolean inSafetensors() {
        return scalar;
    }

    /** Elements in a block; 1 for a scalar type. */
    public int blockSize() {
        return blockSize;
    }

    /** Bytes of a block, or of an element of a scalar type. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Whether elements are whole numbers (or booleans), which {@link TensorView#toLongs} reads. */
    public boolean isInteger() {
        return switch (this) {
            case I64, I32, I16, I8, U64, U32, U16, U8, BOOL -> true;
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
                    NVFP4 -> false;
        };
    }

    /** Whether {@link TensorView} can decode elements to floats. */
    public boolean isReadable() {
        return TensorCodec.find(this).isPresent();
    }

    /** Whether a writer can encode floats. */
    public boolean isWritable() {
        return TensorCodec.find(this).isPresent();
    }

    /**
     * Bytes of a tensor.
     *
     * @param shape each dimension at least 0; empty for a scalar, which is one element
     * @throws IllegalArgumentException if a dimension is negative or a row is not a whole number of blocks; the
     *     message is fit for the detail of a {@link ModelFormatException}
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
        long row = shape.length == 0 ? 1 : shape[shape.length - 1];
        if (row % blockSize != 0) {
            throw new IllegalArgumentException(
                    "a row of " + row + " elements, expected a multiple of " + blockSize + " for " + this);
        }
        return Math.multiplyExact(elements / blockSize, (long) blockBytes);
    }

    /** The type that a safetensors header calls so; names are in upper case. */
    public static Optional<DType> ofSafetensors(String name) {
        return Arrays.stream(values())
                .filter(type -> type.scalar && type.name().equals(name))
                .findFirst();
    }

    /** The type with this id in a GGUF file. */
    public static Optional<DType> ofGgml(int id) {
        return id < 0
                ? Optional.empty()
                : Arrays.stream(values()).filter(type -> type.ggmlId == id).findFirst();
    }

    static String safetensorsNames() {
        return Arrays.stream(values())
                .filter(DType::inSafetensors)
                .map(DType::name)
                .collect(Collectors.joining(", "));
    }

    /** The types that {@link #isReadable}, by name and separated by commas, for messages. */
    public static String readableNames() {
        return Arrays.stream(values())
                .filter(DType::isReadable)
                .map(DType::name)
                .collect(Collectors.joining(", "));
    }
}
