package dev.kanmon.kernels.common;

import java.lang.foreign.MemorySegment;

/**
 * Heap segments as array and offset. Loops over a {@code float[]} are fast in the interpreter and in C1 as well, where
 * a segment's access is a long chain of calls.
 */
public final class Heap {
    private static final float[] NONE = {};

    private Heap() {}

    /** A zeroed segment over a new {@code float[]}. */
    public static MemorySegment allocate(long floats) {
        if (floats < 0 || floats > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("allocate: " + floats + " floats, expected 0 to "
                    + (Integer.MAX_VALUE - 8) + ", which one array holds");
        }
        return MemorySegment.ofArray(new float[(int) floats]);
    }

    /** The array under a segment that {@link Checks} has let pass; an empty one for null. */
    public static float[] array(MemorySegment segment) {
        return segment == null ? NONE : (float[]) segment.heapBase().orElseThrow();
    }

    /** Where in {@link #array} the segment begins; 0 for null. */
    public static int offset(MemorySegment segment) {
        return segment == null ? 0 : (int) (segment.address() / Float.BYTES);
    }
}
