package dev.kanmon.train.model;

import dev.kanmon.kernels.Kernels;
import java.lang.foreign.MemorySegment;

/** Memory of the kernels that grows to what is asked for and is kept for the next step. */
final class Buffer {

    private final Kernels kernels;
    private MemorySegment memory;

    Buffer(Kernels kernels) {
        this.kernels = kernels;
    }

    /** At least {@code floats} numbers, left from the last use or zeros where it had to grow. */
    MemorySegment floats(long floats) {
        if (memory == null || memory.byteSize() < floats * Float.BYTES) {
            memory = kernels.allocate(floats + floats / 8);
        }
        return memory;
    }

    /** What was asked for last. */
    MemorySegment get() {
        return memory;
    }
}
