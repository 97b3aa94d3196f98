package dev.kanmon.kernels.machine;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.Pieces;
import dev.kanmon.kernels.RowSource;
import dev.kanmon.kernels.StoredMatrix;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.kernels.machine.GemmRoutines.Convert;
import dev.kanmon.kernels.machine.GemmRoutines.Product;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * Products of matrices: arguments are checked. Rows go in blocks that stay in the second cache while the panels of the
 * weight stream past; a block is converted first, so that scratch does not grow with the number of rows.
 */
final class MachineGemm {
    // On a Zen 5 with 1 MB of second cache, of 64, 96, 192 and 256 KB and of 512, 1024 and 2048 steps these were best,
    // by a few percent; most products do not notice.

    /** Bytes of a block of converted rows. */
    private static final int BLOCK = 96 << 10;

    /** Rows of a block at least, as far as there are so many: each panel is read once for a block. */
    private static final int LEAST_ROWS = 96;

    /** Steps that are summed at a time: so much of a panel stays in the second cache beside a block. */
    private static final int MOST_STEPS = 1024;

    /** Bytes of results that an activation follows while they are in the cache. */
    private static final int STRIP = 256 << 10;

    private static final int LINE = 64;

    private final GemmRoutines routines;
    private final RowRoutines activations;

    MachineGemm(GemmRoutines routines, RowRoutines activations) {
        this.routines = routines;
        this.activations = activations;
    }

    PackedMatrix pack(WeightType type, int n, int k, RowSource source, Pieces pieces) {
        prepare(type);
        return MachineMatrix.pack(type, n, k, source, pieces);
    }

    PackedMatrix pack(StoredMatrix stored) {
        prepare(stored.type());
        return MachineMatrix.of(stored);
    }

    /** Has the routines of many rows made: a first product should not wait milliseconds for them. */
    private void prepare(WeightType type) {
        routines.convert(type);
        routines.product(type, routines.tileRows(type));
    }

    /** How the rows of {@code a} are cut, and where converted ones lie in scratch. */
    private record Blocks(int rows, long stride) {
        long quantisers() {
            return rows * stride;
        }

        long bytes() {
            return quantisers() + (long) rows * Convert.QUANTISER;
        }
    }

    private Blocks blocks(int m, MachineMatrix b) {
        int tile = routines.tileRows(b.type());
        int most = mostRows(b);
        int count = Math.ceilDiv(m, most);
        int rows = count <= 1 ? m : Math.min(m, Math.ceilDiv(Math.ceilDiv(m, count), tile) * tile);
        // room for the last vector of a row, and lines of neighbouring rows in different sets of the first cache
        long lines = Math.ceilDiv(rowBytes(b), LINE) + 1;
        return new Blocks(rows, (lines | 1) * LINE);
    }

    /** Rows of a block at most, a multiple of a tile's. */
    private int mostRows(MachineMatrix b) {
        int tile = routines.tileRows(b.type());
        return (int) Math.max(LEAST_ROWS, BLOCK / Math.max(1, rowBytes(b))) / tile * tile;
    }

    /** Bytes of a converted row. */
    private long rowBytes(MachineMatrix b) {
        return (long) b.steps() * routines.bytesOfStep(b.type());
    }

    /** Floats of scratch for {@code m} rows; more rows never need less. */
    long scratch(int m, MachineMatrix b) {
        // not blocks(m): blocks are balanced, so those of some more rows may be smaller
        var blocks = blocks(Math.min(m, mostRows(b)), b);
        return m == 0 ? 0 : Math.ceilDiv(blocks.bytes() + LINE, Float.BYTES);
    }

