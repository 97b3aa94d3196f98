package dev.kanmon.kernels.common;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.AdamWStep;
import dev.kanmon.kernels.StoredMatrix;
import dev.kanmon.kernels.WeightType;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The rules on arguments of {@code GradientKernels}, one method for each operation, as {@link Checks} has them for
 * {@code Kernels}. The first operand says which kind of memory the others must be of.
 */
public final class GradientChecks {
    private GradientChecks() {}

    private static Checks kindOf(MemorySegment first, String name) {
        return Objects.requireNonNull(first, name).isNative() ? Checks.NATIVE : Checks.HEAP;
    }

    /**
     * Arguments of {@code packRows} and {@code packColumns}.
     *
     * @param rows of {@code w}: n or k
     * @param columns of {@code w}: the other one
     */
    public static void pack(
            String operation,
            WeightType type,
            int n,
            int k,
            MemorySegment w,
            int rows,
            int columns,
            int ldw,
            MemorySegment to,
            int fromPanel,
            int toPanel) {
        if (Objects.requireNonNull(type, "type") == WeightType.INT8) {
            throw new IllegalArgumentException(operation + ": type INT8, expected F32 or BF16");
        }
        long floats = StoredMatrix.byteSize(type, n, k) / Float.BYTES;
        int panels = Math.ceilDiv(n, PanelLayout.PANEL);
        if (fromPanel < 0 || fromPanel > toPanel || toPanel > panels) {
            throw new IllegalArgumentException(operation + ": panels [" + fromPanel + ", " + toPanel
                    + "), expected a range in [0, " + panels + ")");
        }
        var kind = kindOf(w, "w");
        Operand.apart(
                operation,
                kind.matrix(operation, "w", w, rows, columns, ldw),
                kind.vector(operation, "to", to, floats));
    }

    /** Arguments of {@code transpose}. */
    public static void transpose(int rows, int columns, MemorySegment x, int ldx, MemorySegment out, int ldo) {
        Checks.size("transpose", "rows", rows);
        Checks.size("transpose", "columns", columns);
        var kind = kindOf(x, "x");
        Operand.apart(
                "transpose",
                kind.matrix("transpose", "x", x, rows, columns, ldx),
                kind.matrix("transpose", "out", out, columns, rows, ldo));
    }

    /** Arguments of {@code activateBackward}. */
    public static void activate(int rows, int n, MemorySegment x, int ldx, Activation act, MemorySegment dy, int ldy) {
        Objects.requireNonNull(act, "act");
        Checks.size("activateBackward", "rows", rows);
        Checks.size("activateBackward", "n", n);
        var kind = kindOf(x, "x");
        Operand.apart(
                "activateBackward",
                kind.matrix("activateBackward", "x", x, rows, n, ldx),
                kind.matrix("activateBackward", "dy", dy, rows, n, ldy));
    }

    /** Arguments of {@code gateBackward}. */
    public static void gate(
            int rows,
            int n,
            MemorySegment x,
            int ldx,
            Activation act,
            MemorySegment dy,
            int ldy,
            MemorySegment dx,
            int ldo) {
        Objects.requireNonNull(act, "act");
        Checks.size("gateBackward", "rows", rows);
        Checks.size("gateBackward", "n", n);
        var kind = kindOf(x, "x");
        var inX = kind.matrix("gateBackward", "x", x, rows, 2L * n, ldx);
        var inDx = kind.matrix("gateBackward", "dx", dx, rows, 2L * n, ldo);
        Operand.sameOrApart("gateBackward", inX, inDx);
        Operand.apart("gateBackward", kind.matrix("gateBackward", "dy", dy, rows, n, ldy), inDx);
    }

