package dev.kanmon.kernels.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.kanmon.kernels.WeightType;
import dev.kanmon.kernels.common.PanelLayout;
import dev.kanmon.kernels.common.Rounding;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Brings weights into the order of {@code StoredMatrix}, and transposes. Vectors are read where they lie, on the heap or
 * outside of it.
 */
final class VectorPacking {
    private static final int LANES = Lanes.LENGTH;
    private static final int PANEL = PanelLayout.PANEL;
    private static final long STEP_BYTES = PANEL * Integer.BYTES;
    /** Little-endian, as what is stored must be, on every CPU that has vectors for these kernels. */
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private static final ValueLayout.OfInt STEPS = ValueLayout.JAVA_INT;

    /** Rows of {@code x} that are transposed together: runs of so many floats are written at a time. */
    private static final int TOGETHER = 64;

    private VectorPacking() {}

    /** Panel {@code panel} of the rows of {@code w}. */
    static void rows(WeightType type, int n, int k, MemorySegment w, int ldw, MemorySegment to, int panel) {
        int inputs = PanelLayout.inputsOfStep(type);
        int first = panel * PANEL;
        long at = (long) panel * PanelLayout.steps(type, k) * STEP_BYTES;
        var t = new float[LANES * LANES];
        for (int i = 0; i < k; i += LANES) {
            int columns = Math.min(LANES, k - i);
            for (int j = 0; j < PANEL; j += LANES) {
                int rows = Math.clamp(n - first - j, 0, LANES);
                // where there are none, the block need not begin inside of w
                long from = rows == 0 ? 0 : 4 * ((long) (first + j) * ldw + i);
                VectorTranspose.block(w, from, 4L * ldw, rows, columns, t);
                long step = at + i / inputs * STEP_BYTES + 4L * j;
                if (type == WeightType.F32) {
                    put(t, columns, to, step, STEP_BYTES);
                } else {
                    putPairs(t, columns, to, step);
                }
            }
        }
    }

    /** The first rows of a transposed block, whole. */
    private static void put(float[] t, int rows, MemorySegment to, long at, long stride) {
        for (int i = 0; i < rows; i++) {
            FloatVector.fromArray(Lanes.SPECIES, t, i * LANES).intoMemorySegment(to, at + i * stride, ORDER);
        }
    }

    /** Pairs of rows, rounded to BF16 as {@link Rounding#toBf16} does: the second in the upper half. */
    private static void putPairs(float[] t, int rows, MemorySegment to, long at) {
        for (int i = 0; i < rows; i += 2) {
            var a = FloatVector.fromArray(Lanes.SPECIES, t, i * LANES);
            var b = FloatVector.fromArray(Lanes.SPECIES, t, (i + 1) * LANES);
            var aBits = a.reinterpretAsInts();
            var bBits = b.reinterpretAsInts();
            var aUpper = aBits.lanewise(VectorOperators.LSHR, 16);
            var bUpper = bBits.lanewise(VectorOperators.LSHR, 16);
            var low = aBits.add(aUpper.and(1)).add(0x7FFF).lanewise(VectorOperators.LSHR, 16);
            var high = bBits.add(bUpper.and(1)).add(0x7FFF).lanewise(VectorOperators.LSHR, 16);
            low = low.blend(aUpper.or(0x40), a.test(VectorOperators.IS_NAN).cast(low.species()));
            high = high.blend(bUpper.or(0x40), b.test(VectorOperators.IS_NAN).cast(low.species()));
            low.or(high.lanewise(VectorOperators.LSHL, 16)).intoMemorySegment(to, at + i / 2 * STEP_BYTES, ORDER);
        }
    }

