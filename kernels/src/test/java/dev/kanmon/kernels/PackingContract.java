package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every sibling's packing of weights and transposition owes: all of it to the bit. */
interface PackingContract extends GradientContract {
    int[] OUTPUTS = {0, 1, 15, 16, 17, 63, 64, 65, 127, 128, 130, 200};
    int[] INPUTS = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 70};

    /** Weights with all that rounding has to care for: ties, NaN with and without upper bits, infinities, subnormals. */
    private Matrix weights(int rows, int columns, Random random) {
        int[] special = {
            0x3F808000,
            0x3F818000,
            0x3F808001,
            0x7FC00000,
            0x7F800001,
            0xFFC12345,
            0x7F800000,
            0xFF800000,
            0x7F7FFFFF,
            1,
            0x80000000,
            0x80008000
        };
        var weights = random(rows, columns, random);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                if (random.nextInt(8) == 0) {
                    long at = weights.shift() + (long) i * weights.stride() + j;
                    weights.whole().setAtIndex(ValueLayout.JAVA_INT, at, special[random.nextInt(special.length)]);
                }
            }
        }
        return weights;
    }

    @Test
    default void packedBytesAreThoseOfAStoredMatrix() {
        for (var type : new WeightType[] {WeightType.F32, WeightType.BF16}) {
            for (int n : OUTPUTS) {
                for (int k : INPUTS) {
                    var random = new Random(1000L * n + k);
                    var w = weights(n, k, random);
                    var transposed = Matrix.of(this::allocate, k, n, n + random.nextInt(4), random.nextInt(9));
                    for (int i = 0; i < n; i++) {
                        for (int j = 0; j < k; j++) {
                            long to = transposed.shift() + (long) j * transposed.stride() + i;
                            long from = w.shift() + (long) i * w.stride() + j;
                            int bits = w.whole().getAtIndex(ValueLayout.JAVA_INT, from);
                            transposed.whole().setAtIndex(ValueLayout.JAVA_INT, to, bits);
                        }
                    }
                    var bytes = MemorySegment.ofArray(new byte[(int) StoredMatrix.byteSize(type, n, k)]);
                    StoredMatrix.of(type, n, k, w::read, Pieces.inOrder(), bytes);
                    packed(true, type, n, k, w, bytes, random);
                    packed(false, type, n, k, transposed, bytes, random);
                }
            }
        }
    }

    /** Packs a part of the panels, which leaves the others as they were, and then these. */
    private void packed(boolean rows, WeightType type, int n, int k, Matrix w, MemorySegment expected, Random random) {
        int panels = Math.ceilDiv(n, 64);
        int from = random.nextInt(panels + 1);
        int to = from + random.nextInt(panels + 1 - from);
        long panelBytes = panels == 0 ? 0 : expected.byteSize() / panels;
        int floats = (int) (expected.byteSize() / 4);
        var packed = Matrix.of(this::allocate, 1, floats, floats, 3);
        var place = packed.whole().asSlice(12, expected.byteSize());
        String what = who() + (rows ? " packRows " : " packColumns ") + type + " n=" + n + " k=" + k;
        pack(rows, type, n, k, w, place, from, to);
        for (int panel = 0; panel < panels; panel++) {
            var here = place.asSlice(panel * panelBytes, panelBytes);
            if (panel >= from && panel < to) {
                assertEquals(
                        -1,
                        here.mismatch(expected.asSlice(panel * panelBytes, panelBytes)),
                        what + ", byte of panel " + panel);
            } else {
                for (long i = 0; i < panelBytes / 4; i++) {
                    assertEquals(
                            Matrix.GUARD,
                            here.getAtIndex(ValueLayout.JAVA_FLOAT, i),
                            what + ", panel " + panel + " is outside of [" + from + ", " + to + ")");
                }
            }
        }
        pack(rows, type, n, k, w, place, 0, from);
        pack(rows, type, n, k, w, place, to, panels);
        assertEquals(-1, place.mismatch(expected), what);
        assertEquals(-1, packed.damaged(0, floats), what + ", beside the bytes");
    }

    private void pack(
            boolean rows, WeightType type, int n, int k, Matrix w, MemorySegment to, int fromPanel, int toPanel) {
        if (rows) {
            gradients().packRows(type, n, k, w.segment(), w.stride(), to, fromPanel, toPanel);
        } else {
            gradients().packColumns(type, n, k, w.segment(), w.stride(), to, fromPanel, toPanel);
        }
    }

    @Test
    default void transposeMovesEveryBit() {
        int[] sizes = {0, 1, 3, 4, 5, 8, 9, 15, 16, 17, 33, 63, 64, 65, 100};
        for (int rows : sizes) {
            for (int columns : sizes) {
                var random = new Random(1000L * rows + columns);
                var x = weights(rows, columns, random);
                var out = empty(columns, rows, random);
                gradients().transpose(rows, columns, x.segment(), x.stride(), out.segment(), out.stride());
                var differences = new Differences(who() + " transpose " + rows + " x " + columns);
                for (int i = 0; i < rows; i++) {
                    for (int j = 0; j < columns; j++) {
                        differences.bits("[" + i + ", " + j + "]", x.get(i, j), out.get(j, i));
                    }
                }
                differences.guards("out", out.damaged(0, rows));
                differences.check();
            }
        }
    }
}
