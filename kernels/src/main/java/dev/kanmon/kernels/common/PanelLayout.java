package dev.kanmon.kernels.common;

import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.RowSource;
import dev.kanmon.kernels.StoredMatrix;
import dev.kanmon.kernels.WeightType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The order of {@link StoredMatrix}, which the machine sibling computes on. */
public final class PanelLayout {

    /** Outputs of a panel. */
    public static final int PANEL = 64;

    private static final int STEP_BYTES = PANEL * Integer.BYTES;

    /** Steps that are filled together: one cache line of a row of F32. */
    private static final int TOGETHER = 16;

    private static final ValueLayout.OfInt INTS = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOATS =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private PanelLayout() {}

    /** Inputs of a step. */
    public static int inputsOfStep(WeightType type) {
        return switch (type) {
            case F32 -> 1;
            case BF16 -> 2;
            case INT8 -> 4;
        };
    }

    /** Steps of a panel. */
    public static int steps(WeightType type, int k) {
        return Math.ceilDiv(k, inputsOfStep(type));
    }

    /** Where the scales of INT8 begin, and the panels of any type end. */
    public static long scales(WeightType type, int n, int k) {
        return (long) Math.ceilDiv(n, PANEL) * steps(type, k) * STEP_BYTES;
    }

    /** Where the sums of INT8 begin. */
    public static long sums(WeightType type, int n, int k) {
        return scales(type, n, k) + Math.ceilDiv(n, PANEL) * (long) STEP_BYTES;
    }

    /**
     * Bytes of a weight.
     *
     * @throws IllegalArgumentException if a size is negative or too large
     */
    public static long byteSize(WeightType type, int n, int k) {
        Checks.pack(type, n, k, type, type);
        Checks.arrayLength("pack", PANEL, k);
        return type == WeightType.INT8
                ? sums(type, n, k) + Math.ceilDiv(n, PANEL) * (long) STEP_BYTES
                : scales(type, n, k);
    }

    /**
     * Brings a weight into this order.
     *
     * @param to {@link #byteSize} bytes, overwritten
     * @throws IllegalArgumentException if {@code type} is INT8 and a weight is NaN or infinite
     */
    public static void pack(WeightType type, int n, int k, RowSource rows, Pieces pieces, MemorySegment to) {
        int steps = steps(type, k);
        long scales = scales(type, n, k);
        long sums = sums(type, n, k);
        var spare = new ConcurrentLinkedQueue<int[]>();
        Panels.forEach(n, k, PANEL, rows, pieces, (first, count, block) -> {
            var lent = spare.poll();
            var panel = lent != null ? lent : new int[steps * PANEL];
            if (count < PANEL) {
                Arrays.fill(panel, 0);
            }
            switch (type) {
                case F32 -> fill(panel, count, steps, (r, step) -> Float.floatToRawIntBits(block[r * k + step]));
                case BF16 -> fill(panel, count, steps, (r, step) -> bf16(block, r * k, 2 * step, k));
                case INT8 -> {
                    var outputs = new int[2 * PANEL];
                    Rounding.toInt8(block, first, count, k, (output, scale, sum) -> {
                        outputs[output - first] = Float.floatToRawIntBits(scale);
                        outputs[PANEL + output - first] = sum;
                    });
                    fill(panel, count, steps, (r, step) -> int8(block, r * k, 4 * step, k));
                    MemorySegment.copy(outputs, 0, to, INTS, scales + first * 4L, PANEL);
                    MemorySegment.copy(outputs, PANEL, to, INTS, sums + first * 4L, PANEL);
                }
            }
            MemorySegment.copy(panel, 0, to, INTS, panelAt(first, steps), panel.length);
            spare.add(panel);
        });
    }

    /** Makes the four bytes of a step of a row. */
    @FunctionalInterface
    private interface Step {
        int of(int row, int step);
    }

