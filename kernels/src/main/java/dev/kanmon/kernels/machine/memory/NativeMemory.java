package dev.kanmon.kernels.machine.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Blocks of data outside the heap. */
public final class NativeMemory {
    /** Where blocks begin: a cache line, and the longest register. */
    public static final long ALIGNMENT = 64;

    private NativeMemory() {}

    /**
     * A zeroed block, held by the garbage collector: it goes some time after its last segment. Any thread may use it.
     *
     * @param bytes at least 0
     * @throws IllegalArgumentException if negative
     * @throws OutOfMemoryError if the system has no more, or the JVM's limit is reached ({@code
     *     -XX:MaxDirectMemorySize}, by default the heap's)
     */
    public static MemorySegment allocate(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("allocate: " + bytes + " bytes, expected 0 or more");
        }
        return Arena.ofAuto().allocate(bytes, ALIGNMENT);
    }
}
