package dev.kanmon.kernels.common;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.PackedMatrix;
import dev.kanmon.kernels.PackedPositions;
import dev.kanmon.kernels.RelativePositions;
import dev.kanmon.kernels.WeightType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The rules on arguments, one method for each operation, for each kind of memory that siblings compute on. A sibling
 * calls it first and may then rely on every index that the shapes imply: this is all that stands between a wrong size
 * and a stray write of the native siblings.
 */
public enum Checks {
    /** Operands lie in a {@code float[]}, see {@link Heap}. */
    HEAP,
    /** Operands lie outside the heap and are known by their addresses, which are multiples of 4. */
    NATIVE;

    /** Shape of a weight to be packed. */
    public static void pack(WeightType type, int n, int k, Object rows, Object pieces) {
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(rows, "rows");
        Objects.requireNonNull(pieces, "pieces");
        size("pack", "n", n);
        size("pack", "k", k);
        if (type == WeightType.INT8 && k > Rounding.MOST_INT8_INPUTS) {
            throw new IllegalArgumentException("pack: k " + k + ", expected at most " + Rounding.MOST_INT8_INPUTS
                    + " inputs for INT8, whose sums are 32 bits");
        }
    }

    /** Arguments of {@code Kernels.gemm}; the matrix is known to be the sibling's own. */
    public void gemm(
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
        Operand.apart("gemm", inA, inC);
        if (bias != null) {
            Operand.apart("gemm", vector("gemm", "bias", bias, b.n()), inC);
        }
        var work = vector("gemm", "scratch", scratch, scratchFloats);
        Operand.apart("gemm", work, inC);
        Operand.apart("gemm", work, inA);
    }

    /** Arguments of {@code Kernels.residualLayerNorm}. */
    public void layerNorm(
            int rows,
            int n,
            MemorySegment x,
            int ldx,
            MemorySegment bias,
            MemorySegment residual,
            int ldr,
            MemorySegment gamma,
            MemorySegment beta,
            float eps,
            MemorySegment out,
            int ldo) {
        norm("residualLayerNorm", rows, n, x, ldx, residual, ldr, gamma, eps, out, ldo);
        var inX = matrix("residualLayerNorm", "x", x, rows, n, ldx);
        var inOut = matrix("residualLayerNorm", "out", out, rows, n, ldo);
        for (var vector : new Operand[] {
            beta == null ? null : vector("residualLayerNorm", "beta", beta, n),
            bias == null ? null : vector("residualLayerNorm", "bias", bias, n)
        }) {
            if (vector != null) {
                Operand.apart("residualLayerNorm", vector, inX);
                Operand.apart("residualLayerNorm", vector, inOut);
            }
        }
    }

    /** Arguments of {@code Kernels.residualRmsNorm}, and what {@code residualLayerNorm} shares with it. */
    public void norm(
            String operation,
            int rows,
            int n,
            MemorySegment x,
            int ldx,
            MemorySegment residual,
            int ldr,
            MemorySegment gamma,
            float eps,
            MemorySegment out,
            int ldo) {
        size(operation, "rows", rows);
        size(operation, "n", n);
        if (!(eps >= 0)) {
            throw new IllegalArgumentException(operation + ": eps " + eps + ", expected 0 or more");
        }
        var inX = matrix(operation, "x", x, rows, n, ldx);
        var inOut = matrix(operation, "out", out, rows, n, ldo);
        Operand.sameOrApart(operation, inX, inOut);
        var inGamma = vector(operation, "gamma", gamma, n);
        Operand.apart(operation, inGamma, inX);
        Operand.apart(operation, inGamma, inOut);
        if (residual != null) {
            var inResidual = matrix(operation, "residual", residual, rows, n, ldr);
            Operand.apart(operation, inResidual, inX);
            Operand.apart(operation, inResidual, inOut);
        }
    }

    /** Arguments of {@code Kernels.add}. */
    public void add(int rows, int n, MemorySegment x, int ldx, MemorySegment bias, MemorySegment y, int ldy) {
        size("add", "rows", rows);
        size("add", "n", n);
        var inX = matrix("add", "x", x, rows, n, ldx);
        Operand.apart("add", matrix("add", "y", y, rows, n, ldy), inX);
        if (bias != null) {
            Operand.apart("add", vector("add", "bias", bias, n), inX);
        }
    }

    /** Arguments of {@code Kernels.rotate}. */
    public void rotate(
            int rows,
            int heads,
            int headDim,
            int rotated,
            MemorySegment x,
            int ldx,
            MemorySegment cos,
            MemorySegment sin,
            int fromPosition) {
        size("rotate", "rows", rows);
        size("rotate", "heads", heads);
        size("rotate", "headDim", headDim);
        size("rotate", "fromPosition", fromPosition);
        if (rotated < 0 || rotated > headDim || rotated % 2 != 0) {
            throw new IllegalArgumentException(
                    "rotate: rotated " + rotated + ", expected an even number from 0 to headDim " + headDim);
        }
        var inX = matrix("rotate", "x", x, rows, (long) heads * headDim, ldx);
        long positions = rows == 0 ? 0 : (long) fromPosition + rows;
        int half = rotated / 2;
        Operand.apart("rotate", matrix("rotate", "cos", cos, positions, half, half), inX);
        Operand.apart("rotate", matrix("rotate", "sin", sin, positions, half, half), inX);
    }