    private static void fill(int[] panel, int count, int steps, Step bytes) {
        for (int from = 0; from < steps; from += TOGETHER) {
            int to = Math.min(from + TOGETHER, steps);
            for (int r = 0; r < count; r++) {
                for (int step = from; step < to; step++) {
                    panel[step * PANEL + r] = bytes.of(r, step);
                }
            }
        }
    }

    private static int bf16(float[] block, int row, int i, int k) {
        int low = Rounding.toBf16(block[row + i]) & 0xFFFF;
        return i + 1 < k ? low | Rounding.toBf16(block[row + i + 1]) << 16 : low;
    }

    private static int int8(float[] block, int row, int i, int k) {
        int bytes = 0;
        for (int b = 0; b < Math.min(4, k - i); b++) {
            bytes |= ((int) block[row + i + b] & 0xFF) << 8 * b;
        }
        return bytes;
    }

    private static long panelAt(int firstRow, int steps) {
        return (long) (firstRow / PANEL) * steps * STEP_BYTES;
    }

    /**
     * Writes rows of a weight, k numbers each.
     *
     * @param scaled whether INT8 is multiplied by its scales; otherwise its bytes are delivered
     */
    public static void read(StoredMatrix stored, int firstRow, int rowCount, float[] dst, int dstPos, boolean scaled) {
        int k = stored.k();
        int steps = steps(stored.type(), k);
        var panel = new int[steps * PANEL];
        for (int row = firstRow; row < firstRow + rowCount; ) {
            MemorySegment.copy(stored.bytes(), INTS, panelAt(row, steps), panel, 0, panel.length);
            int end = Math.min(firstRow + rowCount, (row / PANEL + 1) * PANEL);
            for (; row < end; row++) {
                read(stored.type(), panel, row % PANEL, k, dst, dstPos + (row - firstRow) * k);
            }
        }
        if (scaled && stored.type() == WeightType.INT8) {
            for (int r = 0; r < rowCount; r++) {
                float scale = scale(stored, firstRow + r);
                for (int i = dstPos + r * k; i < dstPos + (r + 1) * k; i++) {
                    dst[i] *= scale;
                }
            }
        }
    }

    private static void read(WeightType type, int[] panel, int column, int k, float[] dst, int dstPos) {
        switch (type) {
            case F32 -> {
                for (int i = 0; i < k; i++) {
                    dst[dstPos + i] = Float.intBitsToFloat(panel[i * PANEL + column]);
                }
            }
            case BF16 -> {
                for (int i = 0; i < k; i++) {
                    int two = panel[i / 2 * PANEL + column];
                    dst[dstPos + i] = Float.intBitsToFloat(i % 2 == 0 ? two << 16 : two & 0xFFFF_0000);
                }
            }
            case INT8 -> {
                for (int i = 0; i < k; i++) {
                    dst[dstPos + i] = (byte) (panel[i / 4 * PANEL + column] >> i % 4 * 8);
                }
            }
        }
    }

    /** The rows of an INT8 weight as their bytes, in floats. */
    public static RowSource int8Rows(StoredMatrix stored) {
        return (firstRow, rowCount, dst, dstPos) -> read(stored, firstRow, rowCount, dst, dstPos, false);
    }

    /** For {@link #int8Rows}: leaves the bytes as they are, and tells what is stored beside them. */
    public static Rounding.Quantiser quantised(StoredMatrix stored) {
        return (first, count, _, outputs) -> {
            for (int j = first; j < first + count; j++) {
                outputs.set(j, scale(stored, j), sum(stored, j));
            }
        };
    }

    /** The scale of an output of an INT8 weight. */
    public static float scale(StoredMatrix stored, int output) {
        return stored.bytes().get(FLOATS, scales(stored.type(), stored.n(), stored.k()) + output * 4L);
    }

    /** The sum of the bytes of an output of an INT8 weight. */
    public static int sum(StoredMatrix stored, int output) {
        return stored.bytes().get(INTS, sums(stored.type(), stored.n(), stored.k()) + output * 4L);
    }
}