    void gemm(
            int m,
            MemorySegment a,
            int lda,
            MachineMatrix b,
            int fromN,
            int toN,
            MemorySegment bias,
            Activation act,
            MemorySegment c,
            int ldc,
            MemorySegment scratch) {
        if (m == 0 || fromN == toN) {
            return;
        }
        try {
            var block = CallBlock.ofThread();
            var blocks = blocks(m, b);
            long weights = b.address();
            long work = Math.ceilDiv(scratch.address(), LINE) * LINE;
            long aStride = (long) lda * Float.BYTES;
            boolean inPlace =
                    routines.readsRowsInPlace(b.type()) && (m <= routines.tileRows(b.type()) || aStride % 1024 != 0);
            int columns = act == Activation.NONE
                    ? toN - fromN
                    : Math.max(1, STRIP / Float.BYTES / blocks.rows() / MachineMatrix.PANEL) * MachineMatrix.PANEL;
            for (int row = 0; row < m; row += blocks.rows()) {
                int here = Math.min(blocks.rows(), m - row);
                long rowsOfA = a.address() + row * aStride;
                if (!inPlace) {
                    convert(b, block, rowsOfA, aStride, here, work, blocks);
                }
                for (int from = fromN; from < toN; from += columns) {
                    int to = Math.min(toN, from + columns);
                    block.set(Product.A_STRIDE, inPlace ? aStride : blocks.stride())
                            .set(Product.QUANTISERS, work + blocks.quantisers())
                            .set(Product.PANEL_BYTES, b.panelBytes())
                            .set(Product.C, c.address() + ((long) row * ldc + from) * Float.BYTES)
                            .set(Product.C_STRIDE, (long) ldc * Float.BYTES)
                            .set(Product.COLUMNS, to - from)
                            .set(Product.BIAS, bias == null ? 0 : bias.address() + (long) from * Float.BYTES)
                            .set(Product.SCALES, weights + b.scales() + (long) from * Float.BYTES)
                            .set(Product.SUMS, weights + b.sums() + (long) from * Integer.BYTES);
                    multiply(b, block, here, from / MachineMatrix.PANEL, inPlace ? rowsOfA : work);
                    if (act != Activation.NONE) {
                        block.set(RowRoutines.ROWS, here)
                                .set(RowRoutines.N, to - from)
                                .set(RowRoutines.X, c.address() + ((long) row * ldc + from) * Float.BYTES)
                                .set(RowRoutines.LDX, (long) ldc * Float.BYTES)
                                .call(activations.activate(act, false));
                    }
                }
            }
        } finally {
            // code knows addresses alone, which keep nothing alive
            Reference.reachabilityFence(a);
            Reference.reachabilityFence(b);
            Reference.reachabilityFence(bias);
            Reference.reachabilityFence(c);
            Reference.reachabilityFence(scratch);
        }
    }

    private void convert(
            MachineMatrix b, CallBlock block, long from, long stride, int count, long work, Blocks blocks) {
        block.set(Convert.FROM, from)
                .set(Convert.FROM_STRIDE, stride)
                .set(Convert.INPUTS, b.k())
                .set(Convert.ROWS, count)
                .set(Convert.TO, work)
                .set(Convert.TO_STRIDE, blocks.stride())
                .set(Convert.QUANTISERS, work + blocks.quantisers())
                .call(routines.convert(b.type()));
    }

    /** Computes a strip, some steps at a time; {@code strip} holds what does not depend on them. */
    private void multiply(MachineMatrix b, CallBlock strip, int count, int panel, long a) {
        int tiles = Math.ceilDiv(count, routines.tileRows(b.type()));
        int tall = Math.ceilDiv(count, tiles);
        // all tiles have the same height, or one row less
        int shortTiles = tiles * tall - count;
        var product = routines.product(b.type(), tall);
        int steps = b.steps();
        int parts = Math.max(1, Math.ceilDiv(steps, MOST_STEPS));
        int step = 0;
        for (int part = 0; part < parts; part++) {
            int end = (int) ((long) steps * (part + 1) / parts);
            strip.set(Product.A, a + (long) step * routines.bytesOfStep(b.type()))
                    .set(Product.B, b.address() + panel * b.panelBytes() + (long) step * MachineMatrix.STEP)
                    .set(Product.STEPS, end - step)
                    .set(Product.TALL_TILES, tiles - shortTiles)
                    .set(Product.SHORT_TILES, shortTiles)
                    .set(Product.CONTINUE, part > 0 ? 1 : 0)
                    .set(Product.FINISH, part == parts - 1 ? 1 : 0)
                    .call(product);
            step = end;
        }
    }
}
