package dev.kanmon.kernels.machine;

import static dev.kanmon.kernels.machine.RowRoutines.*;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.machine.RowRoutines.Norm;
import java.lang.foreign.MemorySegment;

/** What goes row by row: arguments are checked. */
final class MachineRows {
    private final RowRoutines routines;

    MachineRows(RowRoutines routines) {
        this.routines = routines;
    }

    void residualLayerNorm(
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
        if (rows > 0 && n > 0) {
            rows(rows, n, x, ldx)
                    .set(BIAS, bias)
                    .set(Y, residual)
                    .set(LDY, bytes(ldr))
                    .set(GAMMA, gamma)
                    .set(BETA, beta)
                    .set(OUT, out)
                    .set(LDO, bytes(ldo))
                    .set(INVERSE_N, (float) (1.0 / n))
                    .set(EPS, eps)
                    .call(routines.norm(new Norm(false, bias != null, residual != null, beta != null)));
        }
    }

    void residualRmsNorm(
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
        if (rows > 0 && n > 0) {
            rows(rows, n, x, ldx)
                    .set(Y, residual)
                    .set(LDY, bytes(ldr))
                    .set(GAMMA, gamma)
                    .set(OUT, out)
                    .set(LDO, bytes(ldo))
                    .set(INVERSE_N, (float) (1.0 / n))
                    .set(EPS, eps)
                    .call(routines.norm(new Norm(true, false, residual != null, false)));
        }
    }

    void add(int rows, int n, MemorySegment x, int ldx, MemorySegment bias, MemorySegment y, int ldy) {
        if (rows > 0 && n > 0) {
            rows(rows, n, x, ldx).set(BIAS, bias).set(Y, y).set(LDY, bytes(ldy)).call(routines.add(bias != null));
        }
    }

    void rotate(
            int rows,
            int heads,
            int headDim,
            int rotated,
            MemorySegment x,
            int ldx,
            MemorySegment cos,
            MemorySegment sin,
            int fromPosition) {
        int half = rotated / 2;
        if (rows > 0 && heads > 0 && half > 0) {
            long from = bytes(fromPosition) * half;
            rows(rows, half, x, ldx)
                    .set(COS, cos.asSlice(from))
                    .set(SIN, sin.asSlice(from))
                    .set(HEADS, (long) heads)
                    .set(HEAD_STRIDE, bytes(headDim))
                    .call(routines.rotate());
        }
    }

    void gate(int rows, int n, MemorySegment x, int ldx, Activation act) {
        if (rows > 0 && n > 0) {
            rows(rows, n, x, ldx).call(routines.gate(act));
        }
    }

    void activate(int rows, int n, MemorySegment x, int ldx, MemorySegment bias, Activation act) {
        if (rows > 0 && n > 0 && (act != Activation.NONE || bias != null)) {
            rows(rows, n, x, ldx).set(BIAS, bias).call(routines.activate(act, bias != null));
        }
    }

    private static CallBlock rows(int rows, int n, MemorySegment x, int ldx) {
        return CallBlock.ofThread()
                .set(ROWS, (long) rows)
                .set(N, (long) n)
                .set(X, x)
                .set(LDX, bytes(ldx));
    }

    private static long bytes(int floats) {
        return (long) floats * Float.BYTES;
    }
}
