package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.Register.*;
import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

import dev.kanmon.kernels.machine.RowRoutines;
import dev.kanmon.kernels.machine.RowRoutines.Norm;
import dev.kanmon.kernels.machine.x86.Vector.Width;

/**
 * Code for sums of rows and their normalisation. What the first pass over a row reads stays in the L1 cache for the
 * others. The first pass over the next row comes before the last pass over this one: it has work to do while this row's
 * numbers are on their long way through a reduction, a root and a division.
 *
 * <p>With mean and variance, the mean of the first pass is rounded to f32. The second pass sums the deviations d from it
 * as well as their squares: the mean of d is what rounding took, {@code var = mean(d²) - mean(d)²} is free of
 * cancellation because mean(d) is small, and rows far from zero keep their digits.
 */
final class NormCode {
    private static final int UNROLL = 4;
    private static final Register[] USED = {RAX, RCX, RDX, RBX, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15};
    private static final Register ROWS = RSI;
    private static final Register X = R8;
    private static final Register OUT = R9;
    private static final Register BIAS = R10;
    private static final Register GAMMA = R12;
    private static final Register BETA = R13;
    private static final Register NEXT_X = RBX;
    private static final Register NEXT_RESIDUAL = RBP;
    // rows that are brought to the L1 cache; where they lie beyond the last one, nothing happens
    private static final Register FETCHED_X = R14;
    private static final Register FETCHED_RESIDUAL = R15;

    // vector registers: four in hand, sums of four, sums of four squares, what all elements of a row need
    private static final int SUMS = 4;
    private static final int SQUARES = 8;
    private static final int MEAN = 12;
    private static final int INVERSE = 13;
    private static final int SHIFT = 14;
    private static final int AVX2_MASK = 15;

    private final Assembler a;
    private final Lanes lanes;
    private final Norm norm;
    private final RowLoop loop;

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
        loop.prepare(Abi.slot(RowRoutines.N));
        a.mov(ROWS, Abi.slot(RowRoutines.ROWS));
        a.mov(NEXT_X, Abi.slot(RowRoutines.X));
        a.mov(GAMMA, Abi.slot(RowRoutines.GAMMA));
        a.mov(OUT, Abi.slot(RowRoutines.OUT));
        if (norm.bias()) {
            a.mov(BIAS, Abi.slot(RowRoutines.BIAS));
        }
        if (norm.residual()) {
            a.mov(NEXT_RESIDUAL, Abi.slot(RowRoutines.Y));
        }
        if (norm.beta()) {
            a.mov(BETA, Abi.slot(RowRoutines.BETA));
        }
        var last = a.label();
        sumNext();
        var row = a.here();
        a.mov(X, NEXT_X);
        advance();
        if (norm.rms()) {
            inverseOfRoot();
        } else {
            a.op(VMOVUPS, lanes.v(MEAN), lanes.v(SUMS));
            clear(SUMS);
            clear(SQUARES);
            loop.walk(UNROLL, this::deviations);
            variance();
        }
        a.dec(ROWS);
        a.jump(Condition.E, last);
        sumNext();
        a.bind(last);
        loop.walk(UNROLL, norm.rms() ? this::scale : this::centreAndScale);
        a.add(OUT, Abi.slot(RowRoutines.LDO));
        a.test(ROWS, ROWS);
        a.jump(Condition.NE, row);
        abi.leave(a, USED);
    }

    /** Next row, and the one behind it, which is fetched meanwhile. */
    private void advance() {
        a.add(NEXT_X, Abi.slot(RowRoutines.LDX));
        a.mov(FETCHED_X, NEXT_X);
        a.add(FETCHED_X, Abi.slot(RowRoutines.LDX));
        if (norm.residual()) {
            a.add(NEXT_RESIDUAL, Abi.slot(RowRoutines.LDY));
            a.mov(FETCHED_RESIDUAL, NEXT_RESIDUAL);
            a.add(FETCHED_RESIDUAL, Abi.slot(RowRoutines.LDY));
        }
    }

    /** Pass 1 over the next row; the mean of its elements or their squares in the first register of sums. */
    private void sumNext() {
        clear(SUMS);
        loop.walk(UNROLL, this::sum);
        a.op(VMULPS, lanes.v(SUMS), total(SUMS), inverseN());
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
            loop.load(x, NEXT_X, i, tail);
            if (norm.bias()) {
                loop.with(VADDPS, x, x, BIAS, i, tail, lanes.v(UNROLL - 1));
            }
            if (norm.residual()) {
                loop.with(VADDPS, x, x, NEXT_RESIDUAL, i, tail, lanes.v(UNROLL - 1));
            }
            if (norm.bias() || norm.residual()) {
                loop.store(NEXT_X, i, x, tail);
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
            a.prefetch(loop.vector(FETCHED_X, i));
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
                var gamma = lanes.v(SQUARES + i);
                loop.load(gamma, GAMMA, i, tail);
                loop.with(VFMADD213PS, x, gamma, BETA, i, tail, lanes.v(SQUARES + UNROLL - 1));
            } else {
                loop.with(VMULPS, x, x, GAMMA, i, tail, lanes.v(SQUARES));
            }
            loop.store(OUT, i, x, tail);
            if (norm.residual()) {
                a.prefetch(loop.vector(FETCHED_RESIDUAL, i));
            }
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
            a.prefetch(loop.vector(FETCHED_X, i));
            if (norm.residual()) {
                a.prefetch(loop.vector(FETCHED_RESIDUAL, i));
            }
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

    /** {@code inverse = 1 / √(mean of squares + eps)}. */
    private void inverseOfRoot() {
        root(lanes.v(SUMS));
    }

    /** {@code inverse = 1 / √(x + eps)}. */
    private void root(Vector x) {
        // one number: a shorter register has it sooner
        var root = x.as(Width.XMM);
        var inverse = lanes.v(INVERSE).as(Width.XMM);
        a.op(VBROADCASTSS, inverse, a.constant(1f));
        a.op(VADDSS, root, root, Abi.slot(RowRoutines.EPS));
        a.op(VSQRTSS, root, root, root);
        a.op(VDIVSS, inverse, inverse, root);
        a.op(VBROADCASTSS, lanes.v(INVERSE), inverse);
    }

    /** 1 / n in all lanes. */
    private Vector inverseN() {
        a.op(VBROADCASTSS, lanes.v(0), Abi.slot(RowRoutines.INVERSE_N));
        return lanes.v(0);
    }
}
