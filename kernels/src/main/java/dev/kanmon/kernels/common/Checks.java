package dev.kanmon.kernels.common;

import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.WeightType;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The rules on arguments, one method for each operation. A sibling calls it first and may then rely on every index
 * that the shapes imply: this is all that stands between a wrong size and a stray write of the native siblings.
 */
public final class Checks {
    private Checks() {}

    /** Shape of a weight to be packed. */
    public static void pack(WeightType type, int n, int k, Object rows) {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(rows, "rows");
        size("pack", "n", n);
        size("pack", "k", k);
    }

    /** Arguments of {@code Kernels.gemm}; the matrix is known to be the sibling's own. */
    public static void gemm(
            int m,
            MemorySegment a,
            int lda,
            PackedMatrix b,
            int fromN,
            int toN,
            MemorySegment bias,
            MemorySegment c,
            int ldc,
            MemorySegment scratch,
            long scratchFloats) {
        size("gemm", "m", m);
        if (fromN < 0 || fromN > toN || toN > b.n() || !isPanelLimit(fromN, b) || !isPanelLimit(toN, b)) {
            throw new IllegalArgumentException("gemm: columns [" + fromN + ", " + toN
                    + "), expected a range in [0, " + b.n() + ") with limits that are multiples of " + b.panel()
                    + " or " + b.n());
        }
        var inA = matrix("gemm", "a", a, m, b.k(), lda);
        var inC = matrix("gemm", "c", c, m, b.n(), ldc);
        apart("gemm", inA, inC);
        if (bias != null) {
            apart("gemm", vector("gemm", "bias", bias, b.n()), inC);
        }
        var work = vector("gemm", "scratch", scratch, scratchFloats);
        apart("gemm", work, inC);
        apart("gemm", work, inA);
    }

    /** Arguments of {@code Kernels.residualLayerNorm}. */
    public static void layerNorm(
            int rows,
            int n,
            MemorySegment x,
            int ldx,
            MemorySegment bias,
            MemorySegment residual,
            int ldr,
            MemorySegment gamma,
            MemorySegment beta,
            float eps) {
        size("residualLayerNorm", "rows", rows);
        size("residualLayerNorm", "n", n);
        if (!(eps >= 0)) {
            throw new IllegalArgumentException("residualLayerNorm: eps " + eps + ", expected 0 or more");
        }
        var inX = matrix("residualLayerNorm", "x", x, rows, n, ldx);
        apart("residualLayerNorm", vector("residualLayerNorm", "gamma", gamma, n), inX);
        apart("residualLayerNorm", vector("residualLayerNorm", "beta", beta, n), inX);
        if (bias != null) {
            apart("residualLayerNorm", vector("residualLayerNorm", "bias", bias, n), inX);
        }
        if (residual != null) {
            apart("residualLayerNorm", matrix("residualLayerNorm", "residual", residual, rows, n, ldr), inX);
        }
    }

    /** Arguments of {@code Kernels.attention}. */
    public static void attention(
            int length,
            int fromHead,
            int toHead,
            int headDim,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            int ldqkv,
            MemorySegment keyMask,
            MemorySegment out,
            int ldo,
            MemorySegment scratch,
            long scratchFloats) {
        size("attention", "length", length);
        size("attention", "headDim", headDim);
        if (fromHead < 0 || fromHead > toHead) {
            throw new IllegalArgumentException(
                    "attention: heads [" + fromHead + ", " + toHead + "), expected a range of heads from 0 on");
        }
        long width = (long) toHead * headDim;
        var inOut = matrix("attention", "out", out, length, width, ldo);
        var work = vector("attention", "scratch", scratch, scratchFloats);
        apart("attention", work, inOut);
        for (var operand : new Operand[] {
            matrix("attention", "q", q, length, width, ldqkv),
            matrix("attention", "k", k, length, width, ldqkv),
            matrix("attention", "v", v, length, width, ldqkv)
        }) {
            apart("attention", operand, inOut);
            apart("attention", operand, work);
        }
        if (keyMask != null) {
            var mask = vector("attention", "keyMask", keyMask, length);
            apart("attention", mask, inOut);
            apart("attention", mask, work);
        }
    }