    /** Panel {@code panel} of the columns of {@code w}. */
    static void columns(WeightType type, int n, int k, MemorySegment w, int ldw, MemorySegment to, int panel) {
        int steps = PanelLayout.steps(type, k);
        int outputs = Math.min(PANEL, n - panel * PANEL);
        long at = (long) panel * steps * STEP_BYTES;
        long from = 4L * panel * PANEL;
        if (outputs < PANEL) {
            someColumns(type, k, w, from, ldw, to, at, outputs);
        } else if (type == WeightType.F32) {
            for (int i = 0; i < k; i++) {
                for (int j = 0; j < PANEL; j += LANES) {
                    FloatVector.fromMemorySegment(Lanes.SPECIES, w, from + 4L * i * ldw + 4L * j, ORDER)
                            .intoMemorySegment(to, at + i * STEP_BYTES + 4L * j, ORDER);
                }
            }
        } else {
            for (int i = 0; i + 2 <= k; i += 2) {
                pairs(w, from + 4L * i * ldw, 4L * ldw, to, at + i / 2 * STEP_BYTES);
            }
            if (k % 2 != 0) {
                pairs(w, from + 4L * (k - 1) * ldw, 0, to, at + (steps - 1) * STEP_BYTES);
                for (int j = 0; j < PANEL; j++) {
                    long place = at + (steps - 1) * STEP_BYTES + 4L * j;
                    to.set(STEPS, place, to.get(STEPS, place) & 0xFFFF);
                }
            }
        }
    }

    /** A step of a panel: a row at {@code from}, and the next one in the upper half. */
    private static void pairs(MemorySegment w, long from, long stride, MemorySegment to, long at) {
        for (int j = 0; j < PANEL; j += LANES) {
            var a = FloatVector.fromMemorySegment(Lanes.SPECIES, w, from + 4L * j, ORDER);
            var b = FloatVector.fromMemorySegment(Lanes.SPECIES, w, from + stride + 4L * j, ORDER);
            var aBits = a.reinterpretAsInts();
            var bBits = b.reinterpretAsInts();
            var aUpper = aBits.lanewise(VectorOperators.LSHR, 16);
            var bUpper = bBits.lanewise(VectorOperators.LSHR, 16);
            var low = aBits.add(aUpper.and(1)).add(0x7FFF).lanewise(VectorOperators.LSHR, 16);
            var high = bBits.add(bUpper.and(1)).add(0x7FFF).lanewise(VectorOperators.LSHR, 16);
            low = low.blend(aUpper.or(0x40), a.test(VectorOperators.IS_NAN).cast(low.species()));
            high = high.blend(bUpper.or(0x40), b.test(VectorOperators.IS_NAN).cast(low.species()));
            low.or(high.lanewise(VectorOperators.LSHL, 16)).intoMemorySegment(to, at + 4L * j, ORDER);
        }
    }

    /** The last panel, where it is not full: rare, and a small part of a weight. */
    private static void someColumns(
            WeightType type, int k, MemorySegment w, long from, int ldw, MemorySegment to, long at, int outputs) {
        int inputs = PanelLayout.inputsOfStep(type);
        for (int i = 0; i < k; i += inputs) {
            for (int j = 0; j < PANEL; j++) {
                int bits = 0;
                for (int part = 0; part < inputs && i + part < k && j < outputs; part++) {
                    float value = w.get(JAVA_FLOAT, from + 4L * (i + part) * ldw + 4L * j);
                    bits |= type == WeightType.F32
                            ? Float.floatToRawIntBits(value)
                            : (Rounding.toBf16(value) & 0xFFFF) << 16 * part;
                }
                to.set(STEPS, at + i / inputs * STEP_BYTES + 4L * j, bits);
            }
        }
    }

    static void transpose(int rows, int columns, MemorySegment x, int ldx, MemorySegment out, int ldo) {
        var t = new float[LANES * LANES];
        for (int some = 0; some < rows; some += TOGETHER) {
            int end = Math.min(rows, some + TOGETHER);
            for (int j = 0; j < columns; j += LANES) {
                int width = Math.min(LANES, columns - j);
                for (int i = some; i < end; i += LANES) {
                    int height = Math.min(LANES, end - i);
                    VectorTranspose.block(x, 4 * ((long) i * ldx + j), 4L * ldx, height, width, t);
                    long at = 4 * ((long) j * ldo + i);
                    if (height == LANES) {
                        put(t, width, out, at, 4L * ldo);
                    } else {
                        putPart(t, width, height, out, at, 4L * ldo);
                    }
                }
            }
        }
    }

    private static void putPart(float[] t, int rows, int columns, MemorySegment out, long at, long stride) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                out.set(JAVA_FLOAT, at + i * stride + 4L * j, t[i * LANES + j]);
            }
        }
    }
}
