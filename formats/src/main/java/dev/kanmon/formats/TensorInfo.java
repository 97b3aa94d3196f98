package dev.kanmon.formats;

import java.util.List;

/**
 * What a file says about a tensor; the file has checked it.
 *
 * @param name as in the file
 * @param dtype how elements are stored
 * @param shape row-major in Hugging Face order, the last dimension contiguous, whatever the file's own
 *     order; empty for a scalar
 * @param offset of the first byte, from the start of the file
 * @param byteSize stored bytes
 */
public record TensorInfo(String name, DType dtype, List<Long> shape, long offset, long byteSize) {
    /** Copies the shape. */
    public TensorInfo {
        shape = List.copyOf(shape);
    }

    /** The number of elements; 1 for a scalar. */
    public long elements() {
        return byteSize / dtype.blockBytes() * dtype.blockSize();
    }
}
