package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Turns the stored elements of one {@link DType} into floats; stateless, safe to share. */
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

    /** The codec of a type; empty for types whose elements are not real numbers, or lie in no defined order. */
    static Optional<TensorCodec> find(DType type) {
        return Optional.ofNullable(
                switch (type) {
                    case F64 -> F64Codec.INSTANCE;
                    case F32 -> F32Codec.INSTANCE;
                    case F16 -> F16Codec.INSTANCE;
                    case BF16 -> Bf16Codec.INSTANCE;
                    case F8_E4M3 -> F8Codec.E4M3;
                    case F8_E5M2 -> F8Codec.E5M2;
                    case F8_E8M0 -> F8Codec.E8M0;
                    case F8_E4M3FNUZ -> F8Codec.E4M3FNUZ;
                    case F8_E5M2FNUZ -> F8Codec.E5M2FNUZ;
                    case F4 -> F4Codec.INSTANCE;
                    case Q8_0 -> Q80Codec.INSTANCE;
                    case Q4_0 -> Q40Codec.INSTANCE;
                    case Q4_1 -> Q41Codec.INSTANCE;
                    case Q5_0 -> Q50Codec.INSTANCE;
                    case Q5_1 -> Q51Codec.INSTANCE;
                    case Q2_K -> Q2KCodec.INSTANCE;
                    case Q3_K -> Q3KCodec.INSTANCE;
                    case Q4_K -> Q4KCodec.INSTANCE;
                    case Q5_K -> Q5KCodec.INSTANCE;
                    case Q6_K -> Q6KCodec.INSTANCE;
                    case IQ2_XXS -> Iq2XxsCodec.INSTANCE;
                    case IQ2_XS -> Iq2XsCodec.INSTANCE;
                    case IQ2_S -> Iq2SCodec.INSTANCE;
                    case IQ3_XXS -> Iq3XxsCodec.INSTANCE;
                    case IQ3_S -> Iq3SCodec.INSTANCE;
                    case IQ1_S -> Iq1SCodec.INSTANCE;
                    case IQ1_M -> Iq1MCodec.INSTANCE;
                    case IQ4_NL -> Iq4NlCodec.INSTANCE;
                    case IQ4_XS -> Iq4XsCodec.INSTANCE;
                    case TQ1_0 -> Tq1Codec.INSTANCE;
                    case TQ2_0 -> Tq2Codec.INSTANCE;
                    case MXFP4 -> Mxfp4Codec.INSTANCE;
                    case NVFP4 -> Nvfp4Codec.INSTANCE;
                    case Q1_0 -> Q10Codec.INSTANCE;
                    case Q2_0 -> Q20Codec.INSTANCE;
                    case I64, I32, I16, I8, U64, U32, U16, U8, BOOL, C64, F6_E2M3, F6_E3M2 -> null;
                });
    }
}
