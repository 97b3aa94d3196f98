package dev.kanmon.kernels.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Between the memory of operands, of either kind, and scratch: rows of one head, there with the stride of a matrix of
 * all heads, here with that of whole panels.
 */
final class HeadRows {
    private static final int LANES = Lanes.LENGTH;
    private static final int PANEL = GemmTiles.PANEL;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private HeadRows() {}

    /** Copies a row of {@code width} elements and pads it with zeros to {@code columns}. */
    static void load(MemorySegment from, long at, int width, float[] x, int row, int columns) {
        int whole = width / LANES * LANES;
        for (int j = 0; j < whole; j += LANES) {
            FloatVector.fromMemorySegment(Lanes.SPECIES, from, (at + j) * Float.BYTES, ORDER)
                    .intoArray(x, row + j);
        }
        for (int j = whole; j < width; j++) {
            x[row + j] = from.getAtIndex(ValueLayout.JAVA_FLOAT, at + j);
        }
        if (width < columns) {
            Arrays.fill(x, row + width, row + columns, 0);
        }
    }

    /** Copies rows and pads them with rows of zeros to {@code paddedRows}. */
    static void load(
            MemorySegment from, long at, int ld, int rows, int width, float[] x, int to, int paddedRows, int columns) {
        for (int row = 0; row < rows; row++) {
            load(from, at + (long) row * ld, width, x, to + row * columns, columns);
        }
        Arrays.fill(x, to + rows * columns, to + paddedRows * columns, 0);
    }

    /** Overwrites rows with {@code factor} times those of scratch. */
    static void store(
            float[] x, int from, int columns, float factor, int rows, int width, MemorySegment to, long at, int ld) {
        int whole = width / LANES * LANES;
        for (int row = 0; row < rows; row++) {
            int source = from + row * columns;
            long target = at + (long) row * ld;
            for (int j = 0; j < whole; j += LANES) {
                FloatVector.fromArray(Lanes.SPECIES, x, source + j)
                        .mul(factor)
                        .intoMemorySegment(to, (target + j) * Float.BYTES, ORDER);
            }
            for (int j = whole; j < width; j++) {
                to.setAtIndex(ValueLayout.JAVA_FLOAT, target + j, factor * x[source + j]);
            }
        }
    }

    /** Adds {@code factor} times a row of scratch. */
    static void add(float[] x, int from, float factor, int width, MemorySegment to, long at) {
        int whole = width / LANES * LANES;
        for (int j = 0; j < whole; j += LANES) {
            long offset = (at + j) * Float.BYTES;
            FloatVector.fromArray(Lanes.SPECIES, x, from + j)
                    .mul(factor)
                    .add(FloatVector.fromMemorySegment(Lanes.SPECIES, to, offset, ORDER))
                    .intoMemorySegment(to, offset, ORDER);
        }
        for (int j = whole; j < width; j++) {
            float sum = to.getAtIndex(ValueLayout.JAVA_FLOAT, at + j) + factor * x[from + j];
            to.setAtIndex(ValueLayout.JAVA_FLOAT, at + j, sum);
        }
    }

    /** Transposes rows into panels (width, PANEL) of {@code paddedRows}, a multiple of PANEL, padded with zeros. */
    static void panels(float[] x, int rowsAt, int columns, int rows, int paddedRows, int width, int panelsAt) {
        for (int first = 0; first < paddedRows; first += PANEL) {
            int panel = panelsAt + first * width;
            int count = Math.min(PANEL, rows - first);
            if (count < PANEL) {
                Arrays.fill(x, panel, panel + PANEL * width, 0);
            }
            for (int row = 0; row < count; row++) {
                int from = rowsAt + (first + row) * columns;
                for (int d = 0; d < width; d++) {
                    x[panel + d * PANEL + row] = x[from + d];
                }
            }
        }
    }
}
