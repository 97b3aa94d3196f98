package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.Register.*;
import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

import dev.kanmon.kernels.machine.RowRoutines;
import dev.kanmon.kernels.machine.RowRoutines.Norm;

/**
 * Code for sums of rows and their normalisation, a row at a time: what the first pass reads stays in the L1 cache for the
 * others.
 *
 * <p>With mean and variance, the mean of the first pass is rounded to f32. The second pass sums the deviations d from it
 * as well as their squares: the mean of d is what rounding took, {@code var = mean(d²) - mean(d)²} is free of
 * cancellation because mean(d) is small, and rows far from zero keep their digits.
 */
final class NormCode {
    private static final int UNROLL = 4;
    private static final Register[] USED = {RAX, RCX, RDX, RBX, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14};
    private static final Register X = R8;
    private static final Register BIAS = R9;
    private static final Register RESIDUAL = R10;
    private static final Register GAMMA = R12;
    private static final Register BETA = R13;
    private static final Register OUT = R14;
    private static final Register ROWS = RSI;

    private final Assembler a;
    private final Lanes lanes;
    private final Norm norm;
    private final RowLoop loop;

    // vector registers: four in hand, sums of four, sums of four squares, what all elements of a row need
    private static final int SUMS = 4;
    private static final int SQUARES = 8;
    private static final int MEAN = 12;
    private static final int INVERSE = 13;
    private static final int SHIFT = 14;
    private static final int AVX2_MASK = 15;

    private NormCode(Assembler a, Level level, Norm norm) {
        this.a = a;
        this.norm = norm;
        lanes = new Lanes(a, level, AVX2_MASK);
        loop = new RowLoop(a, lanes, RAX, RCX, RDX, R11);
    }

    static void write(Assembler a, Abi abi, Level level, Norm norm) {
        new NormCode(a, level, norm).write(abi);
    }

    private void write(Abi abi) {
        abi.enter(a, USED);
        loop.prepare(RowLoop.parameter(RowRoutines.N));
        a.mov(ROWS, RowLoop.parameter(RowRoutines.ROWS));
        a.mov(X, RowLoop.parameter(RowRoutines.X));
        a.mov(GAMMA, RowLoop.parameter(RowRoutines.GAMMA));
        a.mov(OUT, RowLoop.parameter(RowRoutines.OUT));
        if (norm.bias()) {
            a.mov(BIAS, RowLoop.parameter(RowRoutines.BIAS));
        }
        if (norm.residual()) {
            a.mov(RESIDUAL, RowLoop.parameter(RowRoutines.Y));
        }
        if (norm.beta()) {
            a.mov(BETA, RowLoop.parameter(RowRoutines.BETA));
        }
        var row = a.here();
        clear(SUMS);
        loop.walk(UNROLL, this::sum);
        if (norm.rms()) {
            inverseOfRoot(total(SUMS));
            loop.walk(UNROLL, this::scale);
        } else {
            a.op(VMULPS, lanes.v(MEAN), total(SUMS), inverseN());
            clear(SUMS);
            clear(SQUARES);
            loop.walk(UNROLL, this::deviations);
            variance();
            loop.walk(UNROLL, this::centreAndScale);
        }
        a.add(X, RowLoop.parameter(RowRoutines.LDX));
        a.add(OUT, RowLoop.parameter(RowRoutines.LDO));
        if (norm.residual()) {
            a.add(RESIDUAL, RowLoop.parameter(RowRoutines.LDY));
        }
        a.dec(ROWS);
        a.jump(Condition.NE, row);
        abi.leave(a, USED);
    }

    private void clear(int sums) {
        for (int i = 0; i < UNROLL; i++) {
            lanes.zero(lanes.v(sums + i));
        }
    }

    /** Pass 1: {@code x += bias + residual}, and the sums of x or of its squares. */
    private void sum(int count, boolean tail) {
        for (int i = 0; i < count; i++) {
            var x = lanes.v(i);
            loop.load(x, X, i, tail);
            if (norm.bias()) {
                loop.with(VADDPS, x, x, BIAS, i, tail, lanes.v(UNROLL - 1));
            }
            if (norm.residual()) {
                loop.with(VADDPS, x, x, RESIDUAL, i, tail, lanes.v(UNROLL - 1));
            }
            if (norm.bias() || norm.residual()) {
                loop.store(X, i, x, tail);
            }
            if (norm.rms()) {
                a.op(VFMADD231PS, lanes.v(SUMS + i), x, x);
            } else {
                a.op(VADDPS, lanes.v(SUMS + i), lanes.v(SUMS + i), x);
            }
        }
    }

