package dev.kanmon.kernels.machine;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.kanmon.kernels.machine.memory.NativeMemory;
import dev.kanmon.kernels.machine.memory.Routine;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The parameters of a call, in slots of eight bytes outside the heap. Each thread has one, so a block is filled and
 * called before another operation of the same thread fills it again. Segments stay alive until the next call has
 * returned, whoever else lets go: code knows their addresses only, which the garbage collector does not see. Whoever calls
 * again with what a slot still holds keeps its segment alive.
 */
public final class CallBlock {
    /** Slots of a block. */
    public static final int SLOTS = 64;

    private static final ThreadLocal<CallBlock> OF_THREAD = ThreadLocal.withInitial(CallBlock::new);

    private final MemorySegment slots = NativeMemory.allocate(SLOTS * Long.BYTES);
    private final long address = slots.address();

    /** What was set; an array, since each access to a segment takes microseconds before it is compiled. */
    private final long[] values = new long[SLOTS];

    /** The slots that were set since the last call lie from here on. */
    private int firstSet = SLOTS;

    private int endOfSet;

    private final MemorySegment[] held = new MemorySegment[SLOTS];

    private CallBlock() {}

    /** This thread's block; slots hold what they were set to last. */
    public static CallBlock ofThread() {
        return OF_THREAD.get();
    }

    /** Sets a slot to a whole number. */
    public CallBlock set(int slot, long value) {
        values[slot] = value;
        held[slot] = null;
        firstSet = Math.min(firstSet, slot);
        endOfSet = Math.max(endOfSet, slot + 1);
        return this;
    }

    /** Sets a slot to where a segment begins; 0 for null. */
    public CallBlock set(int slot, MemorySegment segment) {
        set(slot, segment == null ? 0 : segment.address());
        held[slot] = segment;
        return this;
    }

    /** Sets the lower half of a slot to a float, and the upper to 0. */
    public CallBlock set(int slot, float value) {
        return set(slot, Float.floatToRawIntBits(value) & 0xFFFF_FFFFL);
    }

    /** Calls a routine with this block; slots stay as they are, for another call. */
    public void call(Routine routine) {
        if (firstSet < endOfSet) {
            long at = (long) firstSet * Long.BYTES;
            MemorySegment.copy(values, firstSet, slots, JAVA_LONG, at, endOfSet - firstSet);
        }
        routine.call(address);
        if (firstSet < endOfSet) {
            // a thread that rests must not hold the memory of a model that is closed
            Arrays.fill(held, firstSet, endOfSet, null);
            firstSet = SLOTS;
            endOfSet = 0;
        }
    }
}
