package dev.kanmon.kernels.common;

import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.RowSource;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Goes through a weight a panel at a time, a panel being some neighbouring rows. */
public final class Panels {
    /** Floats that make a piece worth a thread's while. */
    private static final int PIECE = 1 << 19;

    /** Columns that are transposed together: one cache line of each row. */
    private static final int COLUMNS = 16;

    /** What is done with a panel. */
    @FunctionalInterface
    public interface Task {
        /**
         * Takes rows {@code first} to {@code first + count - 1}, which lie in {@code block} from its beginning on, k
         * floats each. {@code block} is the task's own until it returns.
         */
        void run(int first, int count, float[] block);
    }

    private Panels() {}

    /** Runs {@code task} for each panel of the weight (n, k). */
    public static void forEach(int n, int k, int panel, RowSource rows, Pieces pieces, Task task) {
        int length = Checks.arrayLength("pack", Math.min(n, panel), k);
        int panels = Math.ceilDiv(n, panel);
        int perPiece = Math.clamp(PIECE / Math.max(1L, (long) panel * k), 1, Math.max(1, panels));
        var blocks = new ConcurrentLinkedQueue<float[]>();
        pieces.run(Math.ceilDiv(panels, perPiece), piece -> {
            var lent = blocks.poll();
            var block = lent != null ? lent : new float[length];
            int end = Math.min(n, (int) Math.min(Integer.MAX_VALUE, (piece + 1L) * perPiece * panel));
            for (int first = piece * perPiece * panel; first < end; first += panel) {
                int count = Math.min(panel, end - first);
                rows.read(first, count, block, 0);
                task.run(first, count, block);
            }
            blocks.add(block);
        });
    }

    /** Writes {@code block}, (count, k), transposed to {@code dst} from {@code at} on, rows {@code panel} apart. */
    public static void transpose(float[] block, int count, int k, float[] dst, int at, int panel) {
        for (int from = 0; from < k; from += COLUMNS) {
            int to = Math.min(from + COLUMNS, k);
            for (int r = 0; r < count; r++) {
                for (int i = from; i < to; i++) {
                    dst[at + i * panel + r] = block[r * k + i];
                }
            }
        }
    }

    /** The same, rounded to BF16. */
    public static void transpose(float[] block, int count, int k, short[] dst, int at, int panel) {
        for (int from = 0; from < k; from += COLUMNS) {
            int to = Math.min(from + COLUMNS, k);
            for (int r = 0; r < count; r++) {
                for (int i = from; i < to; i++) {
                    dst[at + i * panel + r] = Rounding.toBf16(block[r * k + i]);
                }
            }
        }
    }

    /** The same for whole numbers that a byte holds. */
    public static void transpose(float[] block, int count, int k, byte[] dst, int at, int panel) {
        for (int from = 0; from < k; from += COLUMNS) {
            int to = Math.min(from + COLUMNS, k);
            for (int r = 0; r < count; r++) {
                for (int i = from; i < to; i++) {
                    dst[at + i * panel + r] = (byte) block[r * k + i];
                }
            }
        }
    }
}
