package dev.kanmon.kernels.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Transposes by blocks of {@link Lanes#LENGTH} squared. In the step of distance d, two rows that lie d apart exchange
 * their lanes: the lower row's with bit d set for the upper row's without it. After the steps of all bits, row and column
 * have changed places. Two steps go together, on four rows in registers.
 */
final class VectorTranspose {
    private static final int LANES = Lanes.LENGTH;

    private static final VectorMask<Float> UPPER_8 = upper(8);
    private static final VectorMask<Float> UPPER_4 = upper(4);
    private static final VectorMask<Float> UPPER_2 = upper(2);
    private static final VectorMask<Float> UPPER_1 = upper(1);

    private VectorTranspose() {}

    /**
     * {@code out = xᵀ}, both from the beginning of their arrays on.
     *
     * @param rows of {@code x}, a multiple of the lanes
     * @param columns of {@code x}, a multiple of the lanes
     */
    static void apply(float[] x, int rows, int columns, int ldx, float[] out, int ldo) {
        for (int j = 0; j < columns; j += LANES) {
            for (int i = 0; i < rows; i += LANES) {
                int from = i * ldx + j;
                int to = j * ldo + i;
                switch (LANES) {
                    case 16 -> {
                        steps8And4(x, from, ldx, out, to, ldo);
                        steps2And1(out, to, ldo, 16);
                    }
                    case 8 -> {
                        step4(x, from, ldx, out, to, ldo);
                        steps2And1(out, to, ldo, 8);
                    }
                    default -> oneByOne(x, from, ldx, out, to, ldo);
                }
            }
        }
    }

    private static void steps8And4(float[] x, int from, int ldx, float[] out, int to, int ldo) {
        for (int i = 0; i < 4; i++) {
            var a = FloatVector.fromArray(Lanes.SPECIES, x, from + i * ldx);
            var b = FloatVector.fromArray(Lanes.SPECIES, x, from + (i + 4) * ldx);
            var c = FloatVector.fromArray(Lanes.SPECIES, x, from + (i + 8) * ldx);
            var d = FloatVector.fromArray(Lanes.SPECIES, x, from + (i + 12) * ldx);
            var a8 = a.blend(c.rearrange(Lanes.SWAP_8), UPPER_8);
            var b8 = b.blend(d.rearrange(Lanes.SWAP_8), UPPER_8);
            var c8 = a.rearrange(Lanes.SWAP_8).blend(c, UPPER_8);
            var d8 = b.rearrange(Lanes.SWAP_8).blend(d, UPPER_8);
            a8.blend(b8.rearrange(Lanes.SWAP_4), UPPER_4).intoArray(out, to + i * ldo);
            a8.rearrange(Lanes.SWAP_4).blend(b8, UPPER_4).intoArray(out, to + (i + 4) * ldo);
            c8.blend(d8.rearrange(Lanes.SWAP_4), UPPER_4).intoArray(out, to + (i + 8) * ldo);
            c8.rearrange(Lanes.SWAP_4).blend(d8, UPPER_4).intoArray(out, to + (i + 12) * ldo);
        }
    }

    private static void step4(float[] x, int from, int ldx, float[] out, int to, int ldo) {
        for (int i = 0; i < 4; i++) {
            var a = FloatVector.fromArray(Lanes.SPECIES, x, from + i * ldx);
            var b = FloatVector.fromArray(Lanes.SPECIES, x, from + (i + 4) * ldx);
            a.blend(b.rearrange(Lanes.SWAP_4), UPPER_4).intoArray(out, to + i * ldo);
            a.rearrange(Lanes.SWAP_4).blend(b, UPPER_4).intoArray(out, to + (i + 4) * ldo);
        }
    }

    private static void steps2And1(float[] x, int at, int ldx, int rows) {
        for (int i = 0; i < rows; i += 4) {
            int row = at + i * ldx;
            var a = FloatVector.fromArray(Lanes.SPECIES, x, row);
            var b = FloatVector.fromArray(Lanes.SPECIES, x, row + ldx);
            var c = FloatVector.fromArray(Lanes.SPECIES, x, row + 2 * ldx);
            var d = FloatVector.fromArray(Lanes.SPECIES, x, row + 3 * ldx);
            var a2 = a.blend(c.rearrange(Lanes.SWAP_2), UPPER_2);
            var b2 = b.blend(d.rearrange(Lanes.SWAP_2), UPPER_2);
            var c2 = a.rearrange(Lanes.SWAP_2).blend(c, UPPER_2);
            var d2 = b.rearrange(Lanes.SWAP_2).blend(d, UPPER_2);
            a2.blend(b2.rearrange(Lanes.SWAP_1), UPPER_1).intoArray(x, row);
            a2.rearrange(Lanes.SWAP_1).blend(b2, UPPER_1).intoArray(x, row + ldx);
            c2.blend(d2.rearrange(Lanes.SWAP_1), UPPER_1).intoArray(x, row + 2 * ldx);
            c2.rearrange(Lanes.SWAP_1).blend(d2, UPPER_1).intoArray(x, row + 3 * ldx);
        }
    }

    /** For vectors that are as fast by single floats, and for those longer than any x86 has. */
    private static void oneByOne(float[] x, int from, int ldx, float[] out, int to, int ldo) {
        for (int i = 0; i < LANES; i++) {
            for (int j = 0; j < LANES; j++) {
                out[to + j * ldo + i] = x[from + i * ldx + j];
            }
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
