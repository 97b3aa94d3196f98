package dev.kanmon.kernels.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.kanmon.kernels.WeightType;
import dev.kanmon.kernels.common.PanelLayout;
import dev.kanmon.kernels.common.Rounding;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Brings weights into the order of {@code StoredMatrix}, and transposes: tile by tile, in arrays that stay in cache. */
final class VectorPacking {
    private static final int LANES = Lanes.LENGTH;
    private static final int PANEL = PanelLayout.PANEL;
    private static final long STEP_BYTES = PANEL * Integer.BYTES;
    private static final ValueLayout.OfInt STEPS = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat STORED = JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Edge of a tile: rows are copied by 512 bytes, for which the call that copies counts little. */
    private static final int TILE = 128;

    /** Panels of columns that are copied together. */
    private static final int PANELS = 4;

    private VectorPacking() {}

    /** Panels of the rows of {@code w}. */
    static void rows(
            WeightType type, int n, int k, MemorySegment w, int ldw, MemorySegment to, int fromPanel, int toPanel) {
        int inputs = PanelLayout.inputsOfStep(type);
        int steps = PanelLayout.steps(type, k);
        var tile = new float[PANEL * TILE];
        var turned = new float[TILE * PANEL];
        var pairs = new int[TILE / 2 * PANEL];
        for (int panel = fromPanel; panel < toPanel; panel++) {
            int outputs = Math.min(PANEL, n - panel * PANEL);
            for (int i = 0; i < k; i += TILE) {
                int columns = Math.min(TILE, k - i);
                load(w, (long) panel * PANEL * ldw + i, ldw, outputs, columns, tile, PANEL, TILE);
                VectorTranspose.apply(tile, PANEL, pad(columns), TILE, turned, PANEL);
                long at = ((long) panel * steps + i / inputs) * STEP_BYTES;
                if (type == WeightType.F32) {
                    MemorySegment.copy(turned, 0, to, STORED, at, columns * PANEL);
                } else {
                    // what an odd column is paired with is the tile's filling
                    for (int pair = 0; pair < Math.ceilDiv(columns, 2); pair++) {
                        pair(turned, 2 * pair * PANEL, (2 * pair + 1) * PANEL, pairs, pair * PANEL, PANEL);
                    }
                    MemorySegment.copy(pairs, 0, to, STEPS, at, Math.ceilDiv(columns, 2) * PANEL);
                }
            }
        }
    }

    /** Panels of the columns of {@code w}. */
    static void columns(
            WeightType type, int n, int k, MemorySegment w, int ldw, MemorySegment to, int fromPanel, int toPanel) {
        int inputs = PanelLayout.inputsOfStep(type);
        int steps = PanelLayout.steps(type, k);
        int height = 16 * inputs;
        int width = PANELS * PANEL;
        var tile = new float[height * width];
        var panelOfTile = new int[16 * PANEL];
        for (int some = fromPanel; some < toPanel; some += PANELS) {
            int end = Math.min(some + PANELS, toPanel);
            int columns = Math.min(end * PANEL, n) - some * PANEL;
            for (int i = 0; i < k; i += height) {
                int rows = Math.min(height, k - i);
                load(w, (long) i * ldw + some * PANEL, ldw, rows, columns, tile, height, width);
                int stepsHere = Math.ceilDiv(rows, inputs);
                for (int panel = some; panel < end; panel++) {
                    int column = (panel - some) * PANEL;
                    long at = ((long) panel * steps + i / inputs) * STEP_BYTES;
                    for (int step = 0; step < stepsHere; step++) {
                        if (type == WeightType.F32) {
                            long row = at + step * STEP_BYTES;
                            MemorySegment.copy(tile, step * width + column, to, STORED, row, PANEL);
                        } else {
                            int row = 2 * step * width + column;
                            pair(tile, row, row + width, panelOfTile, step * PANEL, PANEL);
                        }
                    }
                    if (type == WeightType.BF16) {
                        MemorySegment.copy(panelOfTile, 0, to, STEPS, at, stepsHere * PANEL);
                    }
                }
            }
        }
    }

    /** Rounds to BF16 as {@link Rounding#toBf16} does, two rows to one: the second goes to the upper halves. */
    private static void pair(float[] x, int first, int second, int[] out, int at, int n) {
        for (int j = 0; j < n; j += LANES) {
            var a = FloatVector.fromArray(Lanes.SPECIES, x, first + j);
            var b = FloatVector.fromArray(Lanes.SPECIES, x, second + j);
            var aBits = a.reinterpretAsInts();
            var bBits = b.reinterpretAsInts();
            var aUpper = aBits.lanewise(VectorOperators.LSHR, 16);
            var bUpper = bBits.lanewise(VectorOperators.LSHR, 16);
            var low = aBits.add(aUpper.and(1)).add(0x7FFF).lanewise(VectorOperators.LSHR, 16);
            var high = bBits.add(bUpper.and(1)).add(0x7FFF).lanewise(VectorOperators.LSHR, 16);
            low = low.blend(aUpper.or(0x40), a.test(VectorOperators.IS_NAN).cast(low.species()));
            high = high.blend(bUpper.or(0x40), b.test(VectorOperators.IS_NAN).cast(high.species()));
            low.or(high.lanewise(VectorOperators.LSHL, 16)).intoArray(out, at + j);
        }
    }

    static void transpose(int rows, int columns, MemorySegment x, int ldx, MemorySegment out, int ldo) {
        var tile = new float[TILE * TILE];
        var turned = new float[TILE * TILE];
        for (int i = 0; i < rows; i += TILE) {
            int height = Math.min(TILE, rows - i);
            for (int j = 0; j < columns; j += TILE) {
                int width = Math.min(TILE, columns - j);
                load(x, (long) i * ldx + j, ldx, height, width, tile, pad(height), TILE);
                VectorTranspose.apply(tile, pad(height), pad(width), TILE, turned, TILE);
                for (int row = 0; row < width; row++) {
                    long at = Float.BYTES * ((long) (j + row) * ldo + i);
                    MemorySegment.copy(turned, row * TILE, out, JAVA_FLOAT, at, height);
                }
            }
        }
    }

    /** Copies a part of a matrix to a tile of (height, width), with zeros behind its columns and below its rows. */
    private static void load(
            MemorySegment x, long index, int ldx, int rows, int columns, float[] tile, int height, int width) {
        for (int i = 0; i < rows; i++) {
            long at = Float.BYTES * (index + (long) i * ldx);
            MemorySegment.copy(x, JAVA_FLOAT, at, tile, i * width, columns);
            if (columns < width) {
                Arrays.fill(tile, i * width + columns, (i + 1) * width, 0);
            }
        }
        Arrays.fill(tile, rows * width, height * width, 0);
    }

    private static int pad(int n) {
        return Math.ceilDiv(n, LANES) * LANES;
    }
}