    /** Arguments of {@code Kernels.gate}. */
    public void gate(int rows, int n, MemorySegment x, int ldx, Activation act) {
        Objects.requireNonNull(act, "act");
        size("gate", "rows", rows);
        size("gate", "n", n);
        matrix("gate", "x", x, rows, 2L * n, ldx);
    }

    /** Arguments of {@code Kernels.attention}. */
    public void attention(
            AttentionShape shape,
            int length,
            int queries,
            int fromHead,
            int toHead,
            MemorySegment q,
            int ldq,
            MemorySegment k,
            MemorySegment v,
            int ldkv,
            MemorySegment keyMask,
            MemorySegment out,
            int ldo,
            MemorySegment scratch,
            long scratchFloats) {
        size("attention", "length", length);
        if (queries < 0 || queries > length) {
            throw new IllegalArgumentException("attention: queries " + queries + ", expected 0 to length " + length);
        }
        heads("attention", fromHead, toHead);
        int headDim = shape.headDim();
        var inOut = matrix("attention", "out", out, queries, (long) toHead * headDim, ldo);
        var work = vector("attention", "scratch", scratch, scratchFloats);
        Operand.apart("attention", work, inOut);
        attentionInputs("attention", shape, length, queries, toHead, q, ldq, k, v, ldkv, keyMask, inOut, work);
        if (shape.positions() instanceof PackedPositions packed) {
            if (packed.heads() < toHead || packed.headDim() != headDim) {
                throw new IllegalArgumentException("attention: positions are packed for " + packed.heads() + " x "
                        + packed.headDim() + ", expected " + toHead + " heads or more x " + headDim);
            }
            if (packed.operands() != shape.operands()) {
                throw new IllegalArgumentException("attention: positions are packed for operands " + packed.operands()
                        + ", expected " + shape.operands());
            }
        }
    }

    static void heads(String operation, int fromHead, int toHead) {
        if (fromHead < 0 || fromHead > toHead) {
            throw new IllegalArgumentException(
                    operation + ": heads [" + fromHead + ", " + toHead + "), expected a range of heads from 0 on");
        }
    }

    /** What attention reads, each apart from all that is {@code written}; but for packed positions. */
    void attentionInputs(
            String operation,
            AttentionShape shape,
            int length,
            int queries,
            int toHead,
            MemorySegment q,
            int ldq,
            MemorySegment k,
            MemorySegment v,
            int ldkv,
            MemorySegment keyMask,
            Operand... written) {
        int headDim = shape.headDim();
        long width = (long) toHead * headDim;
        long keyWidth = (long) Math.ceilDiv(toHead, shape.group()) * headDim;
        var read = new ArrayList<Operand>();
        read.add(matrix(operation, "q", q, queries, width, ldq));
        read.add(matrix(operation, "k", k, length, keyWidth, ldkv));
        read.add(matrix(operation, "v", v, length, keyWidth, ldkv));
        if (keyMask != null) {
            read.add(vector(operation, "keyMask", keyMask, length));
        }
        switch (shape.positions()) {
            case null -> {}
            case RelativePositions.Bias(MemorySegment table, int reach) ->
                read.add(matrix(operation, "bias", table, toHead, 2L * reach + 1, 2L * reach + 1));
            case RelativePositions.Disentangled terms -> read.addAll(tables(operation, terms, width));
            case PackedPositions _ -> {}
        }
        for (var in : read) {
            for (var out : written) {
                Operand.apart(operation, in, out);
            }
        }
    }

    /** Arguments of {@code Kernels.pack} for positions. */
    public void positions(RelativePositions.Disentangled terms, int heads, int headDim) {
        size("pack", "heads", heads);
        size("pack", "headDim", headDim);
        tables("pack", terms, (long) heads * headDim);
    }

    private List<Operand> tables(String operation, RelativePositions.Disentangled terms, long width) {
        var tables = new ArrayList<Operand>();
        if (terms.keys() != null) {
            tables.add(matrix(operation, "position keys", terms.keys(), terms.rows(), width, terms.stride()));
        }
        if (terms.queries() != null) {
            tables.add(matrix(operation, "position queries", terms.queries(), terms.rows(), width, terms.stride()));
        }
        return tables;
    }

    /** Arguments of {@code Kernels.activate}. */
    public void activate(int rows, int n, MemorySegment x, int ldx, MemorySegment bias) {
        size("activate", "rows", rows);
        size("activate", "n", n);
        var inX = matrix("activate", "x", x, rows, n, ldx);
        if (bias != null) {
            Operand.apart("activate", vector("activate", "bias", bias, n), inX);
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

    /** Positions that another sibling packed. */
    public static IllegalArgumentException foreign(PackedPositions positions, String kernels) {
        return new IllegalArgumentException("attention: positions are a "
                + positions.getClass().getName() + ", expected ones packed by the " + kernels + " kernels");
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

    Operand vector(String operation, String name, MemorySegment segment, long n) {
        return Operand.of(this, operation, name, segment, 1, n, n);
    }

    Operand matrix(String operation, String name, MemorySegment segment, long rows, long columns, long stride) {
        if (stride < columns) {
            throw new IllegalArgumentException(operation + ": row stride of " + name + " is " + stride + ", expected "
                    + columns + " or more, the length of a row");
        }
        return Operand.of(this, operation, name, segment, rows, columns, stride);
    }
}
