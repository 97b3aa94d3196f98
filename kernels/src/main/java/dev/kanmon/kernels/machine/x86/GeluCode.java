package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

import dev.kanmon.kernels.Activation;
import java.util.Arrays;
import java.util.List;

/**
 * GELU, and GELU by tanh: {@code max(x, 0) - b(|x|)} with the bump of {@link BumpTable}, which is below 4.5e-7 beyond
 * 5.25. With AVX-512 its polynomials are picked by permutations of registers. With AVX2 it is {@code u / P(u)¹⁶}, in the
 * manner of Abramowitz and Stegun 7.1.28; P are least-squares fits of our own for u ≤ 5.5 of the error of the whole,
 * reweighted towards the least maximum (Lawson), off by at most 2.5e-7 and 4.7e-7.
 */
final class GeluCode implements ActivationCode {
    /** Registers that hold the tables. */
    static final int TABLE_REGISTERS = 2 * BumpTable.TERMS;

    private static final float[] GELU_P = {
        1, 0.0498641357f, 0.0211572982f, 0.00324931508f, 5.97183716e-05f, 4.13836424e-05f, 6.33301352e-06f
    };
    private static final float[] GELU_TANH_P = {
        1, 0.0498765819f, 0.0210822877f, 0.00336232665f, -0.000107025291f, 7.6430224e-05f, 2.32356215e-05f
    };
    private static final float RATIONAL_END = 5.5f;

    /** 1.5 · 2²³, where floats are whole numbers: adding it leaves the interval in the low bits. */
    private static final float ROUNDER = 12582912f;
    /** vrangeps: the smaller of the magnitudes, without a sign. */
    private static final int LEAST_MAGNITUDE = 0b1010;
    /**
     * vfixupimmps: what becomes of each class of number, four bits each from the lowest on. QNaN, SNaN, zero and one
     * stay (1, and 2 for the NaN), −∞ becomes NaN (3), +∞ stays, negative numbers become 0 (8), positive ones stay.
     */
    private static final int POSITIVE_PART = 0x1813_1122;

    private final Assembler a;
    private final Level level;
    private final Lanes lanes;
    private final Activation act;
    private final int[] registers;
    private final Constants constants;

    GeluCode(Assembler a, Level level, Lanes lanes, Activation act, int... registers) {
        this.a = a;
        this.level = level;
        this.lanes = lanes;
        this.act = act;
        this.registers = registers.clone();
        int tables = level.avx512() ? TABLE_REGISTERS : 0;
        if (registers.length < tables) {
            throw new IllegalArgumentException(
                    act + ": " + registers.length + " registers for constants, expected " + tables + " or more");
        }
        constants = new Constants(a, lanes, Arrays.copyOfRange(registers, tables, registers.length));
        if (level.avx512()) {
            constants.want(BumpTable.PER_UNIT);
            constants.want(ROUNDER);
            constants.want(BumpTable.END);
            constants.want(Float.intBitsToFloat(POSITIVE_PART));
        } else {
            var p = polynomial();
            for (int k = p.length - 1; k >= 0; k--) {
                constants.want(p[k]);
            }
        }
    }

    @Override
    public void load() {
        constants.load();
        if (level.avx512()) {
            var table = BumpTable.of(act == Activation.GELU ? BumpTable::gelu : BumpTable::geluTanh);
            for (int t = 0; t < BumpTable.TERMS; t++) {
                var memory = a.constant(table[t]);
                a.op(VMOVUPS, half(t, 0), memory);
                a.op(VMOVUPS, half(t, 1), memory.plus(lanes.bytes()));
            }
        }
    }

    @Override
    public void apply(List<Vector> x, List<List<Vector>> t) {
        if (level.avx512()) {
            table(x, t.get(0), t.get(1), t.get(2), t.get(3));
        } else {
            rational(x, t.get(0), t.get(1));
        }
    }

    private void table(List<Vector> x, List<Vector> u, List<Vector> index, List<Vector> p, List<Vector> c) {
        int count = x.size();
        for (int i = 0; i < count; i++) {
            a.op(VRANGEPS, u.get(i), x.get(i), constants.operand(BumpTable.END), LEAST_MAGNITUDE);
            constants.copy(BumpTable.PER_UNIT, index.get(i));
            a.op(VFMADD213PS, index.get(i), u.get(i), constants.operand(ROUNDER));
        }
        for (int i = 0; i < count; i++) {
            a.op(VSUBPS, c.get(i), index.get(i), constants.operand(ROUNDER));
        }
        for (int i = 0; i < count; i++) {
            var perUnit = constants.register(BumpTable.PER_UNIT, p.get(i));
            a.op(VFMSUB213PS, u.get(i), perUnit, c.get(i));
        }
        for (int i = 0; i < count; i++) {
            pick(BumpTable.TERMS - 1, index.get(i), p.get(i));
        }
        for (int k = BumpTable.TERMS - 2; k >= 0; k--) {
            for (int i = 0; i < count; i++) {
                pick(k, index.get(i), c.get(i));
                a.op(VFMADD213PS, p.get(i), u.get(i), c.get(i));
            }
        }
        for (int i = 0; i < count; i++) {
            a.op(VFIXUPIMMPS, x.get(i), x.get(i), constants.operand(Float.intBitsToFloat(POSITIVE_PART)), 0);
            a.op(VSUBPS, x.get(i), x.get(i), p.get(i));
        }
    }

    /** {@code d =} coefficient t of the interval that the lowest bits of each lane of {@code index} name. */
    private void pick(int t, Vector index, Vector d) {
        a.op(VMOVUPS, d, index);
        a.op(VPERMI2PS, d, half(t, 0), half(t, 1));
    }

    private Vector half(int t, int half) {
        return lanes.v(registers[2 * t + half]);
    }

    private void rational(List<Vector> x, List<Vector> u, List<Vector> p) {
        int count = x.size();
        var coefficients = polynomial();
        var magnitude = lanes.allInts(Integer.MAX_VALUE);
        for (int i = 0; i < count; i++) {
            a.op(VANDPS, u.get(i), x.get(i), magnitude);
            a.op(VMINPS, u.get(i), u.get(i), lanes.all(RATIONAL_END));
            constants.copy(coefficients[coefficients.length - 1], p.get(i));
        }
        for (int k = coefficients.length - 2; k >= 0; k--) {
            for (int i = 0; i < count; i++) {
                a.op(VFMADD213PS, p.get(i), u.get(i), constants.operand(coefficients[k]));
            }
        }
        for (int power = 1; power < 16; power *= 2) {
            for (int i = 0; i < count; i++) {
                a.op(VMULPS, p.get(i), p.get(i), p.get(i));
            }
        }
        for (int i = 0; i < count; i++) {
            a.op(VADDPS, p.get(i), p.get(i), p.get(i));
            a.op(VDIVPS, u.get(i), u.get(i), p.get(i));
            // x - min(x, 0) and not max(x, 0): of minus infinity it is NaN, as x · Φ(x) is
            a.op(VMINPS, p.get(i), x.get(i), lanes.all(0));
            a.op(VSUBPS, x.get(i), x.get(i), p.get(i));
            a.op(VSUBPS, x.get(i), x.get(i), u.get(i));
        }
    }

    private float[] polynomial() {
        return act == Activation.GELU ? GELU_P : GELU_TANH_P;
    }
}
