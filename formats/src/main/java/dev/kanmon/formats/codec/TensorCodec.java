package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Turns the stored elements of one {@link DType} into floats and back; stateless, safe to share. */
public interface TensorCodec {
    /** Elements converted at a time: scratch stays within the first-level cache. */
    int CHUNK = 4096;

    /**
     * Decodes {@code count} elements from {@code firstElement} on.
     *
     * @param data all bytes of the tensor, at any alignment
     * @param firstElement need not be the first of a block
     */
    void decode(MemorySegment data, long firstElement, int count, float[] dst, int dstPos);

    /**
     * Encodes whole blocks.
     *
     * @param count a multiple of the block size
     * @param dst receives {@code count / blockSize * blockBytes} bytes
     * @throws IllegalArgumentException if a value cannot be stored, as NaN in a block type
     */
    void encode(float[] src, int srcPos, int count, byte[] dst, int dstPos);

    /** The codec of a type; empty for integers and for types that are known but not readable yet. */
    static Optional<TensorCodec> find(DType type) {
        return switch (type) {
            case F64 -> Optional.of(F64Codec.INSTANCE);
            case F32 -> Optional.of(F32Codec.INSTANCE);
            case F16 -> Optional.of(F16Codec.INSTANCE);
            case BF16 -> Optional.of(Bf16Codec.INSTANCE);
            case Q8_0 -> Optional.of(Q80Codec.INSTANCE);
            case I64,
                    I32,
                    I16,
                    I8,
                    U64,
                    U32,
                    U16,
                    U8,
                    BOOL,
                    F8_E4M3,
                    F8_E5M2,
                    F8_E8M0,
                    C64,
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
                    NVFP4 -> Optional.empty();
        };
    }
}
