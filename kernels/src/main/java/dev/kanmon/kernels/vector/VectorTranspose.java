package dev.kanmon.kernels.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Transposes blocks of {@link Lanes#LENGTH} squared. In the step of distance d, two rows that lie d apart exchange their
 * lanes: the lower row's with bit d set for the upper row's without it. After the steps of all bits, row and column have
 * changed places. Two steps go together, on four rows in registers.
 */
final class VectorTranspose {
    private static final int LANES = Lanes.LENGTH;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    /** Longer vectors than any x86 has would need steps of their own. */
    private static final boolean KNOWN = LANES == 4 || LANES == 8 || LANES == 16;

    private static final VectorMask<Float> UPPER_8 = upper(8);
    private static final VectorMask<Float> UPPER_4 = upper(4);
    private static final VectorMask<Float> UPPER_2 = upper(2);
    private static final VectorMask<Float> UPPER_1 = upper(1);

    private VectorTranspose() {}

    /**
     * Brings a block of {@code x} into {@code t}, transposed, and zeros where there is no such row or column.
     *
     * @param at where the block begins, in bytes
     * @param stride from row to row, in bytes
     * @param rows of the block, at most the lanes
     * @param columns likewise
     * @param t lanes squared
     */
    static void block(MemorySegment x, long at, long stride, int rows, int columns, float[] t) {
        if (!KNOWN || rows < LANES || columns < LANES) {
            Arrays.fill(t, 0);
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    t[j * LANES + i] = x.get(JAVA_FLOAT, at + i * stride + 4L * j);
                }
            }
            return;
        }
        switch (LANES) {
            case 16 -> load8And4(x, at, stride, t);
            case 8 -> load4(x, at, stride, t);
            default -> load(x, at, stride, t);
        }
        steps2And1(t);
    }

    private static void load8And4(MemorySegment x, long at, long stride, float[] t) {
        for (int i = 0; i < 4; i++) {
            var a = FloatVector.fromMemorySegment(Lanes.SPECIES, x, at + i * stride, ORDER);
            var b = FloatVector.fromMemorySegment(Lanes.SPECIES, x, at + (i + 4) * stride, ORDER);
            var c = FloatVector.fromMemorySegment(Lanes.SPECIES, x, at + (i + 8) * stride, ORDER);
            var d = FloatVector.fromMemorySegment(Lanes.SPECIES, x, at + (i + 12) * stride, ORDER);
            var a8 = a.blend(c.rearrange(Lanes.SWAP_8), UPPER_8);
            var b8 = b.blend(d.rearrange(Lanes.SWAP_8), UPPER_8);
            var c8 = a.rearrange(Lanes.SWAP_8).blend(c, UPPER_8);
            var d8 = b.rearrange(Lanes.SWAP_8).blend(d, UPPER_8);
            a8.blend(b8.rearrange(Lanes.SWAP_4), UPPER_4).intoArray(t, i * LANES);
            a8.rearrange(Lanes.SWAP_4).blend(b8, UPPER_4).intoArray(t, (i + 4) * LANES);
            c8.blend(d8.rearrange(Lanes.SWAP_4), UPPER_4).intoArray(t, (i + 8) * LANES);
            c8.rearrange(Lanes.SWAP_4).blend(d8, UPPER_4).intoArray(t, (i + 12) * LANES);
        }
    }

    private static void load4(MemorySegment x, long at, long stride, float[] t) {
        for (int i = 0; i < 4; i++) {
            var a = FloatVector.fromMemorySegment(Lanes.SPECIES, x, at + i * stride, ORDER);
            var b = FloatVector.fromMemorySegment(Lanes.SPECIES, x, at + (i + 4) * stride, ORDER);
            a.blend(b.rearrange(Lanes.SWAP_4), UPPER_4).intoArray(t, i * LANES);
            a.rearrange(Lanes.SWAP_4).blend(b, UPPER_4).intoArray(t, (i + 4) * LANES);
        }
    }

    private static void load(MemorySegment x, long at, long stride, float[] t) {
        for (int i = 0; i < 4; i++) {
            FloatVector.fromMemorySegment(Lanes.SPECIES, x, at + i * stride, ORDER)
                    .intoArray(t, i * LANES);
        }
    }

    private static void steps2And1(float[] t) {
        for (int i = 0; i < LANES * LANES; i += 4 * LANES) {
            var a = FloatVector.fromArray(Lanes.SPECIES, t, i);
            var b = FloatVector.fromArray(Lanes.SPECIES, t, i + LANES);
            var c = FloatVector.fromArray(Lanes.SPECIES, t, i + 2 * LANES);
            var d = FloatVector.fromArray(Lanes.SPECIES, t, i + 3 * LANES);
            var a2 = a.blend(c.rearrange(Lanes.SWAP_2), UPPER_2);
            var b2 = b.blend(d.rearrange(Lanes.SWAP_2), UPPER_2);
            var c2 = a.rearrange(Lanes.SWAP_2).blend(c, UPPER_2);
            var d2 = b.rearrange(Lanes.SWAP_2).blend(d, UPPER_2);
            a2.blend(b2.rearrange(Lanes.SWAP_1), UPPER_1).intoArray(t, i);
            a2.rearrange(Lanes.SWAP_1).blend(b2, UPPER_1).intoArray(t, i + LANES);
            c2.blend(d2.rearrange(Lanes.SWAP_1), UPPER_1).intoArray(t, i + 2 * LANES);
            c2.rearrange(Lanes.SWAP_1).blend(d2, UPPER_1).intoArray(t, i + 3 * LANES);
        }
    }

    /** The lanes whose number has a bit set. */
    private static VectorMask<Float> upper(int bit) {
        var lanes = new boolean[LANES];
        for (int i = 0; i < LANES; i++) {
            lanes[i] = (i & bit) != 0;
        }
        return VectorMask.fromArray(Lanes.SPECIES, lanes, 0);
    }
}