    /** Arguments of {@code Kernels.activate}. */
    public static void activate(int rows, int n, MemorySegment x, int ldx, MemorySegment bias) {
        size("activate", "rows", rows);
        size("activate", "n", n);
        var inX = matrix("activate", "x", x, rows, n, ldx);
        if (bias != null) {
            apart("activate", vector("activate", "bias", bias, n), inX);
        }
    }

    /** A row number of a packed matrix. */
    public static void row(int row, int n) {
        if (row < 0 || row >= n) {
            throw new IllegalArgumentException("row: " + row + ", expected one in [0, " + n + ")");
        }
    }

    /** A matrix that another sibling packed. */
    public static IllegalArgumentException foreign(PackedMatrix b, String kernels) {
        Objects.requireNonNull(b, "b");
        return new IllegalArgumentException(
                "gemm: b is a " + b.getClass().getName() + ", expected one packed by the " + kernels + " kernels");
    }

    /** A product of sizes that an array has to hold. */
    public static int arrayLength(String what, long rows, long columns) {
        // two non-negative ints and their padding: no overflow of long
        long length = Math.multiplyExact(rows, columns);
        if (length > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(what + ": " + rows + " x " + columns + " = " + length
                    + " elements, expected at most " + (Integer.MAX_VALUE - 8) + ", which one array holds");
        }
        return (int) length;
    }

    /** Checks that a size is not negative. */
    public static void size(String operation, String name, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(operation + ": " + name + " " + value + ", expected 0 or more");
        }
    }

    private static boolean isPanelLimit(int column, PackedMatrix b) {
        return column == b.n() || column % b.panel() == 0;
    }

    /** The floats that an operand covers in its array: rows of {@code columns} at a distance of {@code stride}. */
    private record Operand(String name, Object array, long start, long rows, long columns, long stride) {
        boolean isEmpty() {
            return rows == 0 || columns == 0;
        }

        long end() {
            return start + (rows - 1) * stride + columns;
        }
    }

    private static Operand vector(String operation, String name, MemorySegment segment, long n) {
        return operand(operation, name, segment, 1, n, n);
    }

    private static Operand matrix(
            String operation, String name, MemorySegment segment, int rows, long columns, int stride) {
        if (stride < columns) {
            throw new IllegalArgumentException(operation + ": row stride of " + name + " is " + stride + ", expected "
                    + columns + " or more, the length of a row");
        }
        return operand(operation, name, segment, rows, columns, stride);
    }

    private static Operand operand(
            String operation, String name, MemorySegment segment, long rows, long columns, long stride) {
        Objects.requireNonNull(segment, name);
        Object array = segment.heapBase().orElse(null);
        if (!(array instanceof float[]) || segment.address() % Float.BYTES != 0) {
            throw new IllegalArgumentException(operation + ": " + name + " is " + segment
                    + ", expected a segment of these kernels' allocate, or a slice of one at a multiple of 4 bytes");
        }
        var operand = new Operand(name, array, segment.address() / Float.BYTES, rows, columns, stride);
        // factors are ints or smaller than 2^32 times an int: the sum stays below 2^63
        long needed = operand.isEmpty() ? 0 : operand.end() - operand.start();
        long held = segment.byteSize() / Float.BYTES;
        if (held < needed) {
            throw new IllegalArgumentException(operation + ": " + name + " holds " + held + " floats, expected "
                    + needed + " or more for " + rows + " x " + columns + " with row stride " + stride);
        }
        return operand;
    }

    private static void apart(String operation, Operand p, Operand q) {
        if (p.array() != q.array() || p.isEmpty() || q.isEmpty() || p.end() <= q.start() || q.end() <= p.start()) {
            return;
        }
        if (p.stride() == q.stride() && p.stride() > 0) {
            // column ranges side by side in one wider matrix
            long shift = Math.floorMod(q.start() - p.start(), p.stride());
            if (shift >= p.columns() && shift + q.columns() <= p.stride()) {
                return;
            }
        }
        throw new IllegalArgumentException(
                operation + ": " + p.name() + " and " + q.name() + " overlap, expected them apart");
    }
}