    /** Pass 2: sums of the deviations from the mean and of their squares. */
    private void deviations(int count, boolean tail) {
        for (int i = 0; i < count; i++) {
            var d = lanes.v(i);
            deviation(d, i, tail);
            if (tail) {
                lanes.keepTail(d);
            }
            a.op(VADDPS, lanes.v(SUMS + i), lanes.v(SUMS + i), d);
            a.op(VFMADD231PS, lanes.v(SQUARES + i), d, d);
        }
    }

    private void deviation(Vector d, int i, boolean tail) {
        loop.load(d, X, i, tail);
        a.op(VSUBPS, d, d, lanes.v(MEAN));
    }

    /** Pass 3: {@code out = ((x - mean) · inverse + shift) · gamma + beta}. */
    private void centreAndScale(int count, boolean tail) {
        for (int i = 0; i < count; i++) {
            var x = lanes.v(i);
            deviation(x, i, tail);
            a.op(VFMADD213PS, x, lanes.v(INVERSE), lanes.v(SHIFT));
            if (norm.beta()) {
                loop.load(lanes.v(SUMS + i), GAMMA, i, tail);
                loop.with(VFMADD213PS, x, lanes.v(SUMS + i), BETA, i, tail, lanes.v(SQUARES));
            } else {
                loop.with(VMULPS, x, x, GAMMA, i, tail, lanes.v(SQUARES));
            }
            loop.store(OUT, i, x, tail);
        }
    }

    /** Pass 2 by the mean square: {@code out = x · inverse · gamma}. */
    private void scale(int count, boolean tail) {
        for (int i = 0; i < count; i++) {
            var x = lanes.v(i);
            loop.load(x, X, i, tail);
            a.op(VMULPS, x, x, lanes.v(INVERSE));
            loop.with(VMULPS, x, x, GAMMA, i, tail, lanes.v(SQUARES));
            loop.store(OUT, i, x, tail);
        }
    }

    /** All of four vectors of sums, in all lanes of the first. */
    private Vector total(int sums) {
        var sum = lanes.v(sums);
        a.op(VADDPS, sum, sum, lanes.v(sums + 1));
        a.op(VADDPS, lanes.v(sums + 2), lanes.v(sums + 2), lanes.v(sums + 3));
        a.op(VADDPS, sum, sum, lanes.v(sums + 2));
        lanes.sumOfLanes(sum, lanes.v(sums + 1));
        return sum;
    }

    /** From the sums of pass 2: {@code inverse = 1 / √(var + eps)}, {@code shift = -mean(d) · inverse}. */
    private void variance() {
        var shift = total(SUMS);
        var variance = total(SQUARES);
        a.op(VMULPS, shift, shift, inverseN());
        a.op(VMULPS, variance, variance, inverseN());
        a.op(VFNMADD231PS, variance, shift, shift);
        // rounding may leave less than nothing; NaN stays, being the last operand
        lanes.zero(lanes.v(SUMS + 1));
        a.op(VMAXPS, variance, lanes.v(SUMS + 1), variance);
        root(variance);
        a.op(VMULPS, lanes.v(SHIFT), shift, lanes.v(INVERSE));
        a.op(VSUBPS, lanes.v(SHIFT), lanes.v(SUMS + 1), lanes.v(SHIFT));
    }

    /** {@code inverse = 1 / √(sum of squares / n + eps)}. */
    private void inverseOfRoot(Vector squares) {
        a.op(VMULPS, squares, squares, inverseN());
        root(squares);
    }

    /** {@code inverse = 1 / √(x + eps)}. */
    private void root(Vector x) {
        lanes.fill(lanes.v(INVERSE), 1);
        a.op(VBROADCASTSS, lanes.v(0), RowLoop.parameter(RowRoutines.EPS));
        a.op(VADDPS, x, x, lanes.v(0));
        a.op(VSQRTPS, x, x);
        a.op(VDIVPS, lanes.v(INVERSE), lanes.v(INVERSE), x);
    }

    /** 1 / n in all lanes. */
    private Vector inverseN() {
        a.op(VBROADCASTSS, lanes.v(0), RowLoop.parameter(RowRoutines.INVERSE_N));
        return lanes.v(0);
    }
}