    /** Arguments of {@code layerNormBackward} and, with a null for {@code dBeta}, of {@code rmsNormBackward}. */
    public static void norm(
            String operation,
            int rows,
            int n,
            MemorySegment x,
            int ldx,
            MemorySegment gamma,
            float eps,
            MemorySegment dy,
            int ldy,
            MemorySegment dx,
            int ldo,
            MemorySegment dGamma,
            MemorySegment dBeta) {
        Checks.size(operation, "rows", rows);
        Checks.size(operation, "n", n);
        if (!(eps >= 0)) {
            throw new IllegalArgumentException(operation + ": eps " + eps + ", expected 0 or more");
        }
        var kind = kindOf(x, "x");
        var inX = kind.matrix(operation, "x", x, rows, n, ldx);
        var inGamma = kind.vector(operation, "gamma", gamma, n);
        var inDy = kind.matrix(operation, "dy", dy, rows, n, ldy);
        var inDx = kind.matrix(operation, "dx", dx, rows, n, ldo);
        Operand.sameOrApart(operation, inDy, inDx);
        Operand.apart(operation, inX, inDx);
        Operand.apart(operation, inGamma, inDx);
        var inDGamma = dGamma == null ? null : kind.vector(operation, "dGamma", dGamma, n);
        var inDBeta = dBeta == null ? null : kind.vector(operation, "dBeta", dBeta, n);
        for (var sums : new Operand[] {inDGamma, inDBeta}) {
            if (sums != null) {
                for (var other : new Operand[] {inX, inGamma, inDy, inDx}) {
                    Operand.apart(operation, other, sums);
                }
            }
        }
        if (inDGamma != null && inDBeta != null) {
            Operand.apart(operation, inDGamma, inDBeta);
        }
    }

    /** Arguments of {@code addColumnSums}. */
    public static void addColumnSums(int rows, int n, MemorySegment x, int ldx, MemorySegment sums) {
        Checks.size("addColumnSums", "rows", rows);
        Checks.size("addColumnSums", "n", n);
        var kind = kindOf(x, "x");
        Operand.apart(
                "addColumnSums",
                kind.matrix("addColumnSums", "x", x, rows, n, ldx),
                kind.vector("addColumnSums", "sums", sums, n));
    }

    /** Arguments of {@code dropout}. */
    public static void dropout(int rows, int n, MemorySegment x, int ldx, float p, long firstRow) {
        Checks.size("dropout", "rows", rows);
        Checks.size("dropout", "n", n);
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException("dropout: p " + p + ", expected a number in [0, 1)");
        }
        if (firstRow < 0) {
            throw new IllegalArgumentException("dropout: firstRow " + firstRow + ", expected 0 or more");
        }
        kindOf(x, "x").matrix("dropout", "x", x, rows, n, ldx);
    }

    /** Arguments of {@code sumOfSquares}. */
    public static void sumOfSquares(long count, MemorySegment x) {
        count("sumOfSquares", count);
        kindOf(x, "x").vector("sumOfSquares", "x", x, count);
    }

    /** Arguments of {@code adamW}. */
    public static void adamW(
            long count, MemorySegment w, MemorySegment g, MemorySegment m, MemorySegment v, AdamWStep step) {
        Objects.requireNonNull(step, "step");
        count("adamW", count);
        var kind = kindOf(w, "w");
        var operands = new Operand[] {
            kind.vector("adamW", "w", w, count),
            kind.vector("adamW", "g", g, count),
            kind.vector("adamW", "m", m, count),
            kind.vector("adamW", "v", v, count)
        };
        for (int i = 0; i < operands.length; i++) {
            for (int j = 0; j < i; j++) {
                Operand.apart("adamW", operands[j], operands[i]);
            }
        }
    }

    private static void count(String operation, long count) {
        // more bytes than a segment can have, whose end would leave the range of long
        if (count < 0 || count > Long.MAX_VALUE / Float.BYTES) {
            throw new IllegalArgumentException(
                    operation + ": count " + count + ", expected 0 to " + Long.MAX_VALUE / Float.BYTES);
        }
    }
}
