package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;
import java.util.Optional;

/** A codec that also turns floats into stored elements. */
public interface TensorEncoder extends TensorCodec {
    /**
     * Encodes whole blocks.
     *
     * @param count a multiple of the block size
     * @param dst receives {@code count / blockSize * blockBytes} bytes
     * @throws IllegalArgumentException if a value cannot be stored, as NaN in a block type
     */
    void encode(float[] src, int srcPos, int count, byte[] dst, int dstPos);

    /** The encoder of a type; empty for types that are only read. */
    static Optional<TensorEncoder> find(DType type) {
        return TensorCodec.find(type).filter(TensorEncoder.class::isInstance).map(TensorEncoder.class::cast);
    }
}
